import { pino } from 'pino';
import { test, type Test } from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import type { Permit } from '../../shared/access/rights.js';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import type { Principal } from '../../shared/http/context.js';
import type { HttpServer } from '../../shared/http/route-module.js';
import { buildServer, type ServerOptions } from '../../shared/http/server.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { documented } from '../../shared/http/testing/documented.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { partiesOf } from './parties.js';
import { ledgerQueryRoutes } from './routes.js';
import { readDatabase } from './testing/read-database.js';
import { idOf, type Story } from './testing/story.js';
import { ANN, BOB, twoCustomers } from './testing/two-customers.js';

async function bank(t: Test, story: Story = twoCustomers(), more: Partial<ServerOptions> = {}) {
  const database = await readDatabase(t);
  const vault = createMemoryVault();
  await database.apply(await story.sealed(vault));
  const waited: [string, bigint][] = [];
  const server: HttpServer = documented(await buildServer({
    modules: [ledgerQueryRoutes({ store: database.store, vault })],
    authenticate: () => bootstrapPrincipal, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), accessLog: noAccessLog, checks: {},
    findTarget: async () => undefined,
    readWait: async (projection, position) => waited.push([projection, position]) > 0 && position < 1_000_000n,
    ...more,
  }));
  t.teardown(() => server.close());
  const get = async (url: string) => {
    const answer = await server.inject({ url });
    return { status: answer.statusCode, etag: answer.headers['etag'], body: answer.json() };
  };
  return { get, vault, waited, database, events: story.events };
}
const cny = (amount: string) => ({ amount, currency: 'CNY' });

test('an account shows its balance, what is held and what is available', skipUnless('postgres'), async (t) => {
  const { get, waited } = await bank(t);
  const { status, etag, body } = await get(`/v1/accounts/${idOf('bob')}?after=42`);
  t.equal(status, 200);
  t.same(waited, [['ledger', 42n]]);
  t.same(body, {
    id: idOf('bob'), accountNumber: '6200000004', kind: 'customer', product: 'current-overdraft', productVersion: 1, currency: 'CNY', customerId: BOB,
    holders: [{ customerId: BOB, role: 'owner' }], status: 'open', balance: cny('25.00'), available: cny('118.00'), held: cny('7.00'), overdraftLimit: cny('100.00'),
    channel: 'counter', openedAt: '2026-03-01T09:00:00.000Z', lastMovementAt: '2026-03-03T08:00:00.000Z', revision: 22,
  });
  t.equal(etag, '"22"');
  t.match((await get(`/v1/accounts/${idOf('ann-jpy')}`)).body, { status: 'closed', balance: { amount: '0', currency: 'JPY' }, closedAt: '2026-03-03T08:00:02.000Z' });
  const cash = (await get(`/v1/accounts/${idOf('cash')}`)).body;
  t.match(cash, { kind: 'general-ledger', balance: cny('96.00'), holders: [] }, 'positive on its own normal side');
  t.notOk('available' in cash);
});

test('accounts are found by customer, holder, number, product and status, page by page', skipUnless('postgres'), async (t) => {
  const { get } = await bank(t);
  const names = async (query: string) => (await get(`/v1/accounts?${query}`)).body.items.map((item: { id: string }) => ['cash', 'cash-jpy', 'fees', 'ann', 'bob', 'ann-jpy'].find((name) => idOf(name) === item.id));
  t.same(await names(`customerId=${ANN}`), ['ann', 'ann-jpy']);
  t.same(await names(`customerId=${BOB}`), ['ann', 'bob'], 'a holder as well as an owner');
  t.same(await names(`customerId=${BOB.toUpperCase()}&status=open`), ['bob']);
  t.same(await names('accountNumber=6200000005'), ['ann-jpy']);
  t.same(await names('accountNumber=62000%200000-5'), ['ann-jpy'], 'as people write it');
  t.match((await get('/v1/accounts?accountNumber=%20')).body.errors, [{ pointer: '?accountNumber', code: 'too_short' }]);
  t.same(await names('product=gl-cash&currency=JPY&kind=general-ledger'), ['cash-jpy']);
  t.same(await names(`customerId=${idOf('nobody')}`), []);
  const first = (await get('/v1/accounts?limit=4')).body;
  t.equal(first.items.length, 4);
  t.same(await names(`limit=4&cursor=${first.nextCursor}`), ['bob', 'ann-jpy']);
  t.notOk('nextCursor' in (await get(`/v1/accounts?limit=4&cursor=${first.nextCursor}`)).body);
  t.notOk('nextCursor' in (await get('/v1/accounts?limit=6')).body, 'a full last page is the last');
});

