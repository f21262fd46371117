import type { EventOf, Actor } from '../../shared/events/definition.js';
import type { ApprovalRequested } from '../../shared/events/approvals/events.js';

export type RequestApproval = EventOf<typeof ApprovalRequested>['data'];

/** Who decides: also in whose place they act. */
export type Decider = Pick<Actor, 'id' | 'actingAs'>;

export type ApprovalCommand =
  | { readonly kind: 'request'; readonly asked: RequestApproval }
  | { readonly kind: 'approve'; readonly by: Decider; readonly at: Date }
  | { readonly kind: 'reject'; readonly by: Decider; readonly at: Date; readonly reason: string }
  | { readonly kind: 'withdraw'; readonly by: Decider }
  | { readonly kind: 'expire'; readonly at: Date }
  /** The command ran and was accepted. */
  | { readonly kind: 'note-executed'; readonly recordId: string; readonly position: string }
  /** The command ran and was refused. */
  | { readonly kind: 'note-refused'; readonly code: string };
