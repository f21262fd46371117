import { pino } from 'pino';
import t from 'tap';
import { everythingClear } from '../../../shared/access/data-classes.js';
import type { Permit } from '../../../shared/access/rights.js';
import { Refusal, type Principal } from '../../../shared/http/context.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import type { Rules } from '../rules/rules.js';
import type { BacktestJob } from './jobs.js';
import { backtestsModule } from './routes.js';

const ID = '0198a7c2-0000-7000-8000-000000000001';
const RULE = '0198a7c2-0000-7000-8000-0000000000ff';
const CAUSE = '0198a7c2-0000-7000-8000-0000000000ca';
const WOULD_BE = { customerId: RULE, at: '2026-03-01T00:00:00.000Z', cause: CAUSE, accounts: [ID], evidence: ['m/0'] };
const job = {
  id: ID, ruleId: RULE, version: 2, requestedBy: 'li', requestedAt: new Date('2026-03-01T00:00:00Z'), status: 'done',
  result: {
    events: 9, alerts: 2, customers: 1, byMonth: { '2026-04': 1, '2026-03': 1 }, difference: { added: 1, lost: 0, same: 1 }, shown: { added: [WOULD_BE], lost: [] }, failure: { code: 'x', cause: CAUSE }, cost: { asked: 9, milliseconds: 3 },
  },
} as unknown as BacktestJob;
const permits: Readonly<Record<string, Permit>> = { everybody: { scope: 'all' }, branch: { scope: 'branch', branches: new Set(['B1']) } };

t.test('what a backtest gave speaks of everybody, and is told to those whose reach is the whole bank', async (t) => {
  const server = await buildServer({
    modules: [backtestsModule({ rules: {} as Rules, backtests: { start: async () => {}, find: async (id) => (id === ID ? job : undefined) } })],
    authenticate: ({ headers }): Principal => {
      const id = headers.authorization!;
      if (!permits[id]) throw new Refusal({ code: 'unauthenticated' });
      return { id, role: 'risk-officer', channel: 'counter', rights: { holder: id, permits: new Map([['risk.read', [permits[id]]]]), views: everythingClear } };
    },
    logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32, 1), readWait: async () => true, accessLog: noAccessLog, checks: {}, findTarget: async () => undefined,
  });
  t.teardown(() => server.close());
  const get = async (who: string, id = ID) => (await server.inject({ url: `/v1/risk/backtests/${id}`, headers: { authorization: who } })).json() as object;
  const told = { id: ID, rule: RULE, version: 2, requestedBy: 'li', requestedAt: '2026-03-01T00:00:00.000Z', status: 'done' };
  t.strictSame(await get('everybody'), {
    ...told,
    result: {
      events: 9, alerts: 2, customers: 1, byMonth: [{ month: '2026-03', alerts: 1 }, { month: '2026-04', alerts: 1 }], difference: { added: 1, lost: 0, same: 1 },
      added: [{ customer: RULE, at: '2026-03-01T00:00:00.000Z', cause: CAUSE, accounts: [ID], facts: ['m/0'] }], lost: [], failure: { code: 'x', cause: CAUSE }, cost: { asked: 9, milliseconds: 3 },
    },
  });
  t.strictSame(await get('branch'), told);
  t.match(await get('branch', RULE), { code: 'backtest_not_found' });
});
