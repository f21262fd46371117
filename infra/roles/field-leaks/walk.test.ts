import { Readable } from 'node:stream';
import { pino } from 'pino';
import t from 'tap';
import { z } from 'zod';
import { classified, internal, subjectId } from '../../../shared/access/classified.js';
import { viewsFrom } from '../../../shared/access/data-classes.js';
import { maskPhone, maskWhole } from '../../../shared/access/masks.js';
import type { Permission } from '../../../shared/access/permissions.js';
import type { Principal } from '../../../shared/http/context.js';
import { Refusal } from '../../../shared/http/context.js';
import { defineRejections } from '../../../shared/http/rejections.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import { everyModule } from '../testing/every-module.js';
import { routeCases } from './cases.js';
import { decoded } from './decoded.js';
import { EVENT_STREAM } from './event-stream.js';
import { askAt } from './exchange.js';
import { Facts, type Reader } from './facts.js';
import { missingParameters, missingRoutes, type Described } from './missing-cases.js';
import type { RouteCase } from './route-case.js';
import { walk } from './walk.js';
import { watchFor } from './watch.js';
import type { World } from './world.js';

const NEAR = 'aaaaaaaa-0000-4000-8000-000000000001';
const FAR = 'aaaaaaaa-0000-4000-8000-000000000002';
const ABSENT = 'aaaaaaaa-0000-4000-8000-000000000003';
const PHONE = '+8613847509133';
const INCOME = '185377.45';

type Handler = (id: string, header: (name: string, value: string) => void, cursor?: string) => object;
interface Toy { readonly answer: z.ZodType; readonly query?: z.ZodRawShape; readonly body?: z.ZodRawShape; readonly handler: Handler }
const permission = 'customers.read' satisfies Permission;
const params = z.strictObject({ id: z.uuid() });
const rejections = defineRejections([{ code: 'thing_not_found', status: 404, title: 'No such thing' }]);

/** Two readers of one branch before a server with one route that knows a phone and an income of somebody at each branch. */
async function walkOver(t: { teardown(work: () => unknown): void }, { answer, query, body: asked, handler }: Toy, one: Partial<RouteCase> = {}, tellMore?: (facts: Facts) => void) {
  const readers = ([['sees all', 'clear'], ['sees little', 'masked']] as const).map(([name, contact]): Reader => ({
    name, holder: name, plain: true, headers: { authorization: name.replace(' ', '-') }, held: [{ permission, scope: 'branch', branches: new Set(['NORTH']) }],
    views: viewsFrom({ contact, ...(contact === 'clear' && { income: 'clear' }) }),
  }));
  const server = await buildServer({
    modules: [{ name: 'toy', description: 'toy', rejections, routes: (routes) => {
      const given = { params, ...(query && { querystring: z.strictObject(query) }), ...(asked && { body: z.strictObject(asked) }), response: { 200: answer } };
      routes.route({ method: asked ? 'POST' : 'GET', url: '/v1/things/:id', config: { access: { permission, ...(asked && { asksByBody: true }) } }, schema: given, handler: async (request, reply) => {
        const { id, cursor } = { ...(request.params as { id: string }), ...(request.query as object), ...(request.body as object) } as { id: string; cursor?: string };
        return handler(id, (name, value) => void reply.header(name, value), cursor) as never;
      } });
    } }],
    authenticate: ({ headers }): Principal => {
      const reader = readers.find((each) => each.headers['authorization'] === headers.authorization)!;
      return { id: reader.name, role: 'toy', channel: 'online', rights: { holder: reader.name, views: reader.views, permits: new Map([[permission, [{ scope: 'branch', branches: new Set(['NORTH']) }]]]) } };
    },
    logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), readWait: async () => true, checks: {}, findTarget: async () => undefined, accessLog: noAccessLog,
  });
  t.teardown(() => server.close());
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const facts = new Facts();
  const told = facts.of('near', { permissions: [permission], owners: [{ branch: 'NORTH' }] });
  told('contact', PHONE, { mask: maskPhone, what: 'phone' });
  told('income', INCOME, { what: 'income' });
  tellMore?.(facts);
  const world = { url, facts, readers, spare: {} } as unknown as World;
  const targets = () => [{ id: NEAR, owners: [{ branch: 'NORTH' }] }, { id: FAR, owners: [{ branch: 'SOUTH' }] }];
  const route: RouteCase = { route: `${asked ? 'POST' : 'GET'} /v1/things/{id}`, permission, targets, unknown: ABSENT, ...one };
  const { faults } = await walk(world, [route]);
  const { body } = await askAt(url, {})({ method: 'GET', path: '/openapi.json' });
  return { faults, missing: (cases: readonly RouteCase[]) => [...missingRoutes(body as Described, cases), ...missingParameters(body as Described, cases, world)], route };
}

