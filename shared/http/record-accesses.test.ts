import { pino } from 'pino';
import t from 'tap';
import { z } from 'zod';
import { classified, subjectId } from '../access/classified.js';
import { viewsFrom, type DataClass, type View } from '../access/data-classes.js';
import { maskName } from '../access/masks.js';
import type { Permission } from '../access/permissions.js';
import { commandResultSchema } from './answers.js';
import type { Access, AccessLog } from './access-record.js';
import type { Authenticate } from './authentication.js';
import { Refusal } from './context.js';
import { letTimePass } from '../testing/let-time-pass.js';
import { aboutParam } from './route-access.js';
import type { HttpServer } from './route-module.js';
import { buildServer } from './server.js';

const ID = '0198a7c2-0000-7000-8000-00000000000a';
const OTHER = '0198a7c2-0000-7000-8000-00000000000b';
const SESSION = { id: '0198a7c2-0000-7000-8000-00000000000c', signedInAt: new Date(0) };
const person = z.object({ id: subjectId(z.string(), 'customer'), name: classified(z.string(), 'name', maskName).optional(), credit: classified(z.string(), 'credit').optional() });
const anna = { id: ID, name: 'Anna', credit: 'A' };

const authenticate: Authenticate = ({ headers }) => {
  if (headers.authorization === undefined) throw new Refusal({ code: 'unauthenticated' });
  const permits = new Map((['customers.read', 'customers.search', 'customers.update'] as Permission[]).map((name) => [name, [{ scope: 'all' as const }]]));
  return { id: 'ben', role: 'teller', channel: 'online', session: SESSION, rights: { holder: 'ben', permits, views: viewsFrom({ name: 'masked', credit: 'clear' } as Partial<Record<DataClass, View>>) } };
};

async function bank(log: Partial<AccessLog> = {}) {
  const recorded: Access[] = [];
  const refused: Access[] = [];
  const server = await buildServer({
    modules: [{
      name: 'test', description: '', rejections: [{ code: 'duplicate', status: 409, title: 'There already' }], problemMembers: { duplicate: { candidates: z.array(z.object({ id: subjectId(z.uuid(), 'customer') })) } },
      routes(server) {
        const about = aboutParam('customer');
        server.get('/v1/people/:id', { config: { sends: ['ETag'], access: { permission: 'customers.read', about } }, schema: { response: { 200: person } } }, async (_, reply) => reply.header('etag', '"1"').send(anna));
        server.get('/v1/people', { config: { projection: 'people', access: { permission: 'customers.search' } }, schema: { querystring: z.strictObject({ name: z.string().optional(), limit: z.string().optional() }), response: { 200: z.object({ items: z.array(person) }) } } },
          async () => ({ items: [anna, { id: OTHER }] }));
        server.post('/v1/people/search', { config: { projection: 'people', access: { permission: 'customers.search' } }, schema: { body: z.strictObject({ phone: z.string() }), response: { 200: z.object({ items: z.array(person) }) } } }, async () => ({ items: [anna] }));
        server.patch('/v1/people/:id', { config: { access: { permission: 'customers.update', about } }, schema: { body: z.strictObject({ name: z.string() }), response: { 200: commandResultSchema } } }, async () => ({ id: ID, revision: 1, position: '1' }));
        server.post('/v1/people', { config: { access: { permission: 'customers.update' } }, schema: { response: { 201: commandResultSchema } } }, async () => {
          throw new Refusal({ code: 'duplicate' }, undefined, { candidates: [{ id: OTHER }] });
        });
        server.get('/v1/fails', { config: { access: { permission: 'customers.read' } }, schema: { response: { 200: person } } }, async () => {
          throw new Error('broken');
        });
        server.get('/v1/ledger', { config: { access: { permission: 'ledger.read' } }, schema: { response: { 200: person } } }, async () => anna);
      },
    }],
    authenticate, logger: pino({ level: 'silent' }), now: () => new Date(1_000), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, checks: {},
    accessLog: { record: async (access) => void recorded.push(access), refused: (access) => void refused.push(access), ...log },
  });
  t.teardown(() => server.close());
  return { server, recorded, refused };
}

const ask = (server: HttpServer, method: 'GET' | 'HEAD' | 'POST' | 'PATCH', url: string, more: { payload?: object; headers?: object; anonymous?: true } = {}) =>
  server.inject({ method, url, headers: { ...(!more.anonymous && { authorization: 'x' }), 'user-agent': 'a browser', ...more.headers }, ...(more.payload && { payload: more.payload }) });

t.test('a read is recorded before it is answered: who, of whom, what, why, from where', async (t) => {
  let recordedFirst = false;
  const { server, recorded } = await bank();
  const { server: slow } = await bank({ record: async () => { await letTimePass(20, 'the record takes its time'); recordedFirst = true; } });
  await ask(slow, 'GET', `/v1/people/${ID}`);
  t.ok(recordedFirst);
  const answer = await ask(server, 'GET', `/v1/people/${ID}`, { headers: { 'x-purpose': 'risk', 'x-reason': 'case%207, \u0061' } });
  t.match(answer.json(), { id: ID, name: 'A**', credit: 'A' });
  t.match(recorded, [{
    requestId: answer.headers['x-correlation-id'], principal: { id: 'ben', session: SESSION }, route: 'GET /v1/people/:id', status: 200, purpose: 'risk', reason: 'case 7, a', address: '127.0.0.1', device: 'a browser',
    customers: [ID], accounts: [], clear: ['credit'], masked: ['name'], criteria: [],
  }]);
});

