import { approvalEvents, type ApprovalEvent } from '../../shared/events/approvals/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import { topicOf } from '../../shared/events/registry.js';
import type { Projection, ReadTransaction } from '../../shared/read-store/projection.js';
import { indexes, tables, views } from './tables.js';

/** Requests for approval, for lists and for the clock that moves them on. */
export const approvalsProjection: Projection = {
  name: 'approvals',
  version: 1,
  topics: [topicOf('approvals')],
  handles: approvalEvents.map(({ type }) => type),
  ignores: [],
  opens: false,
  tables,
  indexes,
  views,
  async apply(tx, events) {
    const told = events as readonly Recorded<ApprovalEvent>[];
    await insertRequested(tx, told);
    await moveOn(tx, told);
  },
};

const STATUS = {
  RequestApproved: 'approved', RequestRejected: 'rejected', RequestWithdrawn: 'withdrawn', RequestExpired: 'expired', RequestExecuted: 'executed', RequestExecutionRefused: 'refused',
} as const;

async function insertRequested(tx: ReadTransaction, events: readonly Recorded<ApprovalEvent>[]): Promise<void> {
  const cells = events.flatMap(({ event, revision, metadata }) => {
    if (event.type !== 'ApprovalRequested') return [];
    const { approvalId, rule, permission, method, route, requester, branch, manager, customerId, expiresAt } = event.data;
    return [[approvalId, revision.toString(), rule, permission, method, route, requester.id, requester.role, requester.actingAs ?? null, branch ?? null, manager ?? null, customerId ?? null, metadata.recordedAt, expiresAt]];
  });
  if (cells.length === 0) return;
  await tx.query(
    `insert into approvals (id, revision, status, rule, permission, method, route, requester_id, requester_role, acting_as, branch, manager, customer_id, requested_at, expires_at)
     select id, revision, 'pending', rule, permission, method, route, requester_id, requester_role, acting_as, branch, manager, customer_id, requested_at, expires_at
     from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::uuid[], $13::timestamptz[], $14::timestamptz[])
       as batch(id, revision, rule, permission, method, route, requester_id, requester_role, acting_as, branch, manager, customer_id, requested_at, expires_at)`,
    cells[0]!.map((_, column) => cells.map((row) => row[column])),
    'approvals_insert',
  );
}

interface Move {
  readonly id: string;
  readonly revision: bigint;
  readonly status: string;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
}

/** Each request once, to where the batch leaves it. */
async function moveOn(tx: ReadTransaction, events: readonly Recorded<ApprovalEvent>[]): Promise<void> {
  const moves = new Map<string, Move>();
  for (const { event, revision, metadata } of events) {
    if (event.type === 'ApprovalRequested') continue;
    const { approvalId: id } = event.data;
    const decides = event.type === 'RequestApproved' || event.type === 'RequestRejected';
    const before = moves.get(id);
    moves.set(id, {
      id, revision, status: STATUS[event.type],
      decidedBy: decides ? metadata.actor.id : (before?.decidedBy ?? null), decidedAt: decides ? metadata.recordedAt : (before?.decidedAt ?? null),
    });
  }
  const rows = [...moves.values()];
  if (rows.length === 0) return;
  await tx.query(
    `update approvals set revision = batch.revision, status = batch.status, decided_by = coalesce(batch.decided_by, approvals.decided_by), decided_at = coalesce(batch.decided_at, approvals.decided_at)
     from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[]) as batch(id, revision, status, decided_by, decided_at) where approvals.id = batch.id`,
    [rows.map(({ id }) => id), rows.map(({ revision }) => revision.toString()), rows.map(({ status }) => status), rows.map(({ decidedBy }) => decidedBy), rows.map(({ decidedAt }) => decidedAt)],
    'approvals_update',
  );
}
