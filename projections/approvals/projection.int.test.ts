import { pino } from 'pino';
import t from 'tap';
import type { Permit, Rights } from '../../shared/access/rights.js';
import { everythingClear } from '../../shared/access/data-classes.js';
import type { ApprovalEvent } from '../../shared/events/approvals/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import { allEvents, topicOf } from '../../shared/events/registry.js';
import { buildServer } from '../../shared/http/server.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { verifyWith } from '../../shared/read-store/verify.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { approvalsProjection } from './projection.js';
import { outstandingApprovals } from './queries.js';
import { approvalQueryRoutes } from './routes.js';
import { approvalsVerifiers } from './verify.js';

const id = (n: number): string => `0198a7c2-0000-7000-8000-${String(n).padStart(12, '0')}`;
const at = (minute: number): string => new Date(Date.UTC(2025, 0, 1, 8, minute)).toISOString();
let revisions: Record<number, number> = {};

/** The story's minute is its event's time. */
const told = (n: number, minute: number, actor: string, event: ApprovalEvent): Recorded<ApprovalEvent> => ({
  id: id(1_000 + minute), stream: `approval-${id(n)}`, revision: BigInt((revisions[n] = (revisions[n] ?? -1) + 1)), position: BigInt(minute), event,
  metadata: { commandId: id(2_000 + minute), $correlationId: 'c', $causationId: 'c', actor: { id: actor, role: 'teller', channel: 'counter' }, schemaVersion: 1, recordedAt: at(minute) },
});
const asked = (n: number, minute: number, requester: string, branch: string, more: { actingAs?: string; manager?: string } = {}): Recorded<ApprovalEvent> => told(n, minute, requester, {
  type: 'ApprovalRequested',
  data: {
    approvalId: id(n), customerId: id(500 + n), commandId: id(n), commandHash: 'h', rule: 'large', permission: 'money.transfer', method: 'POST', route: '/v1/transfers', expiresAt: at(30 + n), branch,
    ...(more.manager !== undefined && { manager: more.manager }),
    requester: { id: requester, role: 'teller', channel: 'counter', ...(more.actingAs !== undefined && { actingAs: more.actingAs }) }, request: 'erased',
  },
});
const step = (n: number, minute: number, actor: string, type: 'RequestApproved' | 'RequestWithdrawn' | 'RequestExpired') => told(n, minute, actor, { type, data: { approvalId: id(n) } });

const story = (): Recorded<ApprovalEvent>[] => {
  revisions = {};
  return [
    asked(1, 1, 'zhang', 'B1', { actingAs: 'li' }), asked(2, 2, 'zhang', 'B2'), asked(3, 3, 'wu', 'B1'), asked(4, 4, 'wu', 'B2', { manager: 'zhang' }), asked(5, 5, 'wu', 'B2'), asked(6, 6, 'wu', 'B3'), asked(7, 7, 'wu', 'B1'),
    step(1, 8, 'zhao', 'RequestApproved'), told(1, 9, 'approvals', { type: 'RequestExecuted', data: { approvalId: id(1), recordId: id(9), position: '5' } }),
    told(3, 10, 'zhao', { type: 'RequestRejected', data: { approvalId: id(3), customerId: id(503), reason: 'erased' } }), step(4, 11, 'wu', 'RequestWithdrawn'), step(5, 12, 'approvals', 'RequestExpired'),
    step(6, 13, 'zhao', 'RequestApproved'), told(6, 14, 'approvals', { type: 'RequestExecutionRefused', data: { approvalId: id(6), code: 'if_match_stale' } }), step(7, 15, 'zhao', 'RequestApproved'),
  ];
};

t.test('it says of every event of its topic whether it applies it', async (t) => {
  const { topics, handles, ignores } = approvalsProjection;
  t.same([...handles, ...ignores].sort(), allEvents.filter(({ module }) => topics.includes(topicOf(module))).map(({ type }) => type).sort());
});

