import type { Actor, EventOf } from '../../../shared/events/definition.js';
import type { AlertRaised, Outcome } from '../../../shared/events/risk/case-events.js';

/** What the evaluator found: of whom, by which rule, when, why. Its id is made from the cause, so that the same find is the same alert. */
export type Alert = Omit<EventOf<typeof AlertRaised>['data'], 'caseId' | 'round' | 'muted' | 'trace'> & { readonly trace: readonly Readonly<Record<string, unknown>>[] };

/** Who works on it: also in whose place they act. */
export type Worker = Pick<Actor, 'id' | 'actingAs'>;

/** What staff do with a case. `precondition`: whether the revision is the one that was looked at, so that no alert goes by unseen. */
export type WorkCase = { readonly by: Worker; readonly precondition: (revision: bigint) => boolean } & (
  /** `isAble`: whether the assignee may work on this case; nothing to ask where nobody is to have it. */
  | { readonly kind: 'assign'; readonly assignee: string | null; readonly isAble: boolean }
  | { readonly kind: 'snooze'; readonly at: Date; readonly until: Date; readonly reason: string }
  | { readonly kind: 'wake' }
  | { readonly kind: 'escalate'; readonly reason: string }
  | { readonly kind: 'comment'; readonly text: string }
  /** `worksOnAll`: the closer works on the cases of all customers. */
  | { readonly kind: 'close'; readonly outcome: Outcome; readonly reason?: string; readonly worksOnAll: boolean }
);

export type CaseCommand =
  | { readonly kind: 'raise-alert'; readonly caseId: string; readonly alert: Alert }
  /** The clock's: wakes what has slept long enough. */
  | { readonly kind: 'end-snooze'; readonly at: Date }
  | WorkCase;
