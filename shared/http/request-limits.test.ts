import { pino } from 'pino';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { internal } from '../access/classified.js';
import { allRights } from '../access/rights.js';
import { countsOfProcess, type Counts } from '../cache/counts.js';
import { createMetrics } from '../telemetry/metrics.js';
import { BLOCKED_MS, watchBehaviour } from './abnormal-behaviour.js';
import { Refusal, type Principal } from './context.js';
import { aboutParam } from './route-access.js';
import { createRequestLimits, type RequestRates } from './request-limits.js';
import { buildServer } from './server.js';
import { noAccessLog } from './testing/no-access-log.js';
import { sourceOf } from './source-address.js';
import { isAddressRange, trusts } from './trusted-proxies.js';

const PRINCIPALS: Readonly<Record<string, Principal>> = {
  wang: { id: 'wang', role: 'teller', channel: 'online', rights: allRights('wang') },
  li: { id: 'li', role: 'teller', channel: 'online', rights: allRights('li') },
  program: { id: 'program', role: 'client', channel: 'system', rights: allRights('program') },
  founder: { id: 'founder', role: 'administrator', channel: 'system', rights: allRights('founder') },
  stranger: { id: 'stranger', role: 'teller', channel: 'online', rights: { ...allRights('stranger'), permits: new Map([['self.use', [{ scope: 'own' }]]]) } as never },
};
const WIDE: RequestRates = { requestsPerAddress: 1_000, requestsPerPerson: 1_000, requestsPerClient: 1_000, signInsPerAddress: 1_000, unmasksPerPerson: 1_000 };
const ID = (number: number): string => `0b0a4c9e-41f8-4f0e-9c3c-${String(number).padStart(12, '0')}`;

async function bank(t: Test, { rates = {}, blockAfter = 1_000, trustedProxies = [], together }: { rates?: Partial<RequestRates>; blockAfter?: number; trustedProxies?: string[]; together?: Counts } = {}) {
  let now = 0;
  const elapsed = (): number => now;
  const shared = together ?? countsOfProcess(elapsed);
  const metrics = createMetrics();
  const warned: { kind?: string; who?: string }[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warned.push(JSON.parse(line) as object) });
  const secret = Buffer.alloc(32, 1);
  const limits = createRequestLimits({
    rates: { ...WIDE, ...rates }, shared, secret, metrics, elapsed,
    behaviour: watchBehaviour({ blockAfter, shared, logger, metrics, secret, elapsed }),
    isExempt: ({ id }) => id === 'founder',
  });
  const anything = { 200: internal(z.any()) };
  const server = await buildServer({
    modules: [{
      name: 'shop', description: 'Things', rejections: [{ code: 'wrong', status: 401, title: 'Wrong' }],
      routes: (scope) => {
        scope.get('/v1/things', { config: { access: { permission: 'self.use' } }, schema: { response: anything } }, async () => ({}));
        scope.get('/v1/things/:id', { config: { access: { permission: 'customers.read', about: aboutParam('customer') } }, schema: { params: z.object({ id: z.uuid() }), response: anything } }, async () => ({}));
        scope.get('/v1/unmask', { config: { access: { permission: 'self.use' }, limit: 'unmask' }, schema: { response: anything } }, async () => ({}));
        scope.post('/v1/sign-in', { config: { public: true, limit: 'sign-in' }, schema: { body: z.strictObject({ password: z.string() }), response: anything } }, async ({ body }) => {
          if (body.password !== 'right') throw new Refusal({ code: 'wrong' });
          return {};
        });
        scope.get('/v1/open', { config: { public: true }, schema: { response: anything } }, async ({ ip }) => ({ ip }));
      },
    }],
    authenticate: ({ headers }) => PRINCIPALS[(headers.authorization ?? '').slice(7)] ?? (() => { throw new Refusal({ code: 'unauthenticated' }); })(),
    logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: secret, readWait: async () => true, findTarget: async () => undefined, accessLog: noAccessLog, checks: {}, limits, trustedProxies,
  });
  t.teardown(() => server.close());
  const get = async (url: string, { as, from = '192.0.2.1', forwarded }: { as?: string; from?: string; forwarded?: string } = {}) => {
    const { statusCode, headers, ...answer } = await server.inject({ url, remoteAddress: from, headers: { ...(as && { authorization: `Bearer ${as}` }), ...(forwarded && { 'x-forwarded-for': forwarded }) } });
    return { status: statusCode, retryAfter: headers['retry-after'], body: answer.json() as { code?: string; ip?: string } };
  };
  const signIn = async (password: string, from = '192.0.2.1', forwarded?: string) =>
    (await server.inject({ method: 'POST', url: '/v1/sign-in', remoteAddress: from, payload: { password }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } })).statusCode;
  const statuses = async (times: number, ask: (index: number) => Promise<{ status: number }>): Promise<number[]> => {
    const found: number[] = [];
    for (let index = 0; index < times; index++) found.push((await ask(index)).status);
    return found;
  };
  return { get, signIn, statuses, warned, metrics, pass: (ms: number) => void (now += ms) };
}

