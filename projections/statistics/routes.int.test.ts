import { parse } from 'csv-parse/sync';
import { pino } from 'pino';
import { test, type Test } from 'tap';
import { viewsFrom, everythingClear, type Views } from '../../shared/access/data-classes.js';
import type { Permission } from '../../shared/access/permissions.js';
import type { Permit } from '../../shared/access/rights.js';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import type { Principal } from '../../shared/http/context.js';
import { buildServer } from '../../shared/http/server.js';
import { documented } from '../../shared/http/testing/documented.js';
import { noAccessLog } from '../../shared/http/testing/no-access-log.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { idOf } from '../ledger/testing/story.js';
import { ANN, BOB, twoCustomers } from '../ledger/testing/two-customers.js';
import { statisticsProjection } from './projection.js';
import { statisticsRoutes } from './routes.js';

const CSV = { accept: 'text/csv' };

async function bank(t: Test, { built = true } = {}) {
  const database = await readDatabase(t, statisticsProjection);
  if (built) await database.apply(await twoCustomers().sealed(createMemoryVault()));
  else await database.query('drop schema statistics cascade');
  const waited: string[] = [];
  const reader = { permits: [{ scope: 'all' }] as readonly Permit[], views: everythingClear as Views, people: [[ANN], [BOB]] as readonly (readonly string[])[] };
  const principal = (): Principal => ({
    id: 'reader', role: 'reader', channel: 'counter',
    rights: { holder: 'reader', permits: new Map((['accounts.read', 'statistics.read'] as Permission[]).map((name) => [name, reader.permits])), views: reader.views },
  });
  const server = documented(await buildServer({
    modules: [statisticsRoutes({ store: database.store, idsOf: async (id) => reader.people.find((ids) => ids.includes(id)) ?? [id] })],
    authenticate: principal, logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32), accessLog: noAccessLog, checks: {},
    findTarget: async ({ kind, id }) => (kind === 'account' && id === idOf('ann') ? { branch: 'b1', customers: [ANN] } : undefined),
    readWait: async (projection, position) => waited.push(projection) > 0 && position < 1_000_000n,
  }));
  t.teardown(() => server.close());
  const send = async (url: string, headers: Record<string, string> = {}) => server.inject({ url, headers });
  return { reader, waited, send, get: async (url: string) => (await send(url)).json() };
}

const [ann, bob] = [`/v1/accounts/${idOf('ann')}/statistics`, `/v1/accounts/${idOf('bob')}/statistics`];
const spring = 'from=2026-02&to=2026-04';
const flow = (incoming: string, outgoing: string, net: string, entries: number) => ({ in: incoming, out: outgoing, net, entries });
const none = flow('0.00', '0.00', '0.00', 0);

test('an account\'s income and expense by month and kind: booked back on its own day, undone on the day it was undone', skipUnless('postgres'), async (t) => {
  const { get, waited } = await bank(t);
  t.strictSame(await get(`${ann}/flows?${spring}&after=7`), {
    from: '2026-02', to: '2026-04',
    currencies: [{
      currency: 'CNY', ...flow('130.00', '60.00', '70.00', 6),
      months: [
        { month: '2026-02', ...flow('0.00', '4.00', '-4.00', 1), kinds: [{ kind: 'withdrawal', ...flow('0.00', '4.00', '-4.00', 1) }] },
        {
          month: '2026-03', ...flow('130.00', '56.00', '74.00', 5), kinds: [
            { kind: 'deposit', ...flow('100.00', '0.00', '100.00', 1) }, { kind: 'transfer', ...flow('0.00', '41.00', '-41.00', 2) },
            { kind: 'reversal', ...flow('30.00', '0.00', '30.00', 1) }, { kind: 'hold-capture', ...flow('0.00', '15.00', '-15.00', 1) },
          ],
        },
        { month: '2026-04', ...none, kinds: [] },
      ],
    }],
  });
  t.same(waited, ['statistics']);
  const cash = (await get(`/v1/accounts/${idOf('cash')}/statistics/flows?${spring}`)).currencies[0];
  t.match(cash, flow('100.00', '4.00', '96.00', 2), 'of the bank\'s own accounts, what raises the balance comes in');
});

