import { letTimePass } from '../../shared/testing/let-time-pass.js';
import { pino } from 'pino';
import t from 'tap';
import type { Permission } from '../../shared/access/permissions.js';
import type { Permit } from '../../shared/access/rights.js';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import type { Principal } from '../../shared/http/context.js';
import type { FindTarget } from '../../shared/http/route-access.js';
import { buildServer } from '../../shared/http/server.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { documented } from '../../shared/http/testing/documented.js';
import { ANN, BEN, idOf, ownAccount } from './ledger-fixture.js';
import { ledgerModule } from './routes.js';
import { openBench, type Fault } from './shard-fixture.js';

/** Kept and not processed. */
const KEPT = idOf('customer kept');
/** Merged into Ann. */
const OLD = idOf('customer merged');

async function bank(t: { teardown(handler: () => unknown): void }, config: Parameters<typeof openBench>[0] = {}, principal: () => Principal = () => bootstrapPrincipal, findTarget: FindTarget = async () => undefined) {
  const bench = await openBench(config);
  const kept = [KEPT];
  const server = documented(await buildServer({
    modules: [ledgerModule({ ledger: { execute: (command, context) => bench.shard.execute(command, context), partiesOfAccount: (id) => bench.shard.partiesOfAccount(id) }, missingCustomers: async (ids) => ids.filter((id) => id !== ANN && id !== BEN && id !== KEPT && id !== OLD), mergedCustomers: async (ids) => ids.flatMap((id) => (id === OLD ? [{ id, survivor: ANN }] : [])), restrictedCustomers: async (ids) => ids.filter((id) => kept.includes(id)) })],
    authenticate: () => principal(), logger: pino({ level: 'silent' }), now: () => bench.now, commandSecret: Buffer.alloc(32), accessLog: noAccessLog, checks: {}, readWait: async () => true, findTarget,
  }));
  t.teardown(async () => {
    await server.close();
    await bench.shard.stop();
  });
  let keys = 0;
  const send = async (method: 'POST' | 'PUT', url: string, payload?: object, key: string | null = `key-${++keys}`) => {
    const answer = await server.inject({ method, url, ...(payload && { payload }), headers: key === null ? {} : { 'idempotency-key': key } });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  };
  const post = (url: string, payload?: object, key?: string | null) => send('POST', url, payload, key);
  const open = async (more: object = {}): Promise<string> => (await post('/v1/accounts', { customerId: ANN, product: 'demand-savings', currency: 'CNY', ...more })).body.id;
  return { bench, post, send, open, kept };
}

const cny = (amount: string) => ({ amount, currency: 'CNY' });

t.test('a restriction is of the customer\'s record: money that is there comes and goes, and the account can be closed', async (t) => {
  const { post, open, kept } = await bank(t);
  const [account, other] = [await open({ customerId: BEN }), await open()];
  t.equal((await post(`/v1/accounts/${account}/deposits`, { money: cny('100.00'), channel: 'counter' })).status, 201);
  kept.push(BEN);
  t.match(await post('/v1/accounts', { customerId: BEN, product: 'demand-savings', currency: 'CNY' }), { status: 422, body: { code: 'customer_restricted' } }, 'control');
  t.equal((await post(`/v1/accounts/${account}/deposits`, { money: cny('20.00'), channel: 'counter' })).status, 201);
  t.equal((await post('/v1/transfers', { from: account, to: other, money: cny('30.00') })).status, 201);
  t.equal((await post('/v1/transfers', { from: other, to: account, money: cny('5.00') })).status, 201);
  t.equal((await post(`/v1/accounts/${account}/withdrawals`, { money: cny('40.00'), channel: 'counter' })).status, 201);
  t.match(await post(`/v1/accounts/${account}/close`, { to: other }), { status: 201, body: { id: account } }, 'with what was left');
});

