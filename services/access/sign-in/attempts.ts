import type { AttemptSubject } from './attempt-limits.js';

export type AttemptBegun =
  | { readonly allowed: false; readonly until: Date }
  /** `failures`: of each subject, in the order given, this attempt counted as if it failed. */
  | { readonly allowed: true; readonly id: string; readonly failures: readonly number[] };

/**
 * Counts attempts before they are made, so that many at once cannot pass where one after the other could not; shared by every api process. An attempt
 * that is refused is not counted. Adapters: `postgres-attempts.ts`, `testing/memory-attempts.ts`; `testing/attempts-contract.ts` runs on both.
 */
export interface Attempts {
  begin(subjects: readonly AttemptSubject[], at: Date): Promise<AttemptBegun>;
  /** The attempt was no failure; what failed before of these subjects is forgotten too. */
  succeeded(id: string, forgotten: readonly AttemptSubject[]): Promise<void>;
  /** Forgets what no limit looks at any more. */
  sweep(at: Date): Promise<void>;
}