const phone = classified(z.string(), 'contact', maskPhone);
const income = classified(z.string(), 'income').optional();
const sound = z.object({ id: subjectId(z.uuid(), 'customer'), phone, income });
const text = internal(z.string()).optional();
const onlyNear = (value: object): Handler => (id) => {
  if (id !== NEAR) throw new Refusal({ code: 'outside_scope' });
  return value;
};
const thing = { id: NEAR, phone: PHONE, income: INCOME };
const littleTold = (fact: string) => (faults: readonly string[]) => faults.length > 0 && faults.every((fault) => fault.includes('as sees little') && fault.includes(fact));

t.test('a sound route is walked without a fault, and each reader has found what is theirs', async (t) => {
  t.strictSame((await walkOver(t, { answer: sound, handler: onlyNear(thing) })).faults, []);
});

t.test('control: what leaks is found, in whatever dress', async (t) => {
  const base64 = (value: string) => Buffer.from(JSON.stringify([value])).toString('base64url');
  for (const [name, more] of Object.entries({
    'in clear': PHONE, 'as a part': `call ${PHONE.slice(3)}`, 'in base64': base64(PHONE), 'in base64 twice': base64(base64(PHONE)), 'in hex': Buffer.from(PHONE).toString('hex'), 'percent-encoded': encodeURIComponent(PHONE),
  })) {
    const { faults } = await walkOver(t, { answer: sound.extend({ note: text }), handler: onlyNear({ ...thing, note: more }) });
    t.ok(littleTold('near: phone (contact, masked)')(faults), `${name}: ${faults.join()}`);
  }
  const inHeader: Handler = (id, header) => {
    header('x-hint', PHONE);
    return onlyNear(thing)(id, header);
  };
  t.ok(littleTold('near: phone')((await walkOver(t, { answer: sound, handler: inHeader })).faults), 'in a header');
  t.ok(littleTold('near: income (income, hidden)')((await walkOver(t, { answer: sound.extend({ note: text }), handler: onlyNear({ ...thing, note: INCOME.replace('.', '') }) })).faults), 'an amount in minor units');
  t.ok(littleTold('the member balance (balances, hidden)')((await walkOver(t, { answer: sound.extend({ balance: z.number().optional() }), handler: onlyNear({ ...thing, balance: 7 }) })).faults.filter((fault) => !fault.includes('sees all'))), 'a member');
});

t.test('control: only the ids that a case names may be told, and nothing else of their records', async (t) => {
  const [asker, other] = ['bbbbbbbb-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000002'];
  const beyond = (note: string) => walkOver(t, { answer: sound.extend({ note: text }), handler: onlyNear({ ...thing, note }) }, { tellsIds: { why: 'it asked', of: () => [asker] } }, (facts) => {
    const far = facts.of('far', { permissions: [permission], owners: [{ branch: 'SOUTH' }] });
    for (const id of [asker, other]) far('record', id);
    far('free-text', 'malachite-far');
  });
  t.strictSame((await beyond(`asked by ${asker}`)).faults, []);
  t.match((await beyond(`about ${other}`)).faults, Array(2).fill(/far: bbbbbbbb-0000-4000-8000-000000000002 \(record, hidden\)/));
  t.match((await beyond(`asked by ${asker}: malachite-far`)).faults, Array(2).fill(/far: malachite-far/));
});

