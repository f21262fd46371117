import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import t from 'tap';
import { z } from 'zod';
import { classified, subjectId } from '../access/classified.js';
import { viewsFrom, type DataClass, type View } from '../access/data-classes.js';
import { maskName } from '../access/masks.js';
import type { Permission } from '../access/permissions.js';
import type { Permit } from '../access/rights.js';
import { moneySchema } from '../events/values.js';
import { aboutParam, amountsIn, EVERYTHING, type RouteAccess } from './route-access.js';
import type { HttpServer } from './route-module.js';
import { buildServer } from './server.js';
import { noAccessLog } from './testing/no-access-log.js';

/** What the principal of the next request holds. */
const held: { permits: [Permission, ...Permit[]][]; views: Partial<Record<DataClass, View>> } = { permits: [], views: {} };
const asked: string[] = [];

const shown = { 200: z.object({ id: subjectId(z.string(), 'customer').optional(), name: classified(z.string(), 'name', maskName), income: classified(moneySchema, 'income').optional() }) };
const answer = { name: 'Anna Weber', income: { amount: '1.00', currency: 'CNY' } };

async function serverWith(routes: (server: HttpServer) => void) {
  return buildServer({
    modules: [{ name: 'test', description: '', rejections: [], routes }],
    authenticate: () => ({ id: 'anna', role: 'teller', channel: 'counter', rights: { holder: 'anna', permits: new Map(held.permits.map(([name, ...permits]) => [name, permits])), views: viewsFrom(held.views) } }),
    logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, accessLog: noAccessLog, checks: {},
    findTarget: async ({ kind, id }) => {
      asked.push(`${kind} ${id}`);
      return id === 'gone' ? undefined : { branch: id, customers: ['c1'] };
    },
  });
}

const bank = () => serverWith((server) => {
  const about = aboutParam('customer');
  server.get('/v1/things/:id', { config: { access: { permission: 'customers.read', about } }, schema: { response: shown } }, async () => answer);
  server.get('/v1/everything', { config: { access: { permission: 'ledger.read', about: () => EVERYTHING } }, schema: { response: shown } }, async () => answer);
  server.get('/v1/things', {
    config: { access: { permission: 'customers.search', sortsBy: { age: 'identity' } } },
    schema: { querystring: z.strictObject({ name: classified(z.string(), 'name', maskName).optional(), part: classified(z.string(), 'name').optional(), sort: z.string().optional() }), response: shown },
  }, async () => answer);
  server.post('/v1/things/:id/pay', {
    config: { access: { permission: 'money.pay-out', about, amounts: ({ body }: FastifyRequest) => amountsIn(body), further: ({ body }: FastifyRequest) => ((body as { special?: true }).special ? ['ledger.post'] : []) } },
    schema: { body: z.strictObject({ money: moneySchema, special: z.literal(true).optional() }), response: shown },
  }, async () => answer);
  server.put('/v1/things/:id/friends', {
    config: { access: {
      permission: 'accounts.maintain', about, amounts: ({ body }: FastifyRequest) => amountsIn(body),
      alsoAbout: { records: ({ body }: FastifyRequest) => (body as { friends: string[] }).friends.map((id) => ({ kind: 'customer', id })), orBy: 'accounts.any-holder' },
    } },
    schema: { body: z.strictObject({ friends: z.array(z.string()), money: moneySchema.optional() }), response: shown },
  }, async () => answer);
  server.patch('/v1/things/:id', {
    config: { access: { permission: 'customers.update', about, asksByBody: true } },
    schema: { body: z.strictObject({ name: classified(z.string(), 'name').optional(), income: classified(moneySchema, 'income').nullable().optional() }), response: shown },
  }, async () => answer);
});

const inBranch = (...codes: string[]): Permit => ({ scope: 'branch', branches: new Set(codes) });
const hold = (permits: [Permission, ...Permit[]][], views: Partial<Record<DataClass, View>> = { name: 'clear', income: 'clear' }) => {
  Object.assign(held, { permits, views });
  asked.length = 0;
};

