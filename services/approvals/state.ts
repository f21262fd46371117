import type { ApprovalEvent, HeldRequest } from '../../shared/events/approvals/events.js';
import type { Actor } from '../../shared/events/definition.js';
import { readable } from '../../shared/events/personal.js';
import { unreachable } from '../../shared/kernel/decision.js';
import { defineRecord } from '../../shared/records/record.js';

/** What was asked for, as it stands in the log. */
export interface Asked {
  readonly approvalId: string;
  readonly customerId: string | undefined;
  readonly commandId: string;
  readonly commandHash: string;
  readonly rule: string;
  readonly permission: string;
  readonly method: string;
  readonly route: string;
  readonly requester: Actor;
  readonly branch: string | undefined;
  readonly manager: string | undefined;
  /** ISO times. */
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly correlationId: string;
  /** Undefined: the customer concerned was erased. */
  readonly request: HeldRequest | undefined;
}

export type ApprovalState =
  | { readonly status: 'absent' }
  | (Asked & { readonly status: 'pending' | 'expired' | 'withdrawn' })
  | (Asked & { readonly status: 'rejected'; readonly decidedBy: Actor; readonly reason: string | 'erased' })
  | (Asked & { readonly status: 'approved'; readonly decidedBy: Actor })
  | (Asked & { readonly status: 'executed'; readonly decidedBy: Actor; readonly recordId: string; readonly position: string })
  | (Asked & { readonly status: 'refused'; readonly decidedBy: Actor; readonly code: string });

export type KnownApproval = Exclude<ApprovalState, { status: 'absent' }>;

/** Stream "approval-<id>". */
export const approvalRecord = defineRecord<ApprovalState, ApprovalEvent>({
  name: 'approval',
  initial: { status: 'absent' },
  evolve(state, event, { metadata }) {
    if (event.type === 'ApprovalRequested') {
      const { request, customerId, branch, manager, ...asked } = event.data;
      return { ...asked, status: 'pending', customerId, branch, manager, requestedAt: metadata.recordedAt, correlationId: metadata.$correlationId, request: readable(request) ? request : undefined };
    }
    if (state.status === 'absent') return state;
    switch (event.type) {
      case 'RequestApproved':
        return { ...askedOf(state), status: 'approved', decidedBy: metadata.actor };
      case 'RequestRejected':
        return { ...askedOf(state), status: 'rejected', decidedBy: metadata.actor, reason: readable(event.data.reason) ? event.data.reason : 'erased' };
      case 'RequestWithdrawn':
        return { ...askedOf(state), status: 'withdrawn' };
      case 'RequestExpired':
        return { ...askedOf(state), status: 'expired' };
      case 'RequestExecuted':
        return 'decidedBy' in state ? { ...askedOf(state), status: 'executed', decidedBy: state.decidedBy, recordId: event.data.recordId, position: event.data.position } : state;
      case 'RequestExecutionRefused':
        return 'decidedBy' in state ? { ...askedOf(state), status: 'refused', decidedBy: state.decidedBy, code: event.data.code } : state;
      default:
        return unreachable(event);
    }
  },
});

/** Without what belonged to the state it was in. */
function askedOf(state: KnownApproval): Asked {
  const { approvalId, customerId, commandId, commandHash, rule, permission, method, route, requester, branch, manager, requestedAt, expiresAt, correlationId, request } = state;
  return { approvalId, customerId, commandId, commandHash, rule, permission, method, route, requester, branch, manager, requestedAt, expiresAt, correlationId, request };
}