t.test('control: what is beyond reach must be answered like what is not there', async (t) => {
  const telling: Handler = (id, header) => {
    if (id === ABSENT) throw new Refusal({ code: 'thing_not_found' });
    return onlyNear(thing)(id, header);
  };
  t.match([...(await walkOver(t, { answer: sound, handler: telling })).faults].sort(), [/sees all: what is beyond reach is told from what is not there/, /sees little: what is beyond/]);
});

t.test('control: what leaks from a later page is found, whether the cursor goes into a query or into a body', async (t) => {
  const page = sound.extend({ note: text, nextCursor: text });
  const twoPages = (note: string): Handler => (id, _, cursor) => onlyNear({ ...thing, ...(cursor === undefined ? { nextCursor: 'next' } : { note }) })(id, () => {});
  const cursor = { cursor: z.string().optional() };
  for (const [toy, one] of [[{ query: cursor }, {}], [{ body: cursor }, { requests: () => [{ body: {} }] }]] as const) {
    t.ok(littleTold('near: phone (contact, masked)')((await walkOver(t, { answer: page, ...toy, handler: twoPages(PHONE) }, one)).faults.filter((fault) => !fault.startsWith('control'))), JSON.stringify(one));
    t.strictSame((await walkOver(t, { answer: page, ...toy, handler: twoPages('sound') }, one)).faults.filter((fault) => !fault.startsWith('control')), []);
  }
});

t.test('control: what leaks as an event of a stream is found, and a stream on which nothing came was not looked at', async (t) => {
  const streaming = (...data: readonly object[]) => walkOver(t, {
    answer: sound, handler: (id, header) => {
      onlyNear(thing)(id, header);
      header('content-type', EVENT_STREAM);
      return Readable.from(['retry: 1000\n\n', ...data.map((one) => `id: 1\nevent: thing\ndata: ${JSON.stringify(one)}\n\n`)]);
    },
  }, { requests: () => [{ headers: { accept: EVENT_STREAM } }] }, (facts) => void facts.all.splice(0, 2, ...facts.all.slice(0, 2).map((fact) => ({ ...fact, silent: true as const }))));
  t.strictSame((await streaming({ id: NEAR })).faults, []);
  t.ok(littleTold('near: phone (contact, masked)')((await streaming({ id: NEAR }, { id: NEAR, phone: PHONE })).faults.filter((fault) => !fault.includes('sees all'))), 'in the second event');
  t.ok(littleTold('the member income (income, hidden)')((await streaming({ income: 7 })).faults), 'a member of an event');
  t.strictSame((await streaming()).faults, ['control: GET /v1/things/{id} was never answered well']);
});

t.test('control: a search by what is hidden must be refused', async (t) => {
  const search = async (parameter: z.ZodType) => (await walkOver(t, { answer: sound, query: { income: parameter }, handler: onlyNear(thing) }, {
    asksBy: { income: { dataClass: 'income', hit: () => INCOME, miss: '1.00' } },
  })).faults.filter((fault) => !fault.startsWith('control'));
  t.match(await search(internal(z.string()).optional()), [/as sees little: may ask by income, which is hidden/]);
  t.strictSame(await search(classified(z.string(), 'income').optional()), []);
});

t.test('control: who finds nothing of what they may see makes the walk worthless, and it says so', async (t) => {
  t.match((await walkOver(t, { answer: sound, handler: onlyNear({ id: NEAR, phone: PHONE }) })).faults, [/control: sees all ought to have seen near: income/]);
});