t.test('a route that does not say what it needs, or what it answers, keeps the server from starting', async (t) => {
  const access: RouteAccess = { permission: 'self.use' };
  const handler = async () => answer;
  await t.rejects(serverWith((server) => void server.get('/v1/x', { schema: { response: shown } }, handler)), /GET \/v1\/x does not say what it needs/);
  await t.rejects(serverWith((server) => void server.get('/v1/x', { config: { access } }, handler)), /does not say what it answers/);
  await t.rejects(serverWith((server) => void server.get('/v1/x', { config: { access }, schema: { response: { 200: z.object({ note: z.string() }) } } }, async () => ({ note: 'x' }))), /\/note of its answer 200/);
  await t.resolves(serverWith((server) => void server.get('/v1/x', { config: { access }, schema: { response: shown } }, handler)));
});

t.test('permission first, then the request\'s form, then reach, then amount', async (t) => {
  const server = await bank();
  const pay = async (id: string, payload: object) => (await server.inject({ method: 'POST', url: `/v1/things/${id}/pay`, payload })).json().code ?? 'done';
  const money = (amount: string) => ({ money: { amount, currency: 'CNY' } });
  hold([]);
  t.equal(await pay('b2', { nonsense: 1 }), 'permission_missing');
  hold([['money.pay-out', { ...inBranch('b1'), limits: new Map([['CNY', 10_000n]]) }]]);
  t.equal(await pay('b2', { nonsense: 1 }), 'request_invalid');
  t.equal(await pay('b2', { ...money('100.01'), special: true }), 'permission_missing', 'what the body asks for beyond');
  t.equal(await pay('b2', money('100.01')), 'outside_scope');
  t.equal(await pay('b1', money('100.01')), 'amount_over_limit');
  t.equal(await pay('b1', money('100.00')), 'done');
  await server.close();
});

t.test('what does not exist is answered like what is out of reach', async (t) => {
  const server = await bank();
  hold([['customers.read', inBranch('b1')]]);
  const bodies = await Promise.all(['b2', 'gone'].map(async (id) => {
    const response = await server.inject({ url: `/v1/things/${id}` });
    return [response.statusCode, { ...response.json(), instance: null }];
  }));
  t.same(bodies[0], bodies[1]);
  t.equal((await server.inject({ url: '/v1/things/b1' })).statusCode, 200);
  hold([['customers.read', { scope: 'all' }]]);
  t.equal((await server.inject({ url: '/v1/things/gone' })).statusCode, 200, 'whoever reaches all is answered by the handler');
  t.same(asked, [], 'and nothing is looked up');
  await server.close();
});

t.test('every record that the body names must be reached, by the route\'s permission or the one for the others; none is told from what is not there', async (t) => {
  const server = await bank();
  const sent = async (id: string, friends: string[], more: object = {}) => {
    const response = await server.inject({ method: 'PUT', url: `/v1/things/${id}/friends`, payload: { friends, ...more } });
    return { status: response.statusCode, body: { ...response.json(), instance: null } };
  };
  const limited = { ...inBranch('b1'), limits: new Map([['CNY', 100n] as const]) };
  const much = { money: { amount: '9.00', currency: 'CNY' } };
  hold([['accounts.maintain', limited]]);
  t.equal((await sent('b1', [])).status, 200);
  t.equal((await sent('b1', ['b1', 'b1'])).status, 200);
  const [beyond, gone, among] = [await sent('b1', ['b2']), await sent('b1', ['gone']), await sent('b1', ['b1', 'gone'], much)];
  t.match(beyond, { status: 403, body: { code: 'outside_scope', detail: 'there is no such record that your accounts.maintain reaches' } });
  t.same(gone, beyond);
  t.same(among, beyond, 'before the amount');
  t.match(await sent('b1', ['b1'], much), { body: { code: 'amount_over_limit' } }, 'control');
  hold([['accounts.maintain', inBranch('b1')], ['accounts.any-holder', inBranch('b2')]]);
  t.equal((await sent('b1', ['b1', 'b2'])).status, 200, 'reached by the permission for the others');
  t.same(await sent('b1', ['b3']), gone, 'as far as that goes');
  t.same(await sent('b1', ['gone']), gone);
  t.same(await sent('b2', ['b2']), gone, 'and only for the others');
  hold([['accounts.maintain', inBranch('b1')], ['accounts.any-holder', { scope: 'all' }]]);
  t.equal((await sent('b1', ['gone'])).status, 200, 'whoever reaches all of them is answered by the handler');
  await server.close();
});

