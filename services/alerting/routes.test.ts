import { pino } from 'pino';
import t from 'tap';
import { everythingClear } from '../../shared/access/data-classes.js';
import type { Permission } from '../../shared/access/permissions.js';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { createCodec } from '../../shared/events/codec.js';
import { Refusal, type Principal } from '../../shared/http/context.js';
import { buildServer } from '../../shared/http/server.js';
import { createOutbound } from '../../shared/outbound/outbound.js';
import { createRecords } from '../../shared/records/record.js';
import { createAlerting } from './alerting.js';
import { subscriptionsModule } from './subscription-routes.js';
import { webhooksModule } from './webhook-routes.js';
import { webhookSecret } from './webhook-secrets.js';

const staff = (id: string, permissions: readonly Permission[]): Principal =>
  ({ id, role: 'risk-officer', channel: 'counter', rights: { holder: id, permits: new Map(permissions.map((one) => [one, [{ scope: 'all' }]])), views: everythingClear } });
const people: Record<string, Principal> = { zhang: staff('zhang', ['risk.tell']), reader: staff('reader', ['risk.read', 'risk.work', 'risk.publish-rules']) };
const ofBranch: Principal = { ...people['zhang']!, id: 'branch', rights: { holder: 'branch', permits: new Map([['risk.tell', [{ scope: 'branch', branches: new Set(['NORTH']) }]]]), views: everythingClear } };
people['branch'] = ofBranch;
const siem = { name: 'siem', url: 'https://siem.example/alerts' };

