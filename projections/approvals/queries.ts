import { HEAD_OFFICE, type Permit, type Rights } from '../../shared/access/rights.js';
import type { ReadStore } from '../../shared/read-store/projection.js';

/** The last row of a page: when it was requested (microseconds, as text) and its id. */
export type Place = readonly [string, string];

export interface ApprovalFilter {
  readonly status?: string | undefined;
  /** Those of this person alone, in whomsoever's place. */
  readonly requesterId?: string | undefined;
}

interface Row {
  readonly id: string;
  readonly revision: string;
  readonly status: string;
  readonly rule: string;
  readonly permission: string;
  readonly method: string;
  readonly route: string;
  readonly requester_id: string;
  readonly requester_role: string;
  readonly acting_as: string | null;
  readonly requested_at: Date;
  readonly requested: string;
  readonly expires_at: Date;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
}

/** Newest first; what one of the reader's permits reaches, for the commands it names, and everybody's own. What others request about a customer is not the customer's to see. */
export async function findApprovals(store: ReadStore, { status, requesterId }: ApprovalFilter, rights: Rights, readerId: string, limit: number, after?: Place) {
  const permits = (rights.permits.get('approvals.read') ?? []).filter(({ scope }) => scope !== 'own').map((permit) => reachText(permit, rights.holder));
  const rows = await store.query<Row>(
    `select id, revision::text, status, rule, permission, method, route, requester_id, requester_role, acting_as, requested_at, requested_at::text as requested, expires_at, decided_by, decided_at
     from approvals.approvals
     where ($1::text is null or status = $1) and ($2::text is null or requester_id = $2)
       and (requester_id = $3 or exists (
         select 1 from jsonb_to_recordset($5::jsonb) as permit(everything boolean, branches jsonb, manager text, commands jsonb)
         where (permit.commands is null or permit.commands ? permission) and (permit.everything or permit.branches ? coalesce(branch, $4) or approvals.manager = permit.manager)))
       and ($6::timestamptz is null or (requested_at, id) < ($6::timestamptz, $7::uuid))
     order by requested_at desc, id desc limit $8`,
    [status ?? null, requesterId ?? null, readerId, HEAD_OFFICE, JSON.stringify(permits), after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    'approvals_find',
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(itemOf), ...(rows.length > limit && last && { next: [last.requested, last.id] as const }) };
}

const reachText = ({ scope, branches, commands }: Permit, holder: string) => ({
  everything: scope === 'all', ...(scope === 'branch' && { branches: [...(branches ?? [])] }), ...(scope === 'portfolio' && { manager: holder }), ...(commands && { commands: [...commands] }),
});

const itemOf = (row: Row) => ({
  id: row.id, revision: Number(row.revision), status: row.status, rule: row.rule, permission: row.permission, method: row.method, route: row.route,
  requester: { id: row.requester_id, role: row.requester_role, ...(row.acting_as !== null && { actingAs: row.acting_as }) },
  requestedAt: row.requested_at.toISOString(), expiresAt: row.expires_at.toISOString(),
  ...(row.decided_by !== null && { decidedBy: row.decided_by }), ...(row.decided_at !== null && { decidedAt: row.decided_at.toISOString() }),
});

/** For the clock: whose time is up, and what was approved and not run. A row may be behind; then the log says that nothing is to be done. */
export async function outstandingApprovals(store: ReadStore, now: Date): Promise<{ readonly overdue: string[]; readonly approved: string[] }> {
  const rows = await store.query<{ id: string; status: string }>(
    `select id, status from approvals.approvals where status in ('pending', 'approved') and (status = 'approved' or expires_at <= $1) order by expires_at limit 1000`, [now.toISOString()], 'approvals_outstanding').catch(noneYet);
  const those = (wanted: string): string[] => rows.filter(({ status }) => status === wanted).map(({ id }) => id);
  return { overdue: those('pending'), approved: those('approved') };
}

/** Before the first build of the read model there is no such table, and nothing to be done. */
function noneYet(error: unknown): [] {
  if (['42P01', '3F000'].includes((error as { code?: string }).code ?? '')) return [];
  throw error;
}
