import type { ApprovalEvent } from '../../shared/events/approvals/events.js';
import { approvalEvents } from '../../shared/events/approvals/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import { compareRows, readRows, timeText, type ReadRows, type TextRow, type VerifiedTable, type Verifier } from '../../shared/read-store/verify.js';

const approvalsTable: VerifiedTable = {
  projection: 'approvals',
  table: 'approvals.approvals',
  key: ['id'],
  columns: {
    id: 'uuid', revision: 'bigint', status: 'text', rule: 'text', permission: 'text', method: 'text', route: 'text', requester_id: 'text', requester_role: 'text', acting_as: 'text', branch: 'text',
    manager: 'text', customer_id: 'uuid', requested_at: 'timestamptz', expires_at: 'timestamptz', decided_by: 'text', decided_at: 'timestamptz',
  },
};
const types = new Set<string>(approvalEvents.map(({ type }) => type));

/** Tells every request's story a second time. About 1 KB is kept for each there ever was: second looks are rare beside movements of money. */
export function approvalsVerifiers(read: ReadRows): readonly Verifier[] {
  const rows = new Map<string, TextRow>();
  return [{
    take(recorded) {
      if (types.has(recorded.event.type)) tell(rows, recorded as Recorded<ApprovalEvent>);
      return undefined;
    },
    finish: () => compareRows(approvalsTable, rows, (row) => row, readRows(read, approvalsTable)),
  }];
}

function tell(rows: Map<string, TextRow>, { event, revision, metadata }: Recorded<ApprovalEvent>): void {
  const { approvalId: id } = event.data;
  const at = { ...rows.get(id), revision: String(revision) };
  const decided = { decided_by: metadata.actor.id, decided_at: timeText(metadata.recordedAt) };
  switch (event.type) {
    case 'ApprovalRequested': {
      const { rule, permission, method, route, requester, branch, manager, customerId, expiresAt } = event.data;
      rows.set(id, {
        id, ...at, status: 'pending', rule, permission, method, route, requester_id: requester.id, requester_role: requester.role, acting_as: requester.actingAs ?? null, branch: branch ?? null,
        manager: manager ?? null, customer_id: customerId ?? null, requested_at: timeText(metadata.recordedAt), expires_at: timeText(expiresAt), decided_by: null, decided_at: null,
      });
      break;
    }
    case 'RequestApproved':
      rows.set(id, { ...at, ...decided, status: 'approved' });
      break;
    case 'RequestRejected':
      rows.set(id, { ...at, ...decided, status: 'rejected' });
      break;
    case 'RequestWithdrawn':
      rows.set(id, { ...at, status: 'withdrawn' });
      break;
    case 'RequestExpired':
      rows.set(id, { ...at, status: 'expired' });
      break;
    case 'RequestExecuted':
      rows.set(id, { ...at, status: 'executed' });
      break;
    case 'RequestExecutionRefused':
      rows.set(id, { ...at, status: 'refused' });
  }
}
