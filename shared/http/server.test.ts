import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import t from 'tap';
import { z } from 'zod';
import { internal } from '../access/classified.js';
import { StoreFailure } from '../event-store/port.js';
import { moneySchema } from '../events/values.js';
import { bearerAuthentication, bootstrapPrincipal } from './authentication.js';
import { commandContext } from './command-context.js';
import { requiredPrecondition } from './conditional.js';
import { idParams } from './id-params.js';
import { cursorSchema, decodeCursor, encodeCursor, limitSchema } from './cursor.js';
import { Refusal } from './context.js';
import { defineRejections } from './rejections.js';
import type { RouteModule } from './route-module.js';
import { buildServer } from './server.js';
import { noAccessLog } from './testing/no-access-log.js';
import { withChecks } from './validation.js';

const TOKEN = 'a-token-of-sixteen-or-more';
const bearer = { authorization: `Bearer ${TOKEN}` };
const ID = '0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3a';

const body = withChecks(
  z.strictObject({ name: z.string().min(2), count: z.int().max(5), nested: z.strictObject({ money: moneySchema }).optional() }),
  (candidate) => ((candidate as { name?: string } | null)?.name === 'Nobody' ? [{ pointer: '/name', code: 'nobody', detail: 'is nobody' }] : []),
);

const access = { permission: 'self.use' } as const;
const response = { 200: internal(z.any()) };

const shop: RouteModule = {
  name: 'shop',
  description: 'Things',
  rejections: defineRejections([{ code: 'sold_out', status: 422, title: 'Sold out' }]),
  routes(server) {
    server.post('/v1/things', { config: { access }, schema: { body, tags: ['shop'], response } }, async (request) => commandContext(request));
    server.post('/v1/payments', { config: { access, idempotency: 'required' }, schema: { body, response } }, async (request) => commandContext(request));
    server.post('/v1/things/:id/use', { config: { access, idempotency: 'required' }, schema: { params: idParams, body: body.optional(), response } }, async (request) => ({ ...commandContext(request), body: request.body ?? null }));
    server.patch('/v1/things/:id', { schema: { params: z.object({ id: z.uuid() }), body, response }, config: { access, ifMatch: true } }, async (request) => ({ ok: requiredPrecondition(request)(3n) }));
    server.get('/v1/things', { config: { access, projection: 'things' }, schema: { querystring: z.strictObject({ name: z.string().optional(), limit: limitSchema, cursor: cursorSchema }), response } }, async (request) => ({
      limit: request.query.limit,
      place: request.query.cursor === undefined ? null : decodeCursor(request, z.strictObject({ id: z.uuid() }), request.query.cursor, { name: request.query.name }),
      next: encodeCursor(request, { id: ID }, { name: request.query.name }),
    }));
    server.get('/v1/fails/:how', { config: { access }, schema: { params: z.object({ how: z.string() }), response } }, async ({ params }) => {
      switch (params.how) {
        case 'refused': throw new Refusal({ code: 'sold_out', detail: 'none left' }, undefined, { left: 0 });
        case 'store': throw new StoreFailure('outcome-unknown', 'secret detail');
        case 'postgres': throw Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
        case 'bigint': return { position: 1n };
        default: throw new Error('secret detail');
      }
    });
  },
};

const logged: Record<string, unknown>[] = [];
const logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
const waited: [string, bigint][] = [];
let parts: () => Promise<void> = async () => {};

const build = (modules: readonly RouteModule[] = [shop]) => buildServer({
  modules,
  authenticate: bearerAuthentication([{ token: TOKEN, principal: bootstrapPrincipal }]),
  logger,
  now: () => new Date('2025-03-01T08:00:00.000Z'),
  commandSecret: Buffer.alloc(32, 7),
  findTarget: async () => undefined,
  readWait: async (projection, position) => {
    waited.push([projection, position]);
    return position < 100n;
  },
  accessLog: noAccessLog, checks: { part: () => parts() },
  bodyLimit: 4096,
});

const post = (url: string, payload: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST' as const, url, headers: { ...bearer, 'content-type': 'application/json', ...headers }, payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
});
const good = { name: 'Ab', count: 1 };

