import { pino } from 'pino';
import t from 'tap';
import { everythingClear } from '../../../shared/access/data-classes.js';
import type { Permit } from '../../../shared/access/rights.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import { webhookDeliveriesRoutes } from './routes.js';

const [ALERT, CASE] = ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002'];
const moment = new Date('2026-01-01T00:00:00Z');
const row = { alert_id: ALERT, case_id: CASE, attempts: 1, reason: null, first_at: moment, last_at: moment, taken_at: moment, first: '0' };
const failing = { since: moment, attempts: 3, reason: 'answered 503' };

t.test('what a program was told speaks of everybody: whose reach is a branch is told nothing of it', async (t) => {
  const permits: Record<string, Permit> = { bank: { scope: 'all' }, branch: { scope: 'branch', branches: new Set(['NORTH']) } };
  const server = await buildServer({
    modules: [webhookDeliveriesRoutes({ query: async (text: string) => ({ rows: text.includes('webhooks.delivered ') ? [failing] : [row] }) } as unknown as Pool)],
    authenticate: ({ headers: { authorization: who = '' } }) => ({ id: who, role: 'r', channel: 'counter', rights: { holder: who, permits: new Map([['risk.tell', [permits[who]!]]]), views: everythingClear } }),
    logger: pino({ level: 'silent' }), now: () => moment, commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
  });
  t.teardown(() => server.close());
  const deliveries = async (who: string) => (await server.inject({ url: `/v1/risk/webhooks/${CASE}/deliveries`, headers: { authorization: who } })).json<{ items: object[] }>();
  t.match(await deliveries('bank'), { failing: { since: '2026-01-01T00:00:00.000Z', attempts: 3, reason: 'answered 503' }, items: [{ alert: ALERT, case: CASE }] });
  t.strictSame(await deliveries('branch'), { items: [] });
});