t.test('a person, a client and an address each have their own number of requests, and a new minute begins it anew', async (t) => {
  const { get, statuses, pass } = await bank(t, { rates: { requestsPerPerson: 3, requestsPerClient: 5, requestsPerAddress: 2 } });
  t.same(await statuses(4, () => get('/v1/things', { as: 'wang' })), [200, 200, 200, 429]);
  t.same(await statuses(3, () => get('/v1/things', { as: 'li' })), [200, 200, 200], 'another person at the same address goes on');
  t.same(await statuses(6, () => get('/v1/things', { as: 'program' })), [200, 200, 200, 200, 200, 429]);
  t.same(await statuses(20, () => get('/v1/things', { as: 'founder' })), Array<number>(20).fill(200), 'who founds a bank is free');
  t.same(await statuses(3, () => get('/v1/open')), [200, 200, 429]);
  t.equal((await get('/v1/open', { from: '192.0.2.2' })).status, 200, 'control: another address');
  t.equal((await get('/nowhere')).status, 429, 'what does not exist is counted too');
  const refused = await get('/v1/things', { as: 'wang' });
  t.match(refused, { status: 429, retryAfter: '60', body: { code: 'rate_limited' } });
  pass(60_001);
  t.equal((await get('/v1/things', { as: 'wang' })).status, 200);
  t.equal((await get('/v1/open')).status, 200);
});

t.test('tokens that are refused are counted by address; whoever is signed in there goes on', async (t) => {
  const { get, statuses } = await bank(t, { rates: { requestsPerAddress: 3 } });
  t.equal((await get('/v1/things', { as: 'wang' })).status, 200);
  t.same(await statuses(5, (index) => get('/v1/things', { as: `forged-${index}` })), [401, 401, 401, 429, 429], 'no signature is checked any more');
  t.equal((await get('/v1/things', { as: 'wang' })).status, 200, 'a colleague behind the same proxy');
  t.equal((await get('/v1/things', { as: 'li' })).status, 429, 'who was not signed in yet waits');
  t.equal((await get('/v1/things', { as: 'li', from: '192.0.2.9' })).status, 200, 'control');
});

t.test('sign-ins and unmaskings have stricter limits', async (t) => {
  const { get, signIn, statuses } = await bank(t, { rates: { signInsPerAddress: 2, unmasksPerPerson: 1 } });
  t.same([await signIn('right'), await signIn('wrong'), await signIn('right')], [200, 401, 429]);
  t.equal(await signIn('right', '192.0.2.7'), 200);
  t.same(await statuses(2, () => get('/v1/unmask', { as: 'wang' })), [200, 429]);
  t.equal((await get('/v1/things', { as: 'wang' })).status, 200);
  t.equal((await get('/v1/unmask', { as: 'li' })).status, 200);
});

