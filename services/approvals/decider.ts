import type { ApprovalEvent } from '../../shared/events/approvals/events.js';
import { accept, nothing, reject, unreachable, type Decision } from '../../shared/kernel/decision.js';
import type { ApprovalCommand, Decider } from './commands.js';
import type { ApprovalCode } from './rejections.js';
import type { ApprovalState, Asked, KnownApproval } from './state.js';

type ApprovalDecision = Decision<ApprovalEvent, ApprovalCode>;

export function decideApproval(state: ApprovalState, command: ApprovalCommand): ApprovalDecision {
  // The id is derived from the command held back: a repeat is known by its command id before this is asked.
  if (command.kind === 'request') return state.status === 'absent' ? accept<ApprovalEvent>({ type: 'ApprovalRequested', data: command.asked }) : nothing;
  if (state.status === 'absent') return reject('approval_not_found');
  const { approvalId } = state;
  switch (command.kind) {
    case 'approve':
      return undecidable(state, command) ?? (state.request === undefined ? reject('approval_unreadable') : accept<ApprovalEvent>({ type: 'RequestApproved', data: { approvalId } }));
    case 'reject': {
      const { customerId } = state;
      // Without its key the reason could not be sealed.
      if (state.request === undefined) return undecidable(state, command) ?? reject('approval_unreadable');
      return undecidable(state, command) ?? accept<ApprovalEvent>({ type: 'RequestRejected', data: { approvalId, ...(customerId !== undefined && { customerId }), reason: command.reason } });
    }
    case 'withdraw':
      if (!isSame(state.requester, command.by)) return reject('approval_of_another');
      return state.status === 'pending' ? accept<ApprovalEvent>({ type: 'RequestWithdrawn', data: { approvalId } }) : reject('approval_not_pending', `it is ${state.status}`);
    case 'expire':
      return state.status === 'pending' && hasExpired(state, command.at) ? accept<ApprovalEvent>({ type: 'RequestExpired', data: { approvalId } }) : nothing;
    case 'note-executed':
      // Two processes may run an approved command at once: it happens once, and where one of them saw it accepted, it was.
      return state.status === 'approved' || state.status === 'refused'
        ? accept<ApprovalEvent>({ type: 'RequestExecuted', data: { approvalId, recordId: command.recordId, position: command.position } })
        : nothing;
    case 'note-refused':
      return state.status === 'approved' ? accept<ApprovalEvent>({ type: 'RequestExecutionRefused', data: { approvalId, code: command.code } }) : nothing;
    default:
      return unreachable(command);
  }
}

function undecidable(state: KnownApproval, { by, at }: { readonly by: Decider; readonly at: Date }): ApprovalDecision | undefined {
  if (isInvolved(state.requester, by)) return reject('approval_own');
  if (state.status !== 'pending') return reject('approval_not_pending', `it is ${state.status}`);
  return hasExpired(state, at) ? reject('approval_expired') : undefined;
}

const hasExpired = ({ expiresAt }: Asked, at: Date): boolean => at >= new Date(expiresAt);

/** Nobody stands on both sides: neither oneself, nor who acts in one's place, nor in whose place one acts. */
function isInvolved(requester: Decider, by: Decider): boolean {
  const sides = [requester.id, requester.actingAs];
  return sides.includes(by.id) || (by.actingAs !== undefined && sides.includes(by.actingAs));
}

const isSame = (requester: Decider, by: Decider): boolean => requester.id === by.id && requester.actingAs === by.actingAs;
