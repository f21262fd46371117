import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import t from 'tap';
import type { Access } from '../../../shared/http/access-record.js';
import { createPool } from '../../../shared/read-store/pool.js';
import { eventually } from '../../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../../shared/testing/parts.js';
import { AlertNews } from '../stream/alert-news.js';
import { id, riskModel } from '../testing/risk-model.js';
import { startWebhooks } from './deliveries.js';
import { failingOf, findDeliveries } from './delivered.js';
import type { Endpoint } from './endpoints.js';
import { createOutbound } from '../../../shared/outbound/outbound.js';

const secret = Buffer.alloc(24, 7);

/** A program that is told: it answers what the test says, 204 where that says nothing. */
async function subscriber(t: { teardown(handler: () => unknown): void }) {
  const got: { headers: IncomingHttpHeaders; body: string }[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => {
      const status = answers.shift() ?? 204;
      if (status < 300) got.push({ headers: request.headers, body });
      response.writeHead(status, status === 302 ? { location: `http://127.0.0.1:${(server.address() as AddressInfo).port}/elsewhere` } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const endpoint = (name: string, more: Partial<Endpoint> = {}): Endpoint => ({ id: name, name, url: `http://127.0.0.1:${port}/hook`, secrets: [secret], severity: 'low', kinds: null, ...more });
  return { got, answers, endpoint, alerts: () => got.map(({ body }) => Number((JSON.parse(body) as { data: { position: string } }).data.position)) };
}

t.test('each endpoint is told every alert in order until it takes it, whoever else fails, whoever is stopped, and nobody is told without a record', skipUnless('postgres'), async (t) => {
  const { database, store, told, alert, lanes } = await riskModel(t);
  const pool = createPool(await freshDatabase(t, 'ops'), { applicationName: 'test', max: 4 });
  t.teardown(() => pool.end());
  const accesses: Access[] = [];
  const [good, bad] = [await subscriber(t), await subscriber(t)];
  let endpoints = [good.endpoint('good'), bad.endpoint('bad', { severity: 'high' })];
  const start = () => {
    const news = new AlertNews(store);
    const webhooks = startWebhooks({
      endpoints: async () => endpoints, outbound: createOutbound(['127.0.0.1']), lookMs: 10, store, news, pool, logger: pino({ level: 'silent' }), now: () => new Date('2025-01-02T00:00:00Z'), accessLog: { record: async (access) => void accesses.push(access), refused: () => {} }, firstRetryMs: 5, mostRetryMs: 20,
    });
    async function stop(): Promise<void> {
      await news.stop();
      await webhooks.stop();
    }
    t.teardown(stop);
    return { stop };
  };
  await database.apply([alert(1, 5)]);
  await lanes(5, 5);
  let running = start();
  const state = async (name: string) => (await pool.query<{ told: string; failures: number; reason: string | null }>('select told, failures, reason from webhooks.delivered where endpoint = $1', [name]).catch(() => undefined))?.rows[0];
  await eventually(async () => (await state('good')) && (await state('bad')));

  bad.answers.push(...Array.from({ length: 1_000 }, () => 503));
  await database.apply([alert(2, 11, false, 'low'), alert(1, 12)]);
  await lanes(12, 12);
  await eventually(() => good.alerts().join() === '11,12');
  t.same(bad.alerts(), []);
  await eventually(async () => ((await state('bad'))?.failures ?? 0) > 2);
  t.match(await state('bad'), { told: '11', reason: 'answered 503' }, 'what is below its severity is passed over, what it did not take is not');
  t.match(await failingOf(pool, 'bad'), { since: Date, reason: 'answered 503' });
  t.equal(await failingOf(pool, 'good'), undefined);
  const { headers, body } = good.got[0]!;
  t.match(JSON.parse(body), { type: 'risk.alert.raised', data: { id: id(11), customer: id(502), severity: 'low' } });
  t.equal(headers['webhook-id'], id(11));
  t.equal(headers['webhook-signature'], `v1,${createHmac('sha256', secret).update(`${id(11)}.${String(headers['webhook-timestamp'])}.${body}`).digest('base64')}`);
  t.match(accesses.find(({ principal }) => principal?.id === 'webhook good'), { route: 'WEBHOOK risk.alert.raised', customers: [id(502)], accounts: [id(802)] });

  await running.stop();
  await database.apply([alert(2, 13), told(2, 14, 'RiskCaseSnoozed', { until: '2025-01-02T00:00:00.000Z', reason: 'erased' }), alert(2, 15, true), alert(1, 16)]);
  await lanes(16, 16);
  bad.answers.splice(0);
  bad.answers.push(302, 500);
  running = start();
  await eventually(() => bad.alerts().join() === '12,13,16' && good.alerts().join() === '11,12,13,16');
  await database.apply([told(2, 17, 'RiskCaseWoken', { muted: 1 })]);
  await lanes(17, 17);
  await eventually(() => bad.alerts().join() === '12,13,16,15' && good.alerts().join() === '11,12,13,16,15');
  await eventually(async () => (await state('bad'))?.failures === 0);
  t.equal(await failingOf(pool, 'bad'), undefined);
  t.match((await findDeliveries(pool, 'bad', 10)).items.find(({ alert_id: alertId }) => alertId === id(12)), { case_id: id(1), reason: null, taken_at: Date }, 'every attempt is noted');
  t.ok((await findDeliveries(pool, 'bad', 10)).items.find(({ alert_id: alertId }) => alertId === id(12))!.attempts > 3);
  t.notOk(good.alerts().includes(5), 'control: an endpoint that is new begins at the present');

  // Paused, changed and removed while it runs.
  endpoints = [good.endpoint('good', { kinds: ['structuring'] })];
  await database.apply([alert(1, 18)]);
  await lanes(18, 18);
  await eventually(() => good.alerts().at(-1) === 18);
  endpoints = [good.endpoint('good', { kinds: ['large-cash'] }), bad.endpoint('bad', { severity: 'high' })];
  await eventually(() => bad.alerts().at(-1) === 18);
  t.pass('what came while it was paused it is told when it is resumed');
  await database.apply([alert(1, 19)]);
  await lanes(19, 19);
  await eventually(() => bad.alerts().at(-1) === 19);
  await eventually(async () => (await state('good'))?.told === '19');
  t.equal(good.alerts().at(-1), 18, 'not of the kind that it asks for');
  endpoints = [bad.endpoint('bad', { severity: 'high', url: bad.endpoint('bad').url.replace('127.0.0.1', '127.0.0.2') })];
  await database.apply([alert(1, 20)]);
  await lanes(20, 20);
  await eventually(async () => (await state('bad'))?.reason === 'no answer: address_refused');
  t.equal(bad.alerts().at(-1), 19, 'an address that may not be called is not, whoever registered it');
  await running.stop();
});