t.test('X-Forwarded-For is believed from a trusted proxy alone', async (t) => {
  const open = await bank(t, { rates: { requestsPerAddress: 2 } });
  t.same(await open.statuses(3, (index) => open.get('/v1/open', { forwarded: `198.51.100.${index}` })), [200, 200, 429], 'another name for each request helps nobody');
  const behind = await bank(t, { rates: { requestsPerAddress: 2 }, trustedProxies: ['10.0.0.0/8'] });
  const via = (forwarded: string) => behind.get('/v1/open', { from: '10.1.2.3', forwarded });
  t.match((await via('198.51.100.1')).body, { ip: '198.51.100.1' });
  t.match((await via('203.0.113.66, 198.51.100.1')).body, { ip: '198.51.100.1' }, 'what the client wrote itself stands further left');
  t.equal((await via('203.0.113.67, 198.51.100.1')).status, 429);
  t.equal((await via('198.51.100.2')).status, 200, 'others behind the proxy go on');
  t.match((await behind.get('/v1/open', { from: '192.0.2.50', forwarded: '198.51.100.9' })).body, { ip: '192.0.2.50' }, 'not from anybody else');
});

t.test('an address that nobody can be authenticated from is blocked for a while, those signed in there are not', async (t) => {
  const { get, signIn, warned, metrics, pass } = await bank(t, { blockAfter: 10 });
  t.equal((await get('/v1/things', { as: 'wang' })).status, 200);
  for (let tries = 0; tries < 10; tries++) t.equal(await signIn('wrong'), 401);
  t.equal(await signIn('right'), 429);
  t.match(await get('/v1/open'), { status: 429, retryAfter: '900', body: { code: 'behaviour_blocked' } });
  t.equal((await get('/v1/things', { as: 'wang' })).status, 200, 'a colleague at that address works on');
  t.equal(await signIn('right', '192.0.2.2'), 200, 'control: another address');
  t.match(warned, [{ kind: 'credentials', who: /^[\w-]{16}$/ }], 'told once');
  t.notMatch(JSON.stringify(warned), /192\.0\.2\.1/, 'without the address');
  t.match((await metrics.page()).text, /bank_abnormal_behaviour_total\{subject="source",kind="credentials"\} 1/);
  pass(BLOCKED_MS + 1);
  t.equal(await signIn('right'), 200);
});

t.test('one address forged in a header cannot be made to be blocked', async (t) => {
  const { signIn } = await bank(t, { blockAfter: 10, trustedProxies: ['10.0.0.1'] });
  for (let tries = 0; tries < 12; tries++) await signIn('wrong', '203.0.113.5', '198.51.100.1');
  t.equal(await signIn('right', '10.0.0.1', '198.51.100.1'), 200, 'the one it named is not');
  t.equal(await signIn('right', '203.0.113.5', '198.51.100.1'), 429, 'control: whoever did it is');
});

t.test('a person who is refused again and again, or tries id after id, is blocked', async (t) => {
  const { get, warned } = await bank(t, { blockAfter: 10 });
  for (let tries = 0; tries < 10; tries++) t.equal((await get(`/v1/things/${ID(0)}`, { as: 'stranger' })).status, 403);
  t.match(await get('/v1/things', { as: 'stranger' }), { status: 429, body: { code: 'behaviour_blocked' } });
  t.match(await get('/v1/things', { as: 'stranger', from: '192.0.2.99' }), { status: 429 }, 'wherever they come from');
  t.equal((await get('/v1/things', { as: 'li' })).status, 200);
  t.match(warned, [{ kind: 'refusals', who: 'stranger' }]);
  const probed = await bank(t, { blockAfter: 10 });
  t.same(await probed.statuses(3, (index) => probed.get(`/v1/things/${ID(index)}`, { as: 'stranger' })), [403, 403, 429]);
  t.match(probed.warned, [{ kind: 'probing', who: 'stranger' }]);
  const same = await bank(t, { blockAfter: 10 });
  t.same(await same.statuses(3, () => same.get(`/v1/things/${ID(1)}`, { as: 'stranger' })), [403, 403, 403], 'control: the same id again is no probing');
  t.same(await same.statuses(30, (index) => same.get(`/v1/things/${ID(index)}`, { as: 'wang' })), Array<number>(30).fill(200), 'nor are many ids that one may see');
});