t.test('rows, lists by reach, pages, what is outstanding, and verify', skipUnless('postgres'), async (t) => {
  for (const batch of [100, 1]) {
    const database = await readDatabase(t, approvalsProjection);
    const events = story();
    for (let from = 0; from < events.length; from += batch) await database.apply(events.slice(from, from + batch));
    t.same(await database.query('select id, revision, status, requester_id, acting_as, branch, decided_by, decided_at from approvals.approvals order by id limit 3'), [
      { id: id(1), revision: '2', status: 'executed', requester_id: 'zhang', acting_as: 'li', branch: 'B1', decided_by: 'zhao', decided_at: new Date(at(8)) },
      { id: id(2), revision: '0', status: 'pending', requester_id: 'zhang', acting_as: null, branch: 'B2', decided_by: null, decided_at: null },
      { id: id(3), revision: '1', status: 'rejected', requester_id: 'wu', acting_as: null, branch: 'B1', decided_by: 'zhao', decided_at: new Date(at(10)) },
    ]);
    t.same(await outstandingApprovals(database.store, new Date(at(32))), { overdue: [id(2)], approved: [id(7)] });
    t.same(await outstandingApprovals(database.store, new Date(at(31))), { overdue: [], approved: [id(7)] });

    let reader: { holder: string; permit: Permit } = { holder: 'zhang', permit: { scope: 'all' } };
    const server = await buildServer({
      modules: [approvalQueryRoutes(database.store)], logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
      authenticate: () => ({ id: reader.holder, role: 'r', channel: 'counter', rights: { holder: reader.holder, permits: new Map([['approvals.read', [reader.permit]]]), views: everythingClear } satisfies Rights }),
    });
    const list = async (query = '') => (await server.inject(`/v1/approvals${query}`)).json();
    const numbers = async (query?: string): Promise<number[]> => (await list(query)).items.map((item: { id: string }) => Number(item.id.slice(-12)));
    t.same(await numbers(), [7, 6, 5, 4, 3, 2, 1]);
    t.same(await numbers('?status=pending'), [2]);
    t.same(await numbers('?mine=true'), [2, 1]);
    t.match((await list('?status=executed')).items, [{ id: id(1), requester: { id: 'zhang', actingAs: 'li' }, decidedBy: 'zhao', decidedAt: at(8), requestedAt: at(1), expiresAt: at(31) }]);
    const first = await list('?limit=3');
    t.same(await numbers(`?limit=3&cursor=${first.nextCursor}`), [4, 3, 2]);
    t.equal((await server.inject(`/v1/approvals?limit=3&status=pending&cursor=${first.nextCursor}`)).statusCode, 400, 'a cursor is of its own query');
    reader = { holder: 'zhao', permit: { scope: 'branch', branches: new Set(['B1']) } };
    t.same(await numbers(), [7, 3, 1]);
    reader = { holder: 'zhao', permit: { scope: 'branch', branches: new Set(['B1']), commands: new Set(['money.pay-out']) } };
    t.same(await numbers(), [], 'a permit for other commands');
    reader = { holder: 'zhao', permit: { scope: 'all', commands: new Set(['money.pay-out', 'money.transfer']) } };
    t.same(await numbers(), [7, 6, 5, 4, 3, 2, 1], 'control: one for these');
    reader = { holder: id(501), permit: { scope: 'own' } };
    t.same(await numbers(), [], 'what others request about a customer is not the customer\'s to see');
    reader = { holder: 'zhang', permit: { scope: 'portfolio' } };
    t.same(await numbers(), [4, 2, 1], 'of those one manages, and one\'s own');
    await server.close();

    const differences = async () => {
      const found = [];
      async function* log() { yield* events; }
      for await (const difference of verifyWith(approvalsVerifiers(database.query), log())) found.push(`${difference.kind} ${difference.key} ${difference.column ?? ''}`.trim());
      return found;
    };
    t.same(await differences(), []);
    await database.query(`update approvals.approvals set status = 'executed', decided_by = 'wu' where id = $1`, [id(2)]);
    await database.query('delete from approvals.approvals where id = $1', [id(3)]);
    t.same((await differences()).sort(), [`changed ${id(2)} decided_by`, `changed ${id(2)} status`, `missing ${id(3)}`], 'control: damage is found');
  }
});
