import { setTimeout as pause } from 'node:timers/promises';
import type { Profile } from '../../shared/events/customers/profile.js';
import { Refusal } from '../../shared/http/context.js';

export const DUPLICATE_REASONS = [
  'same_identity', 'same_name_and_birth_date', 'same_name_and_phone', 'same_phone_and_birth_date', 'same_name', 'same_phone', 'same_licence_number',
] as const;
export type DuplicateReason = (typeof DUPLICATE_REASONS)[number];

/** Another customer who may be the same one, with what they have in common. */
export interface DuplicateCandidate {
  readonly id: string;
  readonly reasons: readonly DuplicateReason[];
}

/** Asks the read model: it may lag, which is why equal identities are kept apart by the log itself (identity-guard.ts). */
export type FindProbableDuplicates = (profile: Profile) => Promise<readonly DuplicateCandidate[]>;

const DEADLINE_MS = 1_000;

/**
 * Refuses with the candidates, unless whoever registers has looked at every one of them and says that it is somebody else.
 * A read model that is away or slow does not stop registrations at the counter: `onSkipped` is told instead.
 */
export async function refuseProbableDuplicates(
  find: FindProbableDuplicates,
  { profile, customerId, notDuplicateOf }: { readonly profile: Profile; readonly customerId: string; readonly notDuplicateOf?: 'any' | readonly string[] },
  onSkipped: (why: unknown) => void,
): Promise<void> {
  if (notDuplicateOf === 'any') return;
  const deadline = new AbortController();
  let found: readonly DuplicateCandidate[];
  try {
    found = await Promise.race([
      find(profile),
      pause(DEADLINE_MS, undefined, { signal: deadline.signal }).then(() => { throw new Error(`no answer within ${DEADLINE_MS} ms`); }),
    ]);
  } catch (error) {
    onSkipped(error);
    return;
  } finally {
    deadline.abort();
  }
  const candidates = found.filter(({ id }) => id !== customerId && !notDuplicateOf?.includes(id));
  if (candidates.length > 0)
    throw new Refusal(
      { code: 'customer_probable_duplicate', detail: 'look at the candidates; if none of them is this customer, send again with their ids in notDuplicateOf' },
      undefined,
      { candidates },
    );
}