t.test('nobody sees a credit record without saying why', async (t) => {
  const { server, recorded } = await bank();
  t.notHas((await ask(server, 'GET', `/v1/people/${ID}`)).json(), { credit: 'A' });
  t.same(recorded[0]?.clear, []);
  for (const reason of ['', '%zz', 'a%00b', 'x'.repeat(501)])
    t.match((await ask(server, 'GET', `/v1/people/${ID}`, { headers: { 'x-reason': reason } })).json(), { code: 'request_invalid', errors: [{ pointer: 'header:X-Reason' }] });
});

t.test('lists and searches name everybody shown, and by what was searched, never the values', async (t) => {
  const { server, recorded } = await bank();
  await ask(server, 'GET', '/v1/people?name=Anna&limit=5');
  await ask(server, 'POST', '/v1/people/search', { payload: { phone: '+8613800138000' } });
  t.match(recorded, [{ customers: [ID, OTHER], criteria: ['name'] }, { customers: [ID], criteria: ['phone'] }]);
  t.notMatch(JSON.stringify(recorded), /Anna|13800138000/);
});

t.test('what asks for the head alone is a read as well', async (t) => {
  const { server, recorded } = await bank();
  t.equal((await ask(server, 'HEAD', `/v1/people/${ID}`)).body, '');
  t.match(recorded, [{ route: 'HEAD /v1/people/:id', customers: [ID] }]);
});

t.test('where the record cannot be kept, nothing is answered', async (t) => {
  const { server } = await bank({ record: () => Promise.reject(new Error('disk full')) });
  const answer = await ask(server, 'GET', `/v1/people/${ID}`);
  t.match(answer.json(), { code: 'outage', status: 503 });
  t.match(answer.headers, { 'retry-after': '1', 'content-type': /problem\+json/ });
  t.notOk(answer.headers['etag']);
  t.notMatch(answer.body, /Anna|A\*\*/);
  t.equal((await ask(server, 'HEAD', `/v1/people/${ID}`)).statusCode, 503);
  t.equal((await ask(server, 'PATCH', `/v1/people/${ID}`, { payload: { name: 'B' } })).statusCode, 200, 'a command has its event');
  t.equal((await ask(server, 'GET', '/health/live', { anonymous: true })).statusCode, 200);
});

t.test('refusals are told, without what strangers write; one that names customers is a read of them', async (t) => {
  const { server, recorded, refused } = await bank();
  await ask(server, 'GET', '/v1/ledger');
  await ask(server, 'GET', `/v1/people/${ID}?nonsense=1`);
  await ask(server, 'GET', `/v1/people/${'x'.repeat(150)}`, { anonymous: true });
  await ask(server, 'GET', '/v1/fails');
  t.match(refused, [
    { route: 'GET /v1/ledger', status: 403, code: 'permission_missing', principal: { id: 'ben' } },
    { route: 'GET /v1/people/:id', status: 400, code: 'request_invalid', customers: [ID] },
    { route: 'GET /v1/people/:id', status: 401, code: 'unauthenticated', principal: undefined, customers: [], criteria: [] },
  ]);
  t.equal(refused.length, 3, 'a failure is no refusal');
  t.equal((await ask(server, 'POST', '/v1/people')).statusCode, 409);
  t.match(recorded, [{ route: 'POST /v1/people', status: 409, code: 'duplicate', customers: [OTHER], clear: [] }]);
});

t.test('a route that shows customers\' data without saying of whom keeps the server from starting', async (t) => {
  const starts = (config: object, response: z.ZodType) => buildServer({
    modules: [{ name: 'test', description: '', rejections: [], routes: (server) => void server.get('/v1/x/:id', { config: { access: { permission: 'self.use', ...config } }, schema: { response: { 200: response } } }, async () => ({})) }],
    authenticate, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, checks: {},
    accessLog: { record: async () => {}, refused: () => {} },
  }).then((server) => server.close());
  const named = classified(z.string(), 'name');
  await t.rejects(starts({}, z.object({ name: named })), /GET \/v1\/x\/:id shows name and does not say of whom/);
  await t.rejects(starts({ about: () => ({ kind: 'customer', id: ID }) }, z.object({ name: named })), /does not say of whom/, 'what a function will name, nobody knows before');
  await t.resolves(starts({ about: aboutParam('customer') }, z.object({ name: named })));
  await t.resolves(starts({}, z.object({ id: subjectId(z.string(), 'customer'), name: named })));
  await t.resolves(starts({ ofTheBank: true }, z.object({ name: named })));
  await t.resolves(starts({}, z.object({ name: classified(z.string(), 'staff') })), 'staff are no customers');
});
