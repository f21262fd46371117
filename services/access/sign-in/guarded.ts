import { setTimeout as pause } from 'node:timers/promises';
import { Refusal } from '../../../shared/http/context.js';
import { sourceOf } from '../../../shared/http/source-address.js';
import type { Proof } from '../../../shared/events/access/sign-in-events.js';
import { ATTEMPT_LIMITS, type AttemptSubject } from './attempt-limits.js';
import type { Holder } from './directory.js';
import type { Origin, SignInParts } from './parts.js';
import { contextOf, tell } from './telling.js';

export interface Guarded<T> {
  /** Whose door it is; the source is guarded besides. */
  readonly subject: AttemptSubject | undefined;
  readonly proof: Proof;
  readonly origin: Origin;
  /** Undefined: it proved nothing. `holder` is whoever it was about, where there is such a person. */
  readonly prove: () => Promise<{ readonly holder: Holder | undefined; readonly proved: T | undefined }>;
}

type Guard = Pick<SignInParts, 'attempts' | 'meters' | 'people' | 'records' | 'failuresTakeMs'>;

/**
 * The one door for whatever can be guessed: counts the attempt, looks, and either forgets it or tells of the failure. Throws Refusal `too_many_attempts`
 * or `sign_in_failed`, the same for those who are there and those who are not.
 */
export async function guarded<T>(parts: Guard, { subject: named, proof, origin, prove }: Guarded<T>): Promise<T> {
  // A customer may have the name of somebody of staff: what one of them fails at is nothing to the other.
  const subject = named && parts.people.kind === 'customer' ? { ...named, name: `customer ${named.name}` } : named;
  const begunAt = performance.now();
  const subjects = [...(subject === undefined ? [] : [subject]), { kind: 'source', name: sourceOf(origin.address) } as const];
  const attempt = await parts.attempts.begin(subjects, origin.at);
  if (!attempt.allowed) {
    parts.meters.failed(parts.people.kind, 'too_many_attempts');
    const seconds = Math.ceil((attempt.until.getTime() - origin.at.getTime()) / 1_000);
    throw new Refusal({ code: 'too_many_attempts', detail: `try again in ${seconds} s` }, seconds);
  }
  const { holder, proved } = await prove();
  if (proved !== undefined) {
    await parts.attempts.succeeded(attempt.id, subject === undefined ? [] : [subject]);
    return proved;
  }
  parts.meters.failed(parts.people.kind, proof);
  if (holder !== undefined) await tellFailure(parts, { holder, proof, origin, subject, failures: attempt.failures[0]! });
  await pause(Math.max(0, parts.failuresTakeMs - (performance.now() - begunAt)));
  throw new Refusal({ code: 'sign_in_failed' });
}

interface Failure extends Pick<Guarded<unknown>, 'subject' | 'proof' | 'origin'> {
  readonly holder: Holder;
  readonly failures: number;
}

async function tellFailure(parts: Guard, { holder, proof, origin, subject, failures }: Failure): Promise<void> {
  const { address, device, at } = origin;
  const whose = parts.people.whose(holder.id);
  const from = { address, device };
  await tell(parts, contextOf(origin, holder), holder.id, { type: 'SignInFailed', data: { ...whose, proof, failures, from } });
  const limit = subject && ATTEMPT_LIMITS[subject.kind];
  if (limit && failures >= limit.most)
    await tell(parts, contextOf(origin, holder), holder.id, { type: 'LockedOut', data: { ...whose, until: new Date(at.getTime() + limit.windowMs).toISOString(), from } });
}