t.test('what the body asks for beyond the route must reach the same record', async (t) => {
  const server = await bank();
  const pay = async () => (await server.inject({ method: 'POST', url: '/v1/things/b1/pay', payload: { money: { amount: '1.00', currency: 'CNY' }, special: true } })).json().code ?? 'done';
  hold([['money.pay-out', inBranch('b1')], ['ledger.post', inBranch('b2')]]);
  t.equal(await pay(), 'outside_scope');
  hold([['money.pay-out', { scope: 'all' }], ['ledger.post', inBranch('b2')]]);
  t.equal(await pay(), 'outside_scope');
  hold([['money.pay-out', inBranch('b1')], ['ledger.post', inBranch('b1')]]);
  t.equal(await pay(), 'done');
  await server.close();
});

t.test('the whole books need a permission that reaches all', async (t) => {
  const server = await bank();
  hold([['ledger.read', inBranch('b1', 'head-office')]]);
  t.equal((await server.inject({ url: '/v1/everything' })).json().code, 'outside_scope');
  hold([['ledger.read', { scope: 'all' }]]);
  t.equal((await server.inject({ url: '/v1/everything' })).statusCode, 200);
  await server.close();
});

t.test('an answer shows what its reader may see, by the purpose named', async (t) => {
  const server = await bank();
  const read = async (headers = {}) => (await server.inject({ url: '/v1/things/b1', headers })).json();
  hold([['customers.read', { scope: 'all' }]], { name: 'masked' });
  t.same(await read(), { name: 'A**' });
  hold([['customers.read', { scope: 'all' }]], {});
  t.same(await read(), {});
  hold([['customers.read', { scope: 'all' }]]);
  t.same(await read(), answer);
  t.match(await read({ 'x-purpose': 'curiosity' }), { code: 'request_invalid', errors: [{ pointer: 'header:X-Purpose' }] });
  t.equal((await server.inject({ method: 'HEAD', url: '/v1/things/b1' })).statusCode, 200);
  await server.close();
});

t.test('who may not see a field may not search, sort or write by it', async (t) => {
  const server = await bank();
  const get = async (url: string) => (await server.inject({ url })).json();
  hold([['customers.search', { scope: 'all' }], ['customers.update', { scope: 'all' }]], { income: 'clear' });
  t.match(await get('/v1/things?name=x'), { code: 'field_hidden', status: 403, errors: [{ pointer: '?name' }] });
  t.match(await get('/v1/things?sort=-age'), { code: 'field_hidden', errors: [{ pointer: '?sort' }] });
  t.same(await get('/v1/things?sort=id'), { income: answer.income });
  const patch = async (payload: object) => (await server.inject({ method: 'PATCH', url: '/v1/things/b1', payload })).json();
  t.match(await patch({ name: 'x', income: null }), { code: 'field_hidden', errors: [{ pointer: '/name' }] });
  t.same(await patch({ income: null }), { income: answer.income });
  hold([['customers.search', { scope: 'all' }]], { name: 'masked' });
  t.same(await get('/v1/things?name=x'), { name: 'A**' }, 'masked: an exact search by what the customer says is the counter\'s daily work');
  t.match(await get('/v1/things?part=x'), { code: 'field_hidden', errors: [{ pointer: '?part' }] }, 'what asks for more than the mask shows could be guessed');
  await server.close();
});