t.test('the fixed paths, each answered 201 with id, revision and position', async (t) => {
  const { post, send, open, bench } = await bank(t);
  const opened = await post('/v1/accounts', { customerId: ANN.toUpperCase(), product: 'demand-savings', currency: 'CNY', holders: [{ customerId: BEN.toUpperCase(), role: 'attorney' }] });
  t.match(opened, { status: 201, headers: { location: `/v1/accounts/${opened.body.id}` }, body: { accountNumber: '8000000000000011', revision: 67, position: /^\d+$/ } });
  const a = opened.body.id as string;
  const b = await open({ customerId: BEN });
  const steps: [string, object][] = [
    [`/v1/accounts/${a}/deposits`, { money: cny('100.00'), channel: 'counter', memo: 'cash' }],
    [`/v1/accounts/${a}/withdrawals`, { money: cny('10.00'), channel: 'atm' }],
    ['/v1/transfers', { from: a.toUpperCase(), to: b, money: cny('5.00') }],
    ['/v1/transfers/batch', { atomic: true, transfers: [{ from: a, to: b, money: cny('1.00') }, { from: b, to: a, money: cny('2.00') }] }],
    ['/v1/transfers/batch', { atomic: false, transfers: [{ from: a, to: b, money: cny('1.00') }, { from: a, to: a, money: cny('2.00') }] }],
    [`/v1/accounts/${a}/freeze`, { mode: 'full', reason: 'court' }],
    [`/v1/accounts/${a}/unfreeze`, { reason: 'court' }],
  ];
  const answers = [];
  for (const [url, payload] of steps) {
    const answer = await post(url, payload);
    t.match(answer, { status: 201, body: { id: String, revision: Number, position: /^\d+$/ } }, url);
    answers.push(answer.body);
  }
  t.match(answers[3].lines, [{ line: 0, status: 'posted', revision: answers[3].revision - 1 }, { line: 1, status: 'posted' }]);
  t.match(answers[4].lines, [{ line: 0, status: 'posted' }, { line: 1, status: 'refused', code: 'same_account' }]);
  t.equal(answers[5].id, a);
  t.match(await post(`/v1/transfers/${answers[2].id}/reversal`, { reason: 'wrong' }), { status: 201 });
  const hold = await post(`/v1/accounts/${a}/holds`, { money: cny('3.00'), expiresAt: '2026-03-03T00:00:00+08:00' });
  t.match(hold, { status: 201, headers: { location: `/v1/holds/${hold.body.id}` } });
  t.match(await post(`/v1/holds/${hold.body.id}/capture`, { money: cny('1.00') }), { status: 201 });
  const other = await post(`/v1/accounts/${a}/holds`, { money: cny('3.00') });
  t.match(await post(`/v1/holds/${other.body.id}/release`), { status: 201, body: { id: other.body.id } }, 'without a body');
  const third = await post(`/v1/accounts/${a}/holds`, { money: cny('3.00') });
  const captured = await post(`/v1/holds/${third.body.id}/capture`);
  t.match(captured, { status: 201, headers: { location: `/v1/transfers/${captured.body.id}` } }, 'without a body: all of it');
  t.match(await send('PUT', `/v1/accounts/${a}/holders`, { holders: [{ customerId: ANN, role: 'owner' }], reason: 'letter' }), { status: 201 });
  t.match(await post(`/v1/accounts/${a}/close`, { to: b }), { status: 201, body: { id: a } });
  t.match((await bench.events()).at(-1), { type: 'AccountClosed', metadata: { actor: { id: bootstrapPrincipal.id } } });
});