test('transactions come last first, with counterparties and memos opened, exactly in the published form', skipUnless('postgres'), async (t) => {
  const { get, vault } = await bank(t);
  const url = `/v1/accounts/${idOf('ann')}/transactions`;
  const ann = { accountId: idOf('ann'), accountNumber: '6200000003' };
  const bob = { accountId: idOf('bob'), accountNumber: '6200000004' };
  const cash = { accountId: idOf('cash'), accountNumber: '6200000000' };
  const item = (movement: string, kind: string, side: string, amount: string, after: string, bookingDate: string, recordedAt: string, counterparty: object, memo?: string) =>
    ({ id: idOf(movement), kind, side, money: cny(amount), balanceAfter: cny(after), bookingDate, recordedAt, channel: 'counter', counterparty, ...(memo && { memo }) });
  const all = [
    item('late', 'withdrawal', 'debit', '4.00', '70.00', '2026-02-28', '2026-03-03T08:00:01.000Z', cash),
    item('undo-rent', 'reversal', 'credit', '30.00', '74.00', '2026-03-03', '2026-03-03T08:00:00.000Z', bob),
    item('checked-out', 'hold-capture', 'debit', '15.00', '44.00', '2026-03-02', '2026-03-02T11:00:00.000Z', bob),
    item('with-fee', 'transfer', 'debit', '11.00', '59.00', '2026-03-02', '2026-03-02T10:00:00.000Z', bob, 'express'),
    item('rent', 'transfer', 'debit', '30.00', '70.00', '2026-03-01', '2026-03-01T09:01:00.000Z', bob, 'rent March'),
    item('pay-in', 'deposit', 'credit', '100.00', '100.00', '2026-03-01', '2026-03-01T09:00:30.500Z', cash, 'first wages'),
  ];
  t.strictSame((await get(url)).body, { items: all });
  t.strictSame((await get(`/v1/accounts/${idOf('bob')}/transactions?kind=reversal`)).body.items.map((i: { counterparty: object }) => i.counterparty), [ann]);

  const paged: object[] = [];
  let cursor = '';
  do {
    const { body } = await get(`${url}?limit=2${cursor && `&cursor=${cursor}`}`);
    t.ok(body.items.length <= 2);
    paged.push(...body.items);
    cursor = body.nextCursor ?? '';
  } while (cursor);
  t.strictSame(paged, all);

  t.strictSame((await get(`${url}?from=2026-03-01&to=2026-03-02`)).body.items, all.slice(2));
  t.strictSame((await get(`${url}?to=2026-02-28`)).body.items, all.slice(0, 1));
  t.strictSame((await get(`${url}?side=credit&from=2026-03-02`)).body.items, [all[1]]);

  await vault.erase(ANN);
  t.strictSame((await get(url)).body.items, all.map(({ memo: _, ...rest }) => rest), 'erased: the money stays, the words are gone');
});

