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

/** What the search came to; where it could not be made, why. */
export type DuplicateSearch = { readonly candidates: readonly DuplicateCandidate[] } | { readonly skipped: unknown };

/** Never fails: a read model that is away or slow does not stop registrations at the counter. */
export async function searchProbableDuplicates(find: FindProbableDuplicates, profile: Profile): Promise<DuplicateSearch> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  try {
    return { candidates: await Promise.race([find(profile), late]) };
  } catch (error) {
    return { skipped: error };
  } finally {
    clearTimeout(timer);
  }
}

/** Refuses with the candidates, unless whoever registers has looked at every one of them and says that it is somebody else. */
export function refuseProbableDuplicates(found: readonly DuplicateCandidate[], customerId: string, notDuplicateOf: readonly string[] = []): void {
  const candidates = found.filter(({ id }) => id !== customerId && !notDuplicateOf.includes(id));
  if (candidates.length > 0)
    throw new Refusal(
      { code: 'customer_probable_duplicate', detail: 'look at the candidates; if none of them is this customer, send again with their ids in notDuplicateOf' },
      undefined,
      { candidates },
    );
}