t.test('problems: each code with its status', async (t) => {
  const { post, open } = await bank(t);
  const [a, b] = [await open(), await open({ customerId: BEN })];
  const move = { from: a, to: b, money: cny('1.00') };
  const rows: [string, object, string | null | undefined, number, string, object?][] = [
    ['/v1/transfers', move, null, 400, 'idempotency_key_missing'],
    ['/v1/transfers', { ...move, money: { amount: '1', currency: 'CNY' } }, undefined, 400, 'request_invalid', [{ pointer: '/money/amount', code: 'amount_scale' }]],
    ['/v1/transfers', { ...move, money: { amount: '1.00', currency: 'XTS' } }, undefined, 400, 'request_invalid', [{ pointer: '/money/currency', code: 'currency_unknown' }]],
    ['/v1/transfers', { ...move, more: 1 }, undefined, 400, 'request_invalid'],
    ['/v1/transfers', { from: 'x', to: b, money: cny('-1.00') }, undefined, 400, 'request_invalid', [{ pointer: '/from', code: 'format' }, { pointer: '/money/amount', code: 'amount_not_positive' }]],
    ['/v1/transfers/batch', { atomic: true, transfers: [move, { ...move, money: cny('0.00') }] }, undefined, 400, 'request_invalid', [{ pointer: '/transfers/1/money/amount', code: 'amount_not_positive' }]],
    [`/v1/accounts/${a}/deposits`, { money: cny('1.00'), channel: 'counter', bookingDate: '0000-01-01', valueDate: '0000-12-31' }, undefined, 400, 'request_invalid', [{ pointer: '/bookingDate', code: 'out_of_range' }, { pointer: '/valueDate', code: 'out_of_range' }]],
    ['/v1/transfers', { ...move, valueDate: '0000-01-01' }, undefined, 400, 'request_invalid', [{ pointer: '/valueDate', code: 'out_of_range' }]],
    ['/v1/transfers/batch', { atomic: false, transfers: [{ ...move, bookingDate: '0000-01-01' }] }, undefined, 400, 'request_invalid', [{ pointer: '/transfers/0/bookingDate', code: 'out_of_range' }]],
    [`/v1/accounts/${a}/holds`, { money: cny('1.00'), expiresAt: '9999-12-31T23:59:59-14:00' }, undefined, 400, 'request_invalid', [{ pointer: '/expiresAt', code: 'out_of_range' }]],
    [`/v1/accounts/${a}/holds`, { money: cny('0.00'), expiresAt: 'soon' }, undefined, 400, 'request_invalid', [{ pointer: '/expiresAt' }, { pointer: '/money/amount', code: 'amount_not_positive' }]],
    ['/v1/transfers', move, undefined, 422, 'insufficient_funds'],
    ['/v1/transfers', { ...move, bookingDate: '2026-03-03' }, undefined, 422, 'date_in_future'],
    ['/v1/transfers', { ...move, to: idOf('nobody') }, undefined, 404, 'account_not_found'],
    ['/v1/accounts/nonsense/deposits', { money: cny('1.00') }, undefined, 400, 'request_invalid', [{ pointer: 'path:id', code: 'format' }, { pointer: '/channel', code: 'required' }]],
    [`/v1/accounts/${idOf('x')}/deposits`, { money: cny('1.00'), channel: 'counter' }, undefined, 404, 'account_not_found'],
    [`/v1/accounts/${a}/deposits`, { money: cny('1.00'), channel: 'pigeon' }, undefined, 400, 'request_invalid', [{ pointer: '/channel' }]],
    [`/v1/holds/${idOf('x')}/capture`, {}, undefined, 404, 'hold_not_found'],
    [`/v1/transfers/${idOf('x')}/reversal`, { reason: 'x' }, undefined, 404, 'movement_not_found'],
    ['/v1/accounts', { customerId: idOf('x'), product: 'demand-savings', currency: 'CNY' }, undefined, 422, 'customer_not_found'],
    ['/v1/accounts', { customerId: ANN, product: 'gold', currency: 'CNY' }, undefined, 422, 'product_unknown'],
    ['/v1/transfers/batch', { atomic: true, transfers: [{ from: a, to: b, money: cny('1.00') }] }, undefined, 422, 'batch_refused', [{ pointer: '/transfers/0', code: 'insufficient_funds' }]],
    ['/v1/transfers/batch', { atomic: true, transfers: Array.from({ length: 501 }, () => ({ from: a, to: b, money: cny('1.00') })) }, undefined, 422, 'batch_too_large'],
  ];
  for (const [url, payload, key, status, code, errors] of rows)
    t.match(await post(url, payload, key), { status, body: { code, status, ...(errors && { errors }) } }, code);
  t.equal((await post(`/v1/accounts/${a}/deposits`, { money: cny('9.00'), channel: 'counter' }, 'once')).status, 201);
  t.match(await post(`/v1/accounts/${a}/deposits`, { money: cny('9.01'), channel: 'counter' }, 'once'), { status: 409, body: { code: 'idempotency_key_reused' } });
});

t.test('the same key on the same account is one command, however its id is written', async (t) => {
  const { post, open, bench } = await bank(t);
  const a = await open();
  const deposit = (id: string) => post(`/v1/accounts/${id}/deposits`, { money: cny('9.00'), channel: 'counter' }, 'once');
  const first = await deposit(a);
  t.match(first, { status: 201, headers: { location: `/v1/transfers/${first.body.id}` } });
  t.strictSame((await deposit(a.toUpperCase())).body, first.body);
  t.equal((await bench.events()).filter(({ type }) => type === 'DepositPosted').length, 1);
});