test('any movement shows its legs, and a reversal is linked from both sides', skipUnless('postgres'), async (t) => {
  const { get, events, vault } = await bank(t);
  const { status, body } = await get(`/v1/transfers/${idOf('with-fee')}`);
  const recorded = events.find((e) => (e.event.data as { movementId?: string }).movementId === idOf('with-fee'))!;
  t.equal(status, 200);
  t.strictSame(body, {
    id: idOf('with-fee'), kind: 'transfer', status: 'posted', bookingDate: '2026-03-02', valueDate: '2026-03-02', recordedAt: '2026-03-02T10:00:00.000Z', channel: 'counter',
    actor: { id: 'teller-7', role: 'teller', branch: '0101' },
    legs: [
      { accountId: idOf('ann'), accountNumber: '6200000003', side: 'debit', money: cny('11.00'), balanceAfter: cny('59.00'), memo: 'express' },
      { accountId: idOf('bob'), accountNumber: '6200000004', side: 'credit', money: cny('10.00'), balanceAfter: cny('40.00') },
      { accountId: idOf('fees'), accountNumber: '6200000002', side: 'credit', money: cny('1.00'), balanceAfter: cny('1.00') },
    ],
    revision: Number(recorded.revision), position: recorded.position.toString(),
  });
  const rent = (await get(`/v1/transfers/${idOf('rent')}`)).body;
  t.match(rent, { status: 'reversed', from: idOf('ann'), to: idOf('bob'), money: cny('30.00'), reversedBy: idOf('undo-rent') });
  t.equal(rent.legs.length, 2, 'its legs stand beside');
  t.match((await get(`/v1/transfers/${idOf('undo-rent')}`)).body,
    { kind: 'reversal', status: 'posted', from: idOf('bob'), to: idOf('ann'), money: cny('30.00'), reverses: idOf('rent'), reason: 'posted twice' });
  t.match((await get(`/v1/transfers/${idOf('checked-out')}`)).body, { status: 'posted', holdId: idOf('hotel'), from: idOf('ann'), to: idOf('bob'), money: cny('15.00') });
  t.match((await get(`/v1/transfers/${idOf('pay-in')}`)).body, { kind: 'deposit', from: idOf('cash'), to: idOf('ann'), money: cny('100.00') });
  const reason = async () => (await get(`/v1/transfers/${idOf('undo-rent')}`)).body.reason;
  await vault.erase(BOB);
  t.equal(await reason(), 'posted twice', 'Ann\'s copy can still be read');
  await vault.erase(ANN);
  t.equal(await reason(), undefined);
});

test('of a movement a reader sees the balance and memo of those accounts that they reach', skipUnless('postgres'), async (t) => {
  const reader = (...permits: Permit[]): Principal => ({ id: 'tom', role: 'teller', channel: 'counter', rights: { ...bootstrapPrincipal.rights, holder: 'tom', permits: new Map([['accounts.read', permits]]) } });
  let principal = reader({ scope: 'branch', branches: new Set(['b1']) });
  const branches: Record<string, string> = { [idOf('ann')]: 'b1', [idOf('bob')]: 'b2', [idOf('fees')]: 'head-office' };
  const asked: string[] = [];
  const { get } = await bank(t, twoCustomers(), {
    authenticate: () => principal,
    findTarget: async ({ kind, id }) => (asked.push(`${kind} ${id}`), branches[id] === undefined ? undefined : { branch: branches[id], customers: [] }),
  });
  const [ann, bob, fees] = [
    { accountId: idOf('ann'), accountNumber: '6200000003', side: 'debit', money: cny('11.00'), balanceAfter: cny('59.00'), memo: 'express' },
    { accountId: idOf('bob'), accountNumber: '6200000004', side: 'credit', money: cny('10.00'), balanceAfter: cny('40.00') },
    { accountId: idOf('fees'), accountNumber: '6200000002', side: 'credit', money: cny('1.00'), balanceAfter: cny('1.00') },
  ];
  const shut = ({ balanceAfter: _, memo: __, ...rest }: Record<string, unknown>) => rest;
  const legs = async (movement = 'with-fee') => (await get(`/v1/transfers/${idOf(movement)}`)).body.legs;
  t.strictSame(await legs(), [ann, shut(bob!), shut(fees!)]);
  t.same(asked, [ann, bob, fees].map((leg) => `account ${leg!.accountId}`));
  t.strictSame((await legs('rent')).map((leg: object) => Object.keys(leg).includes('memo')), [true, false], 'the payee\'s copy of the memo is not the payer\'s branch\'s to see');
  principal = reader({ scope: 'branch', branches: new Set(['b2']) });
  t.strictSame(await legs(), [shut(ann!), bob, shut(fees!)], 'the payee\'s side');
  principal = reader({ scope: 'branch', branches: new Set(['b1', 'b2', 'head-office']) });
  t.strictSame(await legs(), [ann, bob, fees]);
  principal = reader({ scope: 'branch', branches: new Set(['b3']) });
  const [beyond, absent] = [await get(`/v1/transfers/${idOf('with-fee')}`), await get(`/v1/transfers/${idOf('nobody')}`)];
  t.match(beyond, { status: 403, body: { code: 'outside_scope' } });
  t.same({ ...beyond.body, instance: '' }, { ...absent.body, instance: '' }, 'what is not there is answered the same');
  asked.length = 0;
  principal = reader({ scope: 'all' });
  t.strictSame(await legs(), [ann, bob, fees]);
  t.equal((await get(`/v1/transfers/${idOf('nobody')}`)).status, 404);
  t.same(asked, [], 'for who reaches all nothing is looked up');
});