t.test('every route of the bank has a case', async (t) => {
  const server = await buildServer({
    modules: everyModule(), authenticate: () => { throw new Refusal({ code: 'unauthenticated' }); }, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32),
    readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
  });
  t.teardown(() => server.close());
  t.strictSame(missingRoutes((await server.inject('/openapi.json')).json<Described>(), routeCases), []);
});

t.test('only what was made safe is answered as a table: no other answer is one in which a formula would run', async (t) => {
  const server = await buildServer({
    modules: everyModule(), authenticate: () => { throw new Refusal({ code: 'unauthenticated' }); }, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32),
    readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {},
  });
  t.teardown(() => server.close());
  const { paths } = (await server.inject('/openapi.json')).json<{ paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>> }>();
  const types = Object.values(paths).flatMap((operations) => Object.values(operations).flatMap(({ responses }) => Object.values(responses).flatMap(({ content = {} }) => Object.keys(content))));
  // A customer's file is given as it came, to be saved and not shown; a table is written by shared/http/csv.ts alone, whose test tries formulas.
  t.strictSame([...new Set(types)].sort(), ['application/json', 'application/pdf', 'application/x-ndjson', 'image/jpeg', 'image/png', 'image/webp', 'text/csv', 'text/event-stream', 'text/plain']);
});

t.test('a route without a case is told, and where to add it', async (t) => {
  const { missing, route } = await walkOver(t, { answer: sound, query: { since: z.iso.date().optional() }, handler: onlyNear(thing) }, { requests: () => [{}, { query: 'since=2026-01-01' }] });
  const health = ['/health/live', '/health/ready', '/metrics'].map((path): RouteCase => ({ route: `GET ${path}` }));
  t.strictSame(missing([...health, route]), []);
  t.match(missing(health), [/^GET .v1.things.{id} is walked by nobody: add its case to infra.roles.field-leaks.cases/, /never asked by \?since/]);
  const { requests: _, ...unasked } = route;
  t.match(missing([...health, unasked]), [/is never asked by \?since/]);
  const searched = await walkOver(t, { answer: sound, body: { city: z.string().optional(), cursor: z.string().optional() }, handler: onlyNear(thing) }, { requests: () => [{ body: { city: 'x' } }] });
  t.strictSame(searched.missing([...health, searched.route]), []);
  t.match(searched.missing([...health, { ...searched.route, requests: () => [{ body: {} }] }]), [/is never asked by \/city of its body/]);
  t.match(missing([...health, { ...route, permission: 'customers.update' }]), [/needs customers.read, its case says customers.update/]);
  t.match(missing([...health, route, { route: 'GET /v1/gone' }]), ['there is no GET /v1/gone: its case is left over']);
});

t.test('a measurement is no telephone number by chance, and an amount or a label is no measurement', async (t) => {
  const facts = new Facts();
  const told = facts.of('near', { permissions: [permission], owners: [{ branch: 'NORTH' }] });
  for (const [clear, mask] of [['+8613766048211', maskPhone], ['379661835081.56', maskWhole]] as const) told('contact', clear, { mask });
  const { leaksIn } = watchFor({ name: '', holder: '', plain: true, headers: {}, held: [], views: viewsFrom({}) }, facts.all);
  const inMetrics = (text: string) => leaksIn({ status: 200, headers: new Map([['content-type', 'text/plain; version=0.0.4; charset=utf-8']]), text, body: undefined }, new Set()).length;
  t.strictSame(['x 0.008613766048211', 'x_bytes 86137660', 'x 379661835081.56', 'x 37966183508156', 'x{y="8613766048211"} 1'].map(inMetrics), [0, 0, 1, 1, 1]);
});

t.test('decoded', async (t) => {
  t.match(decoded('{"a":"\\u5f20\\u4f1f"}'), '张伟');
  t.match(decoded(`cursor=${Buffer.from('["x",["1990",{}]]').toString('base64url')}`), '1990');
  t.notMatch(decoded('plain'), 'other');
});