t.test('every customer whom a body makes a holder must be within reach, or the permission for holders of any branch held; none is told from who is not there', async (t) => {
  const [FAR, NOBODY] = [BEN, idOf('nobody')];
  let permits: [Permission, Permit][] = [];
  const near = (...names: Permission[]): [Permission, Permit][] => names.map((name) => [name, { scope: 'branch', branches: new Set(['near']) }]);
  let parties: (id: string) => readonly string[] | undefined = () => undefined;
  const branchOf = (id: string | undefined) => (id === ANN || id === KEPT ? 'near' : id === FAR ? 'far' : undefined);
  const { bench, send, open } = await bank(t, {}, () => ({
    id: 'anna', role: 'teller', channel: 'counter', rights: { ...bootstrapPrincipal.rights, holder: 'anna', permits: new Map(permits.map(([name, permit]) => [name, [permit]])) },
  }), async ({ kind, id }) => {
    const branch = branchOf(kind === 'account' ? parties(id)?.[0] : id);
    return branch === undefined ? undefined : { branch, customers: [id] };
  });
  parties = (id) => bench.shard.partiesOfAccount(id);
  const told = async (answer: ReturnType<typeof send>) => {
    const { status, body } = await answer;
    return { status, body: { ...body, instance: null } };
  };
  const opening = (customerId: string, ...holders: string[]) => told(send('POST', '/v1/accounts', { customerId, product: 'demand-savings', currency: 'CNY', holders: holders.map((id) => ({ customerId: id, role: 'joint-owner' })) }));
  permits = near('accounts.open', 'accounts.maintain');
  const account = await open();
  const holding = (...holders: [string, string][]) => told(send('PUT', `/v1/accounts/${account}/holders`, { holders: holders.map(([customerId, role]) => ({ customerId, role })), reason: 'letter' }));

  const refused = { open: await opening(ANN, FAR), hold: await holding([FAR, 'joint-owner']) };
  t.match(refused.open, { status: 403, body: { code: 'outside_scope' } });
  t.match(refused.hold, { status: 403, body: { code: 'outside_scope' } });
  t.same(await opening(ANN, NOBODY), refused.open);
  t.same(await opening(ANN, KEPT, NOBODY), refused.open, 'before what is wrong with those within reach');
  t.same(await opening(FAR, ANN), refused.open, 'nor may the owner be beyond reach');
  t.same(await opening(NOBODY, ANN), refused.open);
  t.same(await holding([NOBODY, 'joint-owner']), refused.hold);
  t.match(await opening(ANN, KEPT), { status: 422, body: { code: 'customer_restricted' } }, 'within reach it is told');

  permits = [...near('accounts.open', 'accounts.maintain'), ['accounts.any-holder', { scope: 'all' }]];
  t.equal((await opening(ANN, FAR)).status, 201);
  t.match(await opening(ANN, NOBODY), { status: 422, body: { code: 'customer_not_found' } }, 'whoever reaches everybody is told');
  t.same(await opening(FAR, ANN), refused.open, 'the owner is asked for by the permission to open');
  t.equal((await holding([FAR, 'joint-owner'])).status, 201);

  permits = near('accounts.maintain');
  t.equal((await holding([FAR, 'attorney'])).status, 201, 'whoever holds it already may stay, in another role');
  t.equal((await holding([ANN, 'owner'])).status, 201, 'or go');
  t.same(await holding([FAR, 'joint-owner']), refused.hold, 'and does not come back');
});

t.test('of an account that money is to go to nothing is told but that it takes none', async (t) => {
  const { post, open } = await bank(t);
  const [a, closed, frozen] = [await open(), await open({ customerId: BEN }), await open({ customerId: BEN })];
  await post(`/v1/accounts/${a}/deposits`, { money: cny('100.00'), channel: 'counter' });
  await post(`/v1/accounts/${closed}/close`, {});
  await post(`/v1/accounts/${frozen}/freeze`, { mode: 'full', reason: 'court' });
  const without = ({ status, body }: { status: number; body: object }) => ({ status, body: { ...body, instance: null } });
  for (const amount of ['1.00', '1000000.00']) {
    const pay = async (to: string) => without(await post('/v1/transfers', { from: a, to, money: cny(amount) }));
    const answer = await pay(closed);
    t.match(answer, { status: 422, body: { code: 'payee_unavailable' } });
    t.same(await pay(frozen), answer, 'whatever the amount: nobody learns of an attachment by asking for more than they have');
  }
  t.match(await post('/v1/transfers/batch', { atomic: false, transfers: [closed, frozen].map((to) => ({ from: a, to, money: cny('1.00') })) }), { body: { lines: [{ code: 'payee_unavailable' }, { code: 'payee_unavailable' }] } });
  t.match(await post(`/v1/accounts/${a}/close`, { to: frozen }), { status: 422, body: { code: 'payee_unavailable' } });
  t.match(await post(`/v1/accounts/${frozen}/deposits`, { money: cny('1.00'), channel: 'counter' }), { status: 422, body: { code: 'account_frozen' } }, 'control: who pays in reaches it');
});