t.test('who sends a request must be known', async (t) => {
  const server = await build();
  const none = await server.inject({ url: '/v1/things' });
  t.equal(none.statusCode, 401);
  t.equal(none.headers['www-authenticate'], 'Bearer realm="passbook"');
  t.match(none.headers['content-type'], /^application\/problem\+json/);
  t.match(none.json(), { type: 'urn:passbook:problem:unauthenticated', status: 401, code: 'unauthenticated', title: 'Authentication is required' });
  for (const authorization of [`Bearer ${TOKEN}x`, `Basic ${TOKEN}`, 'Bearer ', TOKEN]) t.equal((await server.inject({ url: '/v1/things', headers: { authorization } })).statusCode, 401, authorization);
  t.match((await server.inject({ url: '/v1/things', headers: { authorization: 'Bearer wrong' } })).headers['www-authenticate'], /invalid_token/);
  t.equal((await server.inject({ url: '/v1/things', headers: bearer })).statusCode, 200);
  await server.close();
});

t.test('every fault of a body at once, each naming its field', async (t) => {
  const server = await build();
  const errorsOf = async (payload: unknown) => {
    const response = await server.inject(post('/v1/things', payload));
    t.equal(response.statusCode, 400);
    return response.json().errors.map((error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`);
  };
  t.same(await errorsOf({ name: 'A', count: '1', evil: 1, nested: { money: { amount: '1,0', currency: 'CN', 'a/b~': 1 } } }), [
    '/name too_short', '/count type', '/nested/money/amount format', '/nested/money/currency too_short', '/nested/money/a~1b~0 unknown_field', '/evil unknown_field',
  ]);
  t.same(await errorsOf({ name: 'Nobody', count: 9 }), ['/count out_of_range', '/name nobody'], 'checks run although the shape is wrong');
  t.same(await errorsOf({}), ['/name required', '/count required']);
  t.same(await errorsOf(''), [' required']);
  t.same(await errorsOf([]), [' type']);
  t.same(await errorsOf('{"name":"Ab","count":1,"count":2}'), ['/count duplicate_key']);
  t.same(await errorsOf('{"name":"Ab","count":1,"nested":{"__proto__":{"money":1}}}'), ['/nested/__proto__ unknown_field']);
  t.same(await errorsOf('{"name":"A\\u0000b\\ud800","count":1}'), ['/name character_not_allowed']);
  t.same(await errorsOf('{"name":'), [' json_malformed']);
  t.same(await errorsOf('{"n":'.repeat(40) + '1' + '}'.repeat(40)), [' json_malformed']);
  const notUtf8 = await server.inject({ ...post('/v1/things', ''), payload: Buffer.from('{"name":"\xff","count":1}', 'latin1') });
  t.match(notUtf8.json(), { status: 400, detail: 'the body is not UTF-8' });
  await server.close();
});

t.test('the faults of path, body, query and headers come together', async (t) => {
  const server = await build();
  const faultsOf = async (url: string, payload: unknown, key?: string) => {
    const { statusCode, ...answer } = await server.inject(post(url, payload, key === undefined ? {} : { 'idempotency-key': key }));
    t.equal(statusCode, 400);
    return [answer.json().code, ...answer.json().errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`)];
  };
  t.same(await faultsOf('/v1/things/x/use?colour=red', { name: 'A', count: 9 }),
    ['request_invalid', 'path:id format', '/name too_short', '/count out_of_range', '?colour unknown_field', 'header:Idempotency-Key required']);
  t.same(await faultsOf(`/v1/things/${ID}/use?colour=red`, good, 'k y'), ['request_invalid', '?colour unknown_field', 'header:Idempotency-Key format']);
  t.same(await faultsOf(`/v1/things/${ID}/use`, { name: 'A' }), ['request_invalid', '/name too_short', '/count required', 'header:Idempotency-Key required']);
  t.same(await faultsOf(`/v1/things/${ID}/use`, good), ['idempotency_key_missing', 'header:Idempotency-Key required']);
  t.same(await faultsOf('/v1/things', '', 'k'), ['request_invalid', ' required'], 'control: a body that is mandatory');
  await server.close();
});

t.test('a body that may be left out may be', async (t) => {
  const server = await build();
  const use = async (more: object) => (await server.inject({ method: 'POST', url: `/v1/things/${ID}/use`, headers: { ...bearer, 'idempotency-key': 'k' }, ...more })).json();
  const without = await use({});
  t.match(without, { commandHash: /^[0-9a-f]{64}$/, body: null });
  t.equal((await use({ headers: { ...bearer, 'idempotency-key': 'k', 'content-type': 'application/json' }, payload: '' })).commandHash, without.commandHash);
  t.match(await use({ payload: { name: 'A', count: 1 } }), { status: 400, errors: [{ pointer: '/name' }] }, 'where it is there it is looked at');
  await server.close();
});

