import { pino } from 'pino';
import t from 'tap';
import { z } from 'zod';
import { internal } from '../access/classified.js';
import { bootstrapPrincipal } from './authentication.js';
import { Refusal } from './context.js';
import { operationIdOf } from './openapi-operations.js';
import { defineRejections } from './rejections.js';
import type { RouteModule } from './route-module.js';
import { buildServer } from './server.js';
import { noAccessLog } from './testing/no-access-log.js';
import { documented } from './testing/documented.js';

const access = { permission: 'self.use' } as const;
const response = { 200: z.object({ ok: z.boolean() }) };

const shop: RouteModule = {
  name: 'shop',
  description: 'Things',
  rejections: defineRejections([{ code: 'sold_out', status: 422, title: 'Sold out' }, { code: 'thing_not_found', status: 404, title: 'No such thing' }]),
  problemMembers: { sold_out: { left: z.int() } },
  routes(server) {
    server.post('/v1/things', { config: { access, idempotency: 'required', sends: ['Location'] }, schema: { tags: ['shop'], body: z.strictObject({ how: z.string() }).optional(), response: { 201: response[200] } } }, async (request, reply) => {
      switch (request.body?.how) {
        case 'sold out': throw new Refusal({ code: 'sold_out' }, undefined, { left: 0 });
        case 'sold out, oddly': throw new Refusal({ code: 'sold_out' }, undefined, { left: 'none' });
        case 'without its header': return reply.code(201).send({ ok: true });
        case 'with another header': return reply.code(201).header('location', '/v1/things/1').header('etag', '"1"').send({ ok: true });
        default: return reply.code(201).header('location', '/v1/things/1').send({ ok: true });
      }
    });
    server.get('/v1/things', { config: { access }, schema: { response } }, async () => { throw new Refusal({ code: 'sold_out' }); });
    server.get('/v1/things/:id', { config: { access }, schema: { params: z.strictObject({ id: internal(z.string()) }), response } }, async () => { throw new Refusal({ code: 'thing_not_found' }); });
    server.put('/v1/things/:id', { config: { access: { permission: 'customers.update' } }, schema: { tags: ['shop'], params: z.strictObject({ id: internal(z.string()) }), response } }, async () => ({ ok: true }));
    server.delete('/v1/things/:id', { config: { access: { permission: 'customers.update', runsAtOnce: true } }, schema: { params: z.strictObject({ id: internal(z.string()) }), response } }, async () => ({ ok: true }));
    server.get('/v1/signs', { config: { public: true }, schema: { response } }, async () => ({ ok: true }));
  },
};

const build = () => buildServer({
  modules: [shop], authenticate: () => bootstrapPrincipal, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
});

t.test('an operation is told with its id, its permission, its headers and every problem it may give', async (t) => {
  const server = await build();
  const { paths, components, servers } = (await server.inject('/openapi.json')).json();
  const post = paths['/v1/things'].post;
  t.match(post, { operationId: 'postThings', 'x-permission': 'self.use', requestBody: { required: false } });
  t.notOk('security' in post);
  t.same(Object.keys(post.responses), ['201', '400', '401', '403', '404', '408', '409', '413', '415', '422', '429', '500', '503']);
  t.same(Object.keys(post.responses['201'].headers), ['X-Correlation-Id', 'Location']);
  t.same(post.responses['422'], { $ref: '#/components/responses/ShopCommand422' });
  const soldOut = components.responses.ShopCommand422.content['application/problem+json'];
  t.match(soldOut, { schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { left: { type: 'integer' } } }] } });
  t.same(soldOut.examples, { sold_out: { summary: 'Sold out', value: { type: 'urn:passbook:problem:sold_out', title: 'Sold out', status: 422, code: 'sold_out' } } });
  t.same(Object.keys(paths['/v1/things/{id}'].get.responses), ['200', '400', '401', '403', '404', '429', '500', '503']);
  const { put, delete: atOnce } = paths['/v1/things/{id}'];
  t.same(put.responses['202'], { $ref: '#/components/responses/HeldForApproval' }, 'what a rule may hold back says so');
  t.same(Object.keys(components.responses.ShopHoldableCommand422.content['application/problem+json'].examples), ['approval_impossible', 'sold_out']);
  t.same([put.responses['422'], atOnce.responses['422'], atOnce.responses['202']], [{ $ref: '#/components/responses/ShopHoldableCommand422' }, { $ref: '#/components/responses/ShopCommand422' }, undefined]);
  t.match(paths['/v1/signs'].get, { security: [] });
  t.same(Object.keys(paths['/v1/signs'].get.responses), ['200', '400', '429', '500', '503'], 'nobody is refused a public route');
  t.same(Object.keys(components.schemas), ['Problem'], 'only what is used');
  t.same(servers, [{ url: '/' }]);
  t.ok(paths['/health/ready'].get.responses['503']);
  await server.close();
});

t.test('the names of operations come from method and path', async (t) => {
  t.equal(operationIdOf('GET', '/v1/accounts/:id/holds'), 'getAccountsByIdHolds');
  t.equal(operationIdOf('POST', '/v1/transfers/batch'), 'postTransfersBatch');
  t.equal(operationIdOf('GET', '/v1/ledger/trial-balance'), 'getLedgerTrialBalance');
});

t.test('whatever is not as documented is found', async (t) => {
  const server = documented(await build());
  const send = (how?: string, headers: object = { 'idempotency-key': '1' }) =>
    server.inject({ method: 'POST', url: '/v1/things', headers: { ...headers }, ...(how !== undefined && { payload: { how } }) });
  t.equal((await send()).statusCode, 201);
  t.equal((await send('sold out')).statusCode, 422);
  t.equal((await send('well', {})).statusCode, 400);
  t.equal((await server.inject('/v1/things/1')).statusCode, 404);
  t.equal((await server.inject('/v1/nothing')).statusCode, 404);
  for (const url of ['/health/live', '/health/ready', '/metrics', '/v1/signs']) t.equal((await server.inject(url)).statusCode, 200, url);
  await t.rejects(send('sold out, oddly'), /\/left must be integer/);
  await t.rejects(send('without its header'), /Location is documented and not sent/);
  await t.rejects(send('with another header'), /ETag is sent and not documented/);
  await t.rejects(server.inject('/v1/things'), /no such status/);
  await server.close();
});