test('a person\'s accounts count together; what they pay each other is neither in nor out, merged records included', skipUnless('postgres'), async (t) => {
  const { get, reader } = await bank(t);
  const flows = async (customer: string) => (await get(`/v1/customers/${customer}/statistics/flows?from=2026-03&to=2026-03`)).currencies;
  const [cny, jpy] = await flows(ANN.toUpperCase());
  t.match(cny, { currency: 'CNY', ...flow('130.00', '56.00', '74.00', 5), own: '0.00' });
  t.match(jpy, { currency: 'JPY', ...flow('500', '500', '0', 2), own: '0' });
  reader.people = [[ANN, BOB]];
  const [both] = await flows(ANN);
  t.strictSame(both.months[0].kinds, [
    { kind: 'deposit', ...flow('100.00', '0.00', '100.00', 1), own: '0.00' }, { kind: 'transfer', ...flow('0.00', '1.00', '-1.00', 4), own: '40.00' },
    { kind: 'reversal', ...flow('0.00', '0.00', '0.00', 2), own: '30.00' }, { kind: 'hold-capture', ...flow('0.00', '0.00', '0.00', 2), own: '15.00' },
  ], 'the fee alone has left them');
  t.strictSame(await flows(BOB), await flows(ANN));
  t.strictSame(await flows(idOf('nobody')), [], 'whoever has no account has no flows');
});

test('balances over time: days without movement are there, a month ends on its last day', skipUnless('postgres'), async (t) => {
  const { get } = await bank(t);
  const { currencies: [days] } = await get(`${ann}/balances?from=2026-02-27&to=2026-03-04`);
  t.strictSame(days, {
    currency: 'CNY', opening: '0.00', closing: '70.00', average: '40.33', points: [['02-27', '0.00'], ['02-28', '-4.00'], ['03-01', '66.00'], ['03-02', '40.00'], ['03-03', '70.00'], ['03-04', '70.00']]
      .map(([date, balance]) => ({ date: `2026-${date}`, balance })),
  }, 'the withdrawal that came late counts from its day on');
  const { currencies: [months] } = await get(`${ann}/balances?from=2026-02-28&to=2026-04-02&step=month`);
  t.strictSame(months.points, [{ date: '2026-02-28', balance: '-4.00', average: '-4.00' }, { date: '2026-03-31', balance: '70.00', average: '68.90' }, { date: '2026-04-02', balance: '70.00', average: '70.00' }]);
  const { currencies } = await get(`/v1/customers/${ANN}/statistics/balances?from=2026-03-02&to=2026-03-03`);
  t.strictSame(currencies.map(({ currency, points }: { currency: string; points: { balance: string }[] }) => [currency, ...points.map(({ balance }) => balance)]), [['CNY', '40.00', '70.00'], ['JPY', '500', '0']]);
});

test('the balance sheet says who owes whom, now and as of a day', skipUnless('postgres'), async (t) => {
  const { get } = await bank(t);
  const sheet = await get(`/v1/customers/${ANN}/balance-sheet?asOf=2026-02-28`);
  t.strictSame(sheet, {
    asOf: '2026-02-28',
    accounts: [
      { accountId: idOf('ann'), accountNumber: '6200000003', product: 'demand-savings', currency: 'CNY', owedToCustomer: '0.00', owedByCustomer: '4.00', net: '-4.00' },
      { accountId: idOf('ann-jpy'), accountNumber: '6200000005', product: 'demand-savings', currency: 'JPY', owedToCustomer: '0', owedByCustomer: '0', net: '0' },
    ],
    currencies: [{ currency: 'CNY', owedToCustomer: '0.00', owedByCustomer: '4.00', net: '-4.00' }, { currency: 'JPY', owedToCustomer: '0', owedByCustomer: '0', net: '0' }],
  });
  t.match((await get(`/v1/customers/${ANN}/balance-sheet`)).currencies[0], { owedToCustomer: '70.00', owedByCustomer: '0.00' });
});