t.test('an id in capitals is the same id, and a path without one is no path', async (t) => {
  const server = await build();
  const use = async (id: string) => (await server.inject(post(`/v1/things/${id}/use`, good, { 'idempotency-key': 'k' }))).json();
  const [lower, upper] = [await use(ID), await use(ID.toUpperCase())];
  t.ok(lower.commandId);
  t.same([upper.commandId, upper.commandHash], [lower.commandId, lower.commandHash], 'one command');
  t.not((await use(ID.replace('0', '1'))).commandId, lower.commandId, 'control');
  for (const [method, url] of [['POST', '/v1/things//use'], ['PATCH', '/v1/things/'], ['GET', '/v1/things/'], ['GET', '/v1/fails/']] as const)
    t.match((await server.inject({ method, url, headers: bearer })).json(), { status: 404, code: 'route_not_found' }, `${method} ${url}`);
  await server.close();
});

t.test('nothing is coerced and nothing slips through', async (t) => {
  const server = await build();
  t.equal((await server.inject(post('/v1/things', good))).statusCode, 200);
  t.match((await server.inject(post('/v1/things', good, { 'content-type': 'text/plain' }))).json(), { status: 415, code: 'media_type_unsupported' });
  t.match((await server.inject(post('/v1/things', good, { 'content-type': 'application/json; charset=latin1' }))).json(), { status: 415 });
  t.match((await server.inject(post('/v1/things', { ...good, name: 'x'.repeat(5000) }))).json(), { status: 413, code: 'body_too_large' });
  t.match((await server.inject({ url: '/v1/things?colour=red&nam=x', headers: bearer })).json().errors, [{ pointer: '?colour', code: 'unknown_field' }, { pointer: '?nam' }]);
  t.match((await server.inject({ url: '/v1/things?name=a&name=b', headers: bearer })).json().errors, [{ pointer: '?name', code: 'type' }]);
  t.match((await server.inject({ url: '/v1/things?limit=201', headers: bearer })).json().errors, [{ pointer: '?limit', code: 'out_of_range' }]);
  t.same((await server.inject({ url: '/v1/things?name=a%00b', headers: bearer })).json().errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`), ['?name character_not_allowed']);
  t.match((await server.inject({ method: 'PATCH', url: '/v1/things/1', headers: bearer })).json().errors, [{ pointer: 'path:id', code: 'format' }]);
  t.match((await server.inject({ url: '/v1/nothing', headers: bearer })).json(), { status: 404, code: 'route_not_found' });
  const wrongMethod = await server.inject({ method: 'DELETE', url: '/v1/things', headers: bearer });
  t.match(wrongMethod.json(), { status: 405, code: 'method_not_allowed' });
  t.equal(wrongMethod.headers['allow'], 'POST, GET, HEAD');
  t.match((await server.inject({ url: '/v1/%E0%A4%A', headers: bearer })).json(), { status: 400, code: 'request_invalid' });
  await server.close();
});

t.test('idempotency keys name commands', async (t) => {
  const server = await build();
  const send = async (url: string, payload: unknown, headers = {}) => (await server.inject(post(url, payload, headers))).json();
  const first = await send('/v1/things', good, { 'idempotency-key': 'k1' });
  t.match(first, { repeatable: true, at: '2025-03-01T08:00:00.000Z', actor: { id: 'bootstrap', role: 'administrator', channel: 'system' }, commandHash: /^[0-9a-f]{64}$/ });
  const again = await send('/v1/things', '{"count":1,"name":"Ab"}', { 'idempotency-key': 'k1' });
  t.equal(again.commandId, first.commandId);
  t.equal(again.commandHash, first.commandHash, 'whatever order the keys come in');
  const other = await send('/v1/things', { ...good, count: 2 }, { 'idempotency-key': 'k1' });
  t.equal(other.commandId, first.commandId);
  t.not(other.commandHash, first.commandHash);
  t.not((await send('/v1/payments', good, { 'idempotency-key': 'k1' })).commandId, first.commandId);
  t.equal((await send('/v1/things', good)).repeatable, false);
  t.match(await send('/v1/payments', good), { status: 400, code: 'idempotency_key_missing', errors: [{ pointer: 'header:Idempotency-Key', code: 'required' }] });
  for (const key of ['two words', 'x'.repeat(256), 'é']) t.match(await send('/v1/things', good, { 'idempotency-key': key }), { errors: [{ pointer: 'header:Idempotency-Key', code: 'format' }] });
  await server.close();
});

t.test('correlation and trace are carried on', async (t) => {
  const server = await build();
  const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const response = await server.inject(post('/v1/things', good, { 'x-correlation-id': ID.toUpperCase(), traceparent: trace }));
  t.equal(response.headers['x-correlation-id'], ID);
  t.equal(response.json().correlationId, ID);
  t.match(response.json().traceparent, /^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/);
  const plain = await server.inject(post('/v1/things', good, { 'x-correlation-id': 'not-a-uuid', traceparent: '00-0-0-01' }));
  t.match(plain.headers['x-correlation-id'], /^[0-9a-f-]{36}$/);
  t.equal(plain.json().traceparent, undefined);
  await server.close();
});

t.test('If-Match', async (t) => {
  const server = await build();
  const send = (etag?: string) => server.inject({ ...post(`/v1/things/${ID}`, good, etag === undefined ? {} : { 'if-match': etag }), method: 'PATCH' });
  t.match((await send()).json(), { status: 428, code: 'if_match_missing' });
  for (const [etag, ok] of [['"3"', true], ['3', true], ['*', true], ['"2", "3"', true], ['"2"', false], ['W/"3"', false], ['"three"', false]] as const) t.equal((await send(etag)).json().ok, ok, etag);
  for (const etag of ['"3', 'three', '"3" "2"', ',']) t.match((await send(etag)).json(), { status: 400, errors: [{ pointer: 'header:If-Match' }] }, etag);
  await server.close();
});

t.test('?after waits for the projection', async (t) => {
  const server = await build();
  waited.length = 0;
  t.equal((await server.inject({ url: '/v1/things?after=99', headers: bearer })).statusCode, 200);
  t.same(waited, [['things', 99n]]);
  const behind = await server.inject({ url: '/v1/things?after=100', headers: bearer });
  t.match(behind.json(), { status: 503, code: 'read_behind' });
  t.equal(behind.headers['retry-after'], '1');
  for (const after of ['x', '-1', '', '1'.repeat(20)]) t.match((await server.inject({ url: `/v1/things?after=${after}`, headers: bearer })).json(), { status: 400, errors: [{ pointer: '?after' }] }, after);
  t.match((await server.inject({ url: '/v1/fails/refused?after=1', headers: bearer })).json(), { errors: [{ pointer: '?after', code: 'unknown_field' }] }, 'only where a projection is read');
  await server.close();
});

t.test('cursors belong to their query', async (t) => {
  const server = await build();
  const get = async (query: string) => (await server.inject({ url: `/v1/things?${query}`, headers: bearer })).json();
  const { next } = await get('name=Li');
  t.same((await get(`name=Li&cursor=${next}`)).place, { id: ID });
  t.match(await get(`name=Wang&cursor=${next}`), { status: 400, errors: [{ pointer: '?cursor', code: 'format' }] });
  t.match(await get(`name=Li&cursor=${next.slice(0, -2)}`), { status: 400, errors: [{ pointer: '?cursor' }] });
  t.match(await get('cursor=%00'), { status: 400, errors: [{ pointer: '?cursor' }] });
  const [signature, place] = JSON.parse(Buffer.from(next, 'base64url').toString());
  const forged = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  t.same((await get(`name=Li&cursor=${forged([signature, place])}`)).place, place);
  for (const parts of [[signature, { id: '0b0a4c9e-41f8-4f0e-9c3c-0d3f5d1c2b3b' }], [`${signature}x`, place], ['', place], [null, place], [signature], 'x'])
    t.match(await get(`name=Li&cursor=${forged(parts)}`), { status: 400, errors: [{ pointer: '?cursor', code: 'format' }] }, 'only places that we named are believed');
  await server.close();
});

t.test('failures become problems and leak nothing', async (t) => {
  const server = await build();
  const get = async (how: string) => await server.inject({ url: `/v1/fails/${how}`, headers: bearer });
  t.match((await get('refused')).json(), { status: 422, code: 'sold_out', detail: 'none left', left: 0, instance: /^urn:uuid:/ });
  for (const how of ['store', 'postgres']) {
    const response = await get(how);
    t.match(response.json(), { status: 503, code: 'outage' });
    t.equal(response.headers['retry-after'], '1');
    t.notMatch(response.body, /secret|terminating/);
  }
  for (const how of ['bug', 'bigint']) {
    const response = await get(how);
    t.same(Object.keys(response.json()).sort(), ['code', 'instance', 'status', 'title', 'type']);
    t.equal(response.json().code, 'internal');
  }
  await server.close();
});

t.test('personal values of a URL are not logged', async (t) => {
  const server = await build();
  logged.length = 0;
  await server.inject({ url: '/v1/things?name=%E5%BC%A0%E4%B8%89&limit=5', headers: bearer });
  await server.inject({ url: '/v1/unknown/11010519491231002X?phone=phone-138', headers: bearer });
  await server.inject({ url: '/v1/fails/11010519491231002X', headers: bearer });
  t.equal(logged.filter((line) => line['msg'] === 'request').length, 3);
  t.match(logged, [{ url: '/v1/things?name=…&limit=5', principal: 'bootstrap', status: 200 }]);
  t.notMatch(JSON.stringify(logged.map(({ err: _err, ...line }) => line)), /11010519491231002X|%E5|phone-138/);
  await server.close();
});

t.test('health, metrics and documentation need no token', async (t) => {
  const server = await build();
  t.equal((await server.inject('/health/live')).statusCode, 200);
  t.equal((await server.inject('/health/ready')).statusCode, 200);
  parts = async () => { throw new Error('away'); };
  t.same((await server.inject('/health/ready')).json(), { status: 'not ready', parts: { part: 'away' } });
  t.equal((await server.inject('/health/ready')).statusCode, 503);
  parts = async () => {};
  await server.inject({ url: '/v1/things', headers: bearer });
  t.match((await server.inject('/metrics')).body, /passbook_http_request_duration_seconds_count\{method="GET",route="\/v1\/things",status="200"\} 1/);
  const api = (await server.inject('/openapi.json')).json();
  t.equal(api.openapi, '3.1.0');
  t.same(Object.keys(api.paths).filter((path) => path.startsWith('/v1/')).sort(), ['/v1/fails/{how}', '/v1/payments', '/v1/things', '/v1/things/{id}', '/v1/things/{id}/use']);
  t.match(api.paths['/v1/payments'].post.parameters, [{ name: 'Idempotency-Key', in: 'header', required: true }]);
  t.match(api.paths['/v1/things'].get.parameters.map((parameter: { name: string }) => parameter.name), ['name', 'limit', 'cursor', 'after']);
  t.match(api.components.responses.AnyCommand400.content['application/problem+json'].schema, { $ref: '#/components/schemas/Problem' });
  t.ok(api.components.schemas.Problem && api.components.schemas.Money);
  t.equal((await server.inject('/docs')).statusCode, 200);
  t.notMatch((await server.inject('/docs/static/index.html')).body, /https?:\/\//, 'the page loads nothing from elsewhere');
  await server.close();
});

t.test('what is not HTTP is answered and dropped; security headers are set', async (t) => {
  const server = await build();
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text)).on('error', reject);
  });
  t.match(answer, /^HTTP\/1.1 400 /);
  t.match(answer, /"code":"request_invalid"/);
  const { headers } = await server.inject({ url: '/v1/things', headers: bearer });
  t.match(headers, { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
  await server.close();
});

function moment(): { readonly came: Promise<void>; comes(): void } {
  let comes = (): void => {};
  const came = new Promise<void>((resolve) => void (comes = resolve));
  return { came, comes: () => comes() };
}

t.test('while the server closes, what is under way is answered and what comes then is refused like any outage', async (t) => {
  const [gate, arrived, closing] = [moment(), moment(), moment()];
  const server = await build([{
    name: 'slow', description: 'Slow things', rejections: [],
    routes(scope) {
      scope.addHook('preClose', async () => closing.comes());
      scope.get('/v1/slow', { config: { access }, schema: { response } }, async () => {
        arrived.comes();
        await gate.came;
        return { done: true };
      });
    },
  }]);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1');
  let answers = '';
  const ended = new Promise<void>((resolve) => socket.on('data', (bytes) => void (answers += bytes.toString('utf8'))).on('end', resolve));
  const ask = `GET /v1/slow HTTP/1.1\r\nhost: bank\r\nauthorization: ${bearer.authorization}\r\n\r\n`;
  socket.write(ask);
  await arrived.came;
  const closed = server.close();
  await closing.came;
  const secondArrived = once(server.server, 'request');
  socket.write(ask);
  await secondArrived;
  gate.comes();
  await ended;
  await closed;
  const [, first, second] = answers.split('HTTP/1.1 ');
  t.match(first, /^200 [\s\S]*"done":true/);
  t.match(second, /^503 /);
  for (const header of ['content-type: application/problem+json', 'x-content-type-options: nosniff', 'cache-control: no-store', 'retry-after: 1', 'connection: close', 'x-correlation-id: '])
    t.ok(second!.toLowerCase().includes(`\r\n${header}`), header);
  t.match(second, /"code":"outage"/);
});

t.test('no module may redefine a code of the platform', async (t) => {
  const twice = { ...shop, rejections: defineRejections([{ code: 'overloaded', status: 503, title: 'Mine' }]) };
  await t.rejects(buildServer({
    modules: [twice], authenticate: () => bootstrapPrincipal, logger, now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
  }), /overloaded is defined twice/);
});