test('whose a movement is: the payer\'s first, the bank\'s own accounts nobody\'s', skipUnless('postgres'), async (t) => {
  const { database: { store } } = await bank(t);
  t.same(await partiesOf(store, 'movement', idOf('rent')), [ANN, BOB]);
  t.same(await partiesOf(store, 'movement', idOf('undo-rent')), [BOB, ANN]);
  t.same(await partiesOf(store, 'movement', idOf('yen')), [ANN]);
  t.equal(await partiesOf(store, 'movement', idOf('nobody')), undefined);
});

test('holds, one and all', skipUnless('postgres'), async (t) => {
  const { get } = await bank(t);
  const hotel = {
    id: idOf('hotel'), accountId: idOf('ann'), money: cny('20.00'), captured: cny('15.00'), status: 'captured', placedAt: '2026-03-02T10:00:10.000Z',
    expiresAt: '2026-03-09T00:00:00.000Z', endedAt: '2026-03-02T11:00:00.000Z', to: idOf('bob'), movementId: idOf('checked-out'), memo: 'hotel Yangzi',
  };
  t.match((await get(`/v1/holds/${idOf('hotel')}`)).body, hotel);
  const ids = async (query: string) => (await get(`/v1/accounts/${idOf('ann')}/holds${query}`)).body.items.map((item: { id: string }) => item.id);
  t.same(await ids(''), [idOf('taxi'), idOf('hotel')]);
  t.same(await ids('?status=expired'), [idOf('taxi')]);
  const { nextCursor } = (await get(`/v1/accounts/${idOf('ann')}/holds?limit=1`)).body;
  t.same(await ids(`?limit=1&cursor=${nextCursor}`), [idOf('hotel')]);
});

test('the trial balance now, as of a moment, and as booked', skipUnless('postgres'), async (t) => {
  const { get } = await bank(t);
  const totals = async (query: string) => (await get(`/v1/ledger/trial-balance${query}`)).body.currencies.map(({ lines: _, ...rest }: { lines: unknown }) => rest);
  const row = (currency: string, sum: string, accounts: number) => ({ currency, debit: sum, credit: sum, difference: currency === 'JPY' ? '0' : '0.00', accounts });
  const jpy = row('JPY', '1000', 2);
  t.strictSame(await totals(''), [row('CNY', '190.00', 4), jpy]);
  t.strictSame(await totals('?asOf=2026-03-01T09:00:30.499Z'), []);
  t.strictSame(await totals('?asOf=2026-03-01T09:00:30.500Z'), [row('CNY', '100.00', 2)]);
  t.strictSame(await totals('?asOf=2026-03-01T09:01:00Z'), [row('CNY', '130.00', 3)]);
  t.strictSame(await totals(`?asOf=${encodeURIComponent('2026-03-01T17:01:00+08:00')}`), [row('CNY', '130.00', 3)], 'with an offset');
  t.strictSame(await totals('?asOf=2026-03-02T10:30:00Z'), [row('CNY', '141.00', 4), row('JPY', '500', 2)]);
  t.strictSame(await totals('?asOf=9999-12-31T23:59:59.999Z'), await totals(''));
  t.strictSame(await totals('?bookedAsOf=2026-02-27'), []);
  t.strictSame(await totals('?bookedAsOf=2026-02-28'), [row('CNY', '4.00', 2)], 'booked late, yet on its own day');
  t.strictSame(await totals('?bookedAsOf=2026-03-02'), [row('CNY', '160.00', 4), row('JPY', '500', 2)]);
  const { currencies: [first] } = (await get('/v1/ledger/trial-balance')).body;
  t.strictSame(first.lines, [
    { kind: 'customer', product: 'current-overdraft', normalSide: 'credit', debit: '30.00', credit: '55.00', balance: '25.00', accounts: 1 },
    { kind: 'customer', product: 'demand-savings', normalSide: 'credit', debit: '60.00', credit: '130.00', balance: '70.00', accounts: 1 },
    { kind: 'general-ledger', product: 'gl-cash', normalSide: 'debit', debit: '100.00', credit: '4.00', balance: '96.00', accounts: 1 },
    { kind: 'general-ledger', product: 'gl-fees', normalSide: 'credit', debit: '0.00', credit: '1.00', balance: '1.00', accounts: 1 },
  ]);
});