test('a branch\'s flows are seen by who reaches it', skipUnless('postgres'), async (t) => {
  const { get, reader } = await bank(t);
  const flows = async (query = '') => (await get(`/v1/ledger/statistics/flows?${spring}${query}`)).flows;
  const rows = async (query?: string) => (await flows(query)).map(({ month, branch, kind, channel, currency, in: incoming, out, entries }: Record<string, string>) => [month, branch, kind, channel, currency, incoming, out, entries].join(' '));
  const b0101 = [
    '2026-02 0101 withdrawal counter CNY 0.00 4.00 1', '2026-03 0101 deposit counter CNY 100.00 0.00 1', '2026-03 0101 hold-capture counter CNY 0.00 15.00 1',
    '2026-03 0101 reversal counter CNY 30.00 0.00 1', '2026-03 0101 transfer counter CNY 0.00 41.00 2',
  ];
  const headOffice = [
    '2026-03 head-office deposit counter JPY 500 0 1', '2026-03 head-office hold-capture counter CNY 15.00 0.00 1', '2026-03 head-office reversal counter CNY 0.00 30.00 1',
    '2026-03 head-office transfer counter CNY 40.00 0.00 2', '2026-03 head-office withdrawal counter JPY 0 500 1',
  ];
  t.strictSame((await rows()).sort(), [...b0101, ...headOffice]);
  t.strictSame(await rows('&branch=0101&currency=CNY'), b0101);
  t.strictSame(await rows('&currency=JPY'), [headOffice[0], headOffice[4]]);
  reader.permits = [{ scope: 'branch', branches: new Set(['0101']) }];
  t.strictSame(await rows(), b0101);
  t.strictSame(await rows('&branch=head-office'), [], 'no more is said of a branch beyond reach than of one that is not there');
  reader.permits = [{ scope: 'portfolio' }];
  t.strictSame(await rows(), []);
});

test('as CSV the same, one currency to a column; what is hidden or masked in the JSON is so here', skipUnless('postgres'), async (t) => {
  const { send, get, reader } = await bank(t);
  const file = await send(`${ann}/flows?${spring}`, CSV);
  t.match(file.headers, { 'content-type': 'text/csv; charset=utf-8; header=present', 'content-disposition': `attachment; filename=flows-account-${idOf('ann')}-2026-02-2026-04.csv`, vary: 'accept' });
  t.equal(file.body, ['month,kind,in (CNY),out (CNY),net (CNY),entries (CNY)', '2026-02,withdrawal,0.00,4.00,-4.00,1', '2026-03,deposit,100.00,0.00,100.00,1', '2026-03,hold-capture,0.00,15.00,-15.00,1',
    '2026-03,reversal,30.00,0.00,30.00,1', '2026-03,transfer,0.00,41.00,-41.00,2', ''].join('\r\n'));
  t.match((await send(`${ann}/flows?${spring}`, { accept: 'text/csv;q=0.5, application/json' })).headers['content-type'], /^application\/json/);
  t.match((await send(`${ann}/flows?${spring}`, { accept: '*/*' })).headers['content-type'], /^application\/json/);
  const lines = async (url: string) => parse((await send(url, CSV)).body, { bom: false, skip_empty_lines: false }) as string[][];
  t.strictSame(await lines(`/v1/customers/${ANN}/statistics/balances?from=2026-03-01&to=2026-04-30&step=month`), [
    ['date', 'closing balance (CNY)', 'average balance (CNY)', 'closing balance (JPY)', 'average balance (JPY)'], ['2026-03-31', '70.00', '68.90', '0', '16'], ['2026-04-30', '70.00', '70.00', '0', '0'],
  ]);
  t.strictSame((await lines(`/v1/customers/${ANN}/statistics/flows?from=2026-03&to=2026-03`)).slice(0, 2), [
    ['month', 'kind', 'in (CNY)', 'out (CNY)', 'net (CNY)', 'between own accounts (CNY)', 'entries (CNY)', 'in (JPY)', 'out (JPY)', 'net (JPY)', 'between own accounts (JPY)', 'entries (JPY)'],
    ['2026-03', 'deposit', '100.00', '0.00', '100.00', '0.00', '1', '500', '0', '500', '0', '1'],
  ]);
  const sheet = `/v1/customers/${ANN}/balance-sheet`;
  t.strictSame(await lines(sheet), [
    ['account', 'product', 'owed to the customer (CNY)', 'owed by the customer (CNY)', 'owed to the customer (JPY)', 'owed by the customer (JPY)'],
    ['6200000003', 'demand-savings', '70.00', '0.00', '', ''], ['6200000005', 'demand-savings', '', '', '0', '0'],
  ]);
  t.match((await lines(`/v1/ledger/statistics/flows?${spring}`))[1], ['2026-02', '0101', 'withdrawal', 'counter', '0.00', '4.00', '-4.00', '1', '', '', '', '']);

  reader.views = viewsFrom({ 'account-number': 'masked', movements: 'clear' });
  const masked = (await get(sheet)).accounts[0].accountNumber;
  t.strictSame((await lines(sheet))[1], [masked, 'demand-savings', '', '', '', ''], 'balances hidden, the number masked');
  t.not(masked, '6200000003');
  t.notMatch((await send(`${ann}/flows?${spring}`)).body, /\d\.\d/, 'all movements added up are the balance: hidden with it');
  t.strictSame((await lines(`${ann}/flows?${spring}`))[1], ['2026-02', 'withdrawal', '', '', '', '']);
  t.strictSame((await lines(`${ann}/balances?from=2026-03-01&to=2026-03-02`)), [['date', 'closing balance (CNY)'], ['2026-03-01', ''], ['2026-03-02', '']]);
  for (const balances of ['masked', 'hidden'] as const) {
    reader.views = viewsFrom({ balances, movements: 'clear' });
    t.notMatch((await send(`${ann}/flows?${spring}`)).body, /\d\.\d/, balances);
  }
  for (const movements of ['masked', 'hidden'] as const) {
    reader.views = viewsFrom({ balances: 'clear', movements });
    for (const url of [`${ann}/flows?${spring}`, `/v1/ledger/statistics/flows?${spring}`]) t.strictSame(await get(url), { from: '2026-02', to: '2026-04' }, `movements ${movements}`);
    t.equal((await send(`${ann}/flows?${spring}`, CSV)).body, 'month,kind\r\n');
  }
});