t.test('refusals by several processes are counted together: each blocks at its next one, and not before', async (t) => {
  const together = countsOfProcess();
  const [one, other] = [await bank(t, { blockAfter: 10, together }), await bank(t, { blockAfter: 10, together })];
  const refuse = ({ get }: typeof one) => get(`/v1/things/${ID(0)}`, { as: 'stranger' });
  t.same(await one.statuses(6, () => refuse(one)), Array<number>(6).fill(403));
  t.same(await other.statuses(5, () => refuse(other)), [403, 403, 403, 403, 429], 'six there and four here');
  t.same(await one.statuses(2, () => refuse(one)), [403, 429]);
  const probed = [await bank(t, { blockAfter: 10, together: countsOfProcess() }), await bank(t, { blockAfter: 10, together: countsOfProcess() })] as const;
  t.same([await probed[0].get(`/v1/things/${ID(1)}`, { as: 'stranger' }), await probed[1].get(`/v1/things/${ID(2)}`, { as: 'stranger' }), await probed[1].get(`/v1/things`, { as: 'stranger' })].map(({ status }) => status), [403, 403, 200], 'control: apart, one id each is no probing');
  t.same(await one.statuses(1, () => one.get('/v1/things', { as: 'li' })), [200]);
});

t.test('addresses are counted by what somebody has of them', async (t) => {
  const { get, statuses } = await bank(t, { rates: { requestsPerAddress: 2 } });
  t.same(await statuses(3, (index) => get('/v1/open', { from: `2001:db8:1:2::${index}` })), [200, 200, 429], 'one /64 is one');
  t.equal((await get('/v1/open', { from: '2001:db8:1:3::1' })).status, 200);
  t.equal(sourceOf('::ffff:192.0.2.1'), '192.0.2.1');
  t.same(['10.0.0.1', '10.0.0.0/8', 'fd00::/8', '10.0.0.0/33', '10.0.0/8', 'proxy', '10.0.0.0/8/8', 'fd00::/129'].map(isAddressRange), [true, true, true, false, false, false, false, false]);
  const trusted = trusts(['10.0.0.0/8', 'fd00::1']);
  t.same(['10.9.9.9', '::ffff:10.9.9.9', 'fd00::1', '11.0.0.1', 'fd00::2'].map(trusted), [true, true, true, false, false]);
  t.equal(trusts([])('127.0.0.1'), false);
});

t.test('what it costs', async (t) => {
  const secret = Buffer.alloc(32, 1);
  const metrics = createMetrics();
  const limits = createRequestLimits({
    rates: { ...WIDE, requestsPerPerson: 1e9 }, shared: countsOfProcess(), secret, metrics,
    behaviour: watchBehaviour({ blockAfter: 500, shared: countsOfProcess(), logger: pino({ level: 'silent' }), metrics, secret }),
  });
  const request = { ip: '192.0.2.1', headers: { authorization: 'Bearer a' }, principal: PRINCIPALS['wang'], routeOptions: { config: {} } } as never;
  const rounds = 200_000;
  const begun = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    await limits.arrives(request, false);
    await limits.known(request);
  }
  const { user, system } = process.cpuUsage(begun);
  const each = (user + system) / rounds;
  t.comment(`${each.toFixed(2)} µs of processor time a request`);
  t.ok(each < 200);
});