test('what is absent is 404 with its code; what is wrong is 400 naming the parameter', skipUnless('postgres'), async (t) => {
  const { get } = await bank(t);
  for (const id of ['nonsense', '11111111-1111-1111-1111-111111111111'])
    for (const path of [`/v1/accounts/${id}`, `/v1/accounts/${id}/transactions`, `/v1/accounts/${id}/holds`, `/v1/holds/${id}`, `/v1/transfers/${id}`]) {
      const { status, body } = await get(path);
      t.same([status, body.errors?.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`)], [400, ['path:id format']], path);
    }
  for (const id of [idOf('nobody'), idOf('nobody').toUpperCase()]) {
    for (const [path, code] of [
      [`/v1/accounts/${id}`, 'account_not_found'], [`/v1/accounts/${id}/transactions`, 'account_not_found'], [`/v1/accounts/${id}/holds`, 'account_not_found'],
      [`/v1/holds/${id}`, 'hold_not_found'], [`/v1/transfers/${id}`, 'movement_not_found'],
    ] as const) {
      const { status, body } = await get(path);
      t.same([status, body.code], [404, code], path);
    }
  }
  const ann = `/v1/accounts/${idOf('ann')}`;
  const other = (await get(`${ann}/transactions?limit=1`)).body.nextCursor;
  for (const [path, ...pointers] of [
    ['/v1/accounts?customerId=17', '?customerId'], ['/v1/accounts?status=merry&currency=XYZ', '?currency', '?status'], ['/v1/accounts?colour=red', '?colour'],
    ['/v1/accounts?limit=0', '?limit'], ['/v1/accounts?limit=201', '?limit'], ['/v1/accounts?cursor=x', '?cursor'], [`/v1/accounts?cursor=${other}`, '?cursor'],
    [`${ann}/transactions?from=2026-02-30`, '?from'], [`${ann}/transactions?from=2026-03-02&to=2026-03-01`, '?to'], [`${ann}/transactions?from=0000-01-01`, '?from'],
    [`${ann}/transactions?side=left&kind=gift`, '?side', '?kind'], [`${ann}/transactions?side=debit&cursor=${other}`, '?cursor'], [`${ann}/holds?status=gone`, '?status'],
    ['/v1/ledger/trial-balance?asOf=yesterday', '?asOf'], ['/v1/ledger/trial-balance?asOf=0000-01-01T00:00:00Z', '?asOf'], ['/v1/ledger/trial-balance?bookedAsOf=2026-13-01', '?bookedAsOf'],
    ['/v1/ledger/trial-balance?asOf=2026-03-01T00:00:00Z&bookedAsOf=2026-03-01', '?asOf', '?bookedAsOf'], [`${ann}?after=soon`, '?after'],
  ] as const) {
    const { status, body } = await get(path);
    t.same([status, body.code, body.errors?.map((error: { pointer: string }) => error.pointer)], [400, 'request_invalid', pointers], path);
  }
  t.same((await get(`${ann}?after=99999999`)).body.code, 'read_behind');
});