test('what is wrong names the parameter, what is absent or beyond reach is refused, as CSV too', skipUnless('postgres'), async (t) => {
  const { send, reader } = await bank(t);
  for (const [url, ...faults] of [
    [`${ann}/flows`, '?from required', '?to required'], [`${ann}/flows?from=2026-13&to=2026-1`, '?from format', '?to format'], [`${ann}/flows?from=2026-03&to=2026-02`, '?to out_of_range'],
    [`${ann}/flows?from=2016-01&to=2026-01`, '?to out_of_range'], [`${ann}/flows?from=0000-01&to=2026-01`, '?from out_of_range'], [`${ann}/balances?from=2026-02-30&to=2026-03-01`, '?from format'],
    [`${ann}/balances?from=2020-01-01&to=2026-01-01`, '?to out_of_range'], [`${ann}/balances?from=2020-01-01&to=2026-01-01&step=week`, '?step not_allowed', '?to out_of_range'],
    [`${ann}/balances?from=2010-01-01&to=2026-01-01&step=month`, '?to out_of_range'], [`/v1/customers/${ANN}/balance-sheet?asOf=2026-02-30`, '?asOf format'],
    [`/v1/ledger/statistics/flows?${spring}&currency=XYZ&branch=`, '?branch too_short', '?currency not_allowed'], ['/v1/accounts/x/statistics/flows?from=2026-01&to=2026-01', 'path:id format'],
  ] as const)
    for (const headers of [{}, CSV]) {
      const answer = await send(url, headers);
      t.same([answer.statusCode, answer.headers['content-type'], answer.json().errors?.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`).sort()], [400, 'application/problem+json; charset=utf-8', faults], url);
    }
  t.equal((await send(`${ann}/flows?from=2016-02&to=2026-01`)).statusCode, 200, 'ten years');
  t.equal((await send(`${ann}/balances?from=2016-01-01&to=2026-01-06&step=month`)).statusCode, 200);
  const nobody = await send(`/v1/accounts/${idOf('nobody')}/statistics/flows?${spring}`, CSV);
  t.same([nobody.statusCode, nobody.json().code, nobody.headers['content-disposition']], [404, 'account_not_found', undefined]);
  t.equal((await send(`${ann}/flows?${spring}&after=99999999`)).json().code, 'read_behind');
  reader.permits = [{ scope: 'branch', branches: new Set(['b1']) }];
  t.equal((await send(`${ann}/flows?${spring}`)).statusCode, 200);
  t.equal((await send(`${bob}/flows?${spring}`)).json().code, 'outside_scope');
  reader.permits = [];
  for (const url of [`${ann}/flows?${spring}`, `/v1/customers/${ANN}/balance-sheet`, `/v1/ledger/statistics/flows?${spring}`]) t.equal((await send(url)).json().code, 'permission_missing', url);
});

test('until they are built the answer says so', skipUnless('postgres'), async (t) => {
  const { send } = await bank(t, { built: false });
  const answer = await send(`${ann}/flows?${spring}`);
  t.same([answer.statusCode, answer.json().code], [503, 'read_behind']);
});