t.test('to name one of the bank\'s own accounts, or another day, needs ledger.post as well', async (t) => {
  let permissions: Permission[] = ['accounts.open', 'accounts.close', 'money.pay-in', 'money.transfer', 'money.hold'];
  const { post, open } = await bank(t, {}, () => ({
    id: 'anna', role: 'teller', channel: 'counter', rights: { ...bootstrapPrincipal.rights, holder: 'anna', permits: new Map(permissions.map((name) => [name, [{ scope: 'all' }]])) },
  }));
  const [a, b] = [await open(), await open({ customerId: BEN })];
  await post(`/v1/accounts/${a}/deposits`, { money: cny('100.00'), channel: 'counter' });
  const [own, money] = [ownAccount('fee-income'), cny('1.00')];
  const asked: [string, object][] = [
    ['/v1/transfers', { from: a, to: own, money }], ['/v1/transfers', { from: own.toUpperCase(), to: a, money }], ['/v1/transfers', { from: a, to: b, money, bookingDate: '2026-03-01' }],
    ['/v1/transfers/batch', { atomic: false, transfers: [{ from: a, to: b, money }, { from: a, to: own, money }] }], ['/v1/transfers/batch', { atomic: true, transfers: [{ from: a, to: b, money, valueDate: '2026-03-01' }] }],
    [`/v1/accounts/${a}/holds`, { money, to: own }], [`/v1/accounts/${a}/deposits`, { money, channel: 'counter', against: 'fee-income' }], [`/v1/accounts/${a}/close`, { to: own }],
  ];
  for (const [url, body] of asked) t.match(await post(url, body), { status: 403, body: { code: 'permission_missing', detail: 'this needs the permission ledger.post' } }, url);
  t.equal((await post('/v1/transfers', { from: a, to: b, money })).status, 201, 'control: between customers');
  t.match(await post('/v1/transfers', { from: a, to: idOf('nobody'), money }), { status: 404 });
  t.equal((await post(`/v1/accounts/${a}/holds`, { money, to: b })).status, 201);
  permissions = [...permissions, 'ledger.post'];
  for (const [url, body] of asked.slice(0, -1)) t.equal((await post(url, body)).status, 201, `${url} with ledger.post`);
});

t.test('an open outcome is a 503 to be tried again, and the key then gives the recorded answer', async (t) => {
  const { post, open, bench } = await bank(t, { answerTimeoutMs: 1_000 });
  const a = await open();
  bench.eventStore.next = ['lost-after', ...Array.from({ length: 6 }, (): Fault => 'lost-before')];
  const waiting = post(`/v1/accounts/${a}/deposits`, { money: cny('9.00'), channel: 'counter' }, 'once');
  await letTimePass(50, 'the request is on its way before the clock moves');
  bench.now = new Date(bench.now.getTime() + 2_000);
  t.match(await waiting, { status: 503, headers: { 'retry-after': '1' }, body: { code: 'outage' } });
  const [first, second] = [await post(`/v1/accounts/${a}/deposits`, { money: cny('9.00'), channel: 'counter' }, 'once'), await post(`/v1/accounts/${a}/deposits`, { money: cny('9.00'), channel: 'counter' }, 'once')];
  t.equal(first.status, 201);
  t.strictSame(first.body, second.body);
  t.equal((await bench.events()).filter(({ type }) => type === 'DepositPosted').length, 1);
});

t.test('nothing is opened for a customer who is kept and not processed, nor is such a one made a holder', async (t) => {
  const { post, send, open } = await bank(t);
  t.match(await post('/v1/accounts', { customerId: KEPT, product: 'demand-savings', currency: 'CNY' }), { status: 422, body: { code: 'customer_restricted' } });
  t.match(await post('/v1/accounts', { customerId: ANN, product: 'demand-savings', currency: 'CNY', holders: [{ customerId: KEPT, role: 'attorney' }] }), { status: 422, body: { code: 'customer_restricted' } });
  t.match(await send('PUT', `/v1/accounts/${await open()}/holders`, { holders: [{ customerId: KEPT, role: 'attorney' }], reason: 'letter' }), { status: 422, body: { code: 'customer_restricted' } });
});

t.test('nothing new is opened under the id of a record that was merged: the refusal names the survivor', async (t) => {
  const { post, send, open } = await bank(t);
  const refused = { status: 422, body: { code: 'customer_merged', detail: `customer ${OLD} was merged into ${ANN}` } };
  t.match(await post('/v1/accounts', { customerId: OLD, product: 'demand-savings', currency: 'CNY' }), refused);
  t.match(await post('/v1/accounts', { customerId: ANN, product: 'demand-savings', currency: 'CNY', holders: [{ customerId: OLD, role: 'attorney' }] }), refused);
  t.match(await send('PUT', `/v1/accounts/${await open()}/holders`, { holders: [{ customerId: OLD, role: 'attorney' }], reason: 'letter' }), refused);
});