async function alertingBank(t: { teardown(handler: () => unknown): void }) {
  const store = memoryEventStore();
  const alerting = createAlerting(createRecords({ store, codec: createCodec(createMemoryVault()) }));
  const master = Buffer.alloc(32, 5);
  const pings: string[] = [];
  const server = await buildServer({
    modules: [
      subscriptionsModule(alerting),
      webhooksModule({
        alerting, secretOf: (secretId) => webhookSecret(master, secretId), faultOf: createOutbound([]).faultOf,
        async ping(_id, { url }) {
          pings.push(url);
          return pings.length === 1 ? 'answered 500' : undefined;
        },
      }),
    ],
    authenticate: ({ headers }) => people[headers.authorization ?? ''] ?? refuse(), logger: pino({ level: 'silent' }), now: () => new Date('2025-01-01T00:00:00Z'), commandSecret: Buffer.alloc(32, 1), readWait: async () => true,
    accessLog: { record: async () => {}, refused: () => {} }, checks: {}, findTarget: async () => undefined,
  });
  t.teardown(() => server.close());
  const send = async (who: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object, headers: Record<string, string> = {}) => {
    const answer = await server.inject({ method, url: `/v1/risk/${path}`, headers: { authorization: who, ...headers }, ...(body && { payload: body }) });
    return { status: answer.statusCode, etag: answer.headers.etag as string, body: answer.json() };
  };
  const logged = async () => {
    let text = '';
    for await (const event of store.readAll({})) text += JSON.stringify(event, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    return text;
  };
  return { send, logged, pings };
}

function refuse(): never {
  throw new Refusal({ code: 'unauthenticated' });
}

t.test('a program is told of everybody\'s alerts: whose reach is a branch has none told', async (t) => {
  const { send } = await alertingBank(t);
  t.match(await send('branch', 'POST', 'webhooks', siem), { status: 403, body: { code: 'outside_scope' } });
  t.strictSame((await send('zhang', 'GET', 'webhooks')).body, { items: [] });
  t.equal((await send('zhang', 'POST', 'webhooks', siem)).status, 201, 'control');
});

t.test('a webhook through its life: its secret is shown once and stands nowhere', async (t) => {
  const { send, logged, pings } = await alertingBank(t);
  const registered = await send('zhang', 'POST', 'webhooks', siem, { 'idempotency-key': 'one' });
  t.match(registered, { status: 201, etag: '"0"' });
  const one = `webhooks/${registered.body.id}`;
  t.match(await send('zhang', 'POST', 'webhooks', siem, { 'idempotency-key': 'one' }), { status: 201, body: { id: registered.body.id } }, 'the same again is the same webhook');
  t.match(await send('zhang', 'POST', `${one}/ping`), { status: 422, body: { code: 'webhook_without_secret' } });

  const issued = await send('zhang', 'POST', `${one}/secret`, undefined, { 'if-match': '"0"', 'idempotency-key': 'secret' });
  t.match(issued, { status: 200, etag: '"1"', body: { secret: /^whsec_[A-Za-z0-9+/]{43}=$/ } });
  t.match(await send('zhang', 'POST', `${one}/secret`, undefined, { 'if-match': '"0"' }), { status: 412, body: { code: 'if_match_stale' } });
  const seen = await send('zhang', 'GET', one);
  t.match(seen, { status: 200, etag: '"1"', body: { ...siem, severity: 'low', kinds: null, status: 'active', secrets: [{ id: issued.body.id }] } });
  t.match((await send('zhang', 'GET', 'webhooks')).body.items, [seen.body]);
  const everywhere = JSON.stringify(seen.body) + (await logged());
  t.match(everywhere, issued.body.id, 'control');
  t.notOk(everywhere.includes(issued.body.secret) || everywhere.includes(issued.body.secret.slice('whsec_'.length)));

  t.match(await send('zhang', 'POST', `${one}/ping`), { status: 200, body: { taken: false, reason: 'answered 500' } });
  t.same((await send('zhang', 'POST', `${one}/ping`)).body, { taken: true });
  t.same(pings, [siem.url, siem.url]);
  t.match(await send('zhang', 'POST', `${one}/pause`, undefined, { 'if-match': '"1"' }), { status: 200, etag: '"2"' });
  t.match(await send('zhang', 'PUT', one, { ...siem, severity: 'high', kinds: ['large-cash'] }, { 'if-match': '"2"' }), { status: 200 });
  t.match(await send('zhang', 'GET', one), { body: { status: 'paused', severity: 'high', kinds: ['large-cash'] } });
  t.match(await send('zhang', 'POST', `${one}/resume`, undefined, { 'if-match': '*' }), { status: 200 });
  t.match(await send('zhang', 'DELETE', one, undefined, { 'if-match': '*' }), { status: 200 });
  t.match(await send('zhang', 'GET', one), { status: 404, body: { code: 'webhook_not_found' } });
});

t.test('nobody has the bank call what is within, nor says who is told without the right', async (t) => {
  const { send } = await alertingBank(t);
  for (const url of ['http://siem.example/', 'https://127.0.0.1/', 'https://169.254.169.254/latest', 'https://[::ffff:10.0.0.1]/', 'https://a:b@siem.example/', 'file:///etc/passwd'])
    t.match(await send('zhang', 'POST', 'webhooks', { ...siem, url }), { status: 422, body: { code: 'webhook_address_refused', errors: [{ pointer: '/url', code: 'address' }] } }, url);
  const { body: { id } } = await send('zhang', 'POST', 'webhooks', siem);
  t.match(await send('zhang', 'PUT', `webhooks/${id}`, { ...siem, url: 'https://10.0.0.1/' }, { 'if-match': '*' }), { status: 422, body: { code: 'webhook_address_refused' } }, 'nor by a change');
  for (const [method, path, body] of [
    ['GET', 'webhooks'], ['GET', `webhooks/${id}`], ['POST', 'webhooks', siem], ['POST', `webhooks/${id}/secret`], ['POST', `webhooks/${id}/ping`], ['DELETE', `webhooks/${id}`], ['POST', `webhooks/${id}/resume`],
    ['GET', 'alert-subscriptions'], ['POST', 'alert-subscriptions', { role: 'auditor' }],
  ] as const) t.match(await send('reader', method, path, body, { 'if-match': '*' }), { status: 403, body: { code: 'permission_missing' } }, `${method} ${path}`);
});

t.test('a subscription is made, listed and ended', async (t) => {
  const { send } = await alertingBank(t);
  const managers = { role: 'branch-manager', severity: 'high', by: ['email'] };
  const { status, body: { id } } = await send('zhang', 'POST', 'alert-subscriptions', managers);
  t.equal(status, 201);
  t.match(await send('zhang', 'POST', 'alert-subscriptions', managers), { status: 409, body: { code: 'alert_subscription_exists' } });
  t.same((await send('zhang', 'GET', 'alert-subscriptions')).body, { items: [{ id, ...managers, branch: null, kinds: null }] });
  t.match(await send('zhang', 'POST', 'alert-subscriptions', { ...managers, by: ['fax'] }), { status: 400, body: { errors: [{ pointer: '/by/0' }] } });
  t.equal((await send('zhang', 'DELETE', `alert-subscriptions/${id}`)).status, 200);
  t.match(await send('zhang', 'DELETE', `alert-subscriptions/${id}`), { status: 404, body: { code: 'alert_subscription_not_found' } });
});
