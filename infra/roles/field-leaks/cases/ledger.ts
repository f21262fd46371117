import type { Reader } from '../facts.js';
import type { RouteCase } from '../route-case.js';
import { UNKNOWN, type Target, type World } from '../world.js';

const money = (amount: string) => ({ amount, currency: 'CNY' });
const key = (name: string) => ({ headers: { 'idempotency-key': name } });
/** By whom holders of other branches may be named, and are therefore told from who is not there. */
const namesAnybody = ({ held }: Reader): boolean => held.some(({ permission }) => permission === 'accounts.any-holder');
/** The spare account, within reach of NORTH, and another beyond. */
const changing = ({ accounts, spare }: World): Target[] => [{ id: spare.account, owners: accounts[0]!.owners }, accounts[1]!];
const of = (targets: (world: World) => readonly Target[]) => ({ targets, unknown: UNKNOWN });
const counter = { channel: 'counter' };

export const ledgerCases: readonly RouteCase[] = [
  { route: 'GET /v1/products', permission: 'self.use' },
  {
    route: 'GET /v1/accounts', permission: 'accounts.read', ...of(({ customers }) => customers),
    requests: (world, customer) => [{}, { query: `customerId=${customer}` }, { query: `customerId=${customer}&limit=1` }, { query: `accountNumber=${world.facts.all.findLast(({ dataClass }) => dataClass === 'account-number')!.clear}` }],
    asksBy: {
      customerId: { hit: (world) => world.customers[0]!.id },
      accountNumber: { dataClass: 'account-number', maskedWillDo: true, hit: (world) => world.facts.all.find(({ dataClass }) => dataClass === 'account-number')!.clear, miss: '6299999999' },
      product: { hit: () => 'demand-savings' }, currency: { hit: () => 'CNY' }, status: { hit: () => 'open' }, kind: { hit: () => 'customer' },
    },
  },
  { route: 'GET /v1/accounts/{id}', permission: 'accounts.read', ...of(({ accounts }) => accounts) },
  {
    route: 'POST /v1/accounts/{id}/unmask', permission: 'customers.unmask', unmasks: true, ...of(({ accounts }) => accounts),
    requests: () => ['accountNumber', 'balance', 'surplus'].map((field) => ({ body: { fields: [field], reason: 'case 71 of the walk' } })),
  },
  { route: 'GET /v1/accounts/{id}/holds', permission: 'accounts.read', ...of(({ accounts }) => accounts), requests: () => [{}, { query: 'limit=1' }, { query: 'status=active' }] },
  {
    route: 'GET /v1/accounts/{id}/transactions', permission: 'accounts.read', ...of(({ accounts }) => accounts),
    requests: () => [{}, { query: 'limit=1' }, { query: 'side=credit&kind=deposit' }, { query: 'from=2020-01-01&to=2099-01-01' }, { query: 'from=2021-01-01&to=2020-01-01' }],
  },
  { route: 'GET /v1/transfers/{id}', permission: 'accounts.read', ...of(({ movements }) => movements) },
  { route: 'GET /v1/holds/{id}', permission: 'accounts.read', ...of(({ holds }) => holds) },
  { route: 'GET /v1/ledger/trial-balance', permission: 'ledger.read', requests: () => [{}, { query: 'asOf=2099-01-01T00:00:00Z' }, { query: 'bookedAsOf=2020-01-01' }] },

  {
    route: 'POST /v1/accounts', permission: 'accounts.open', ...of(({ customers, spare }) => [{ id: spare.customer, owners: customers[0]!.owners }, customers[1]!]),
    requests: ({ spare }, id, reader) => [
      { body: { customerId: id, product: 'demand-savings', currency: 'USD' }, ...key('open') }, { body: { customerId: id, product: 'none', currency: 'USD' } },
      ...(namesAnybody(reader) ? [] : [{ body: { customerId: spare.customer, holders: [{ customerId: id, role: 'joint-owner' }], product: 'demand-savings', currency: 'USD' }, ...key('joint') }]),
    ],
  },
  { route: 'PUT /v1/accounts/{id}/holders', permission: 'accounts.maintain', ...of(changing), requests: ({ spare, customers }) => [{ body: { holders: [{ customerId: spare.customer, role: 'owner' }, { customerId: customers[0]!.id, role: 'signatory' }], reason: 'none' }, ...key('holders') }] },
  ...(['deposits', 'withdrawals'] as const).map((kind): RouteCase => ({
    route: `POST /v1/accounts/{id}/${kind}`, permission: kind === 'deposits' ? 'money.pay-in' : 'money.pay-out', ...of(changing),
    requests: () => [{ body: { ...counter, money: money('1.00') }, ...key(kind) }, { body: { ...counter, money: money('2.00') }, ...key(kind) }, { body: { ...counter, money: money('99999999.00') }, ...key(`${kind}-much`) }, { body: { money: 'x' }, ...key('no') }],
  })),
  { route: 'POST /v1/accounts/{id}/holds', permission: 'money.hold', ...of(changing), requests: () => [{ body: { money: money('1.00') }, ...key('hold') }, { body: { money: money('190000.00') }, ...key('hold-much') }] },
  { route: 'POST /v1/holds/{id}/capture', permission: 'money.hold', ...of(({ holds, accounts, spare }) => [{ id: spare.hold, owners: accounts[0]!.owners }, holds[1]!]), requests: () => [{ body: { money: money('1.00') }, ...key('capture') }] },
  { route: 'POST /v1/holds/{id}/release', permission: 'money.hold', ...of(({ holds, accounts, spare }) => [{ id: spare.otherHold, owners: accounts[0]!.owners }, holds[1]!]), requests: () => [{ body: {}, ...key('release') }] },
  { route: 'POST /v1/accounts/{id}/freeze', permission: 'accounts.freeze', ...of(changing), requests: () => [{ body: { mode: 'debit-only', reason: 'walk' }, ...key('freeze') }] },
  { route: 'POST /v1/accounts/{id}/unfreeze', permission: 'accounts.freeze', ...of(changing), requests: () => [{ body: { reason: 'walk' }, ...key('unfreeze') }] },
  {
    route: 'POST /v1/transfers', permission: 'money.transfer', ...of(changing),
    requests: ({ spare, accounts }, from) => [
      { body: { from, to: spare.otherAccount, money: money('1.00') }, ...key('transfer') }, { body: { from, to: accounts[1]!.id, money: money('190000.00') }, ...key('much') }, { body: { from, to: UNKNOWN, money: money('1.00') }, ...key('nowhere') },
    ],
  },
  {
    route: 'POST /v1/transfers/batch', permission: 'money.transfer', neverGood: 'nobody here transfers everywhere',
    requests: ({ spare, accounts }) => [{ body: { atomic: false, transfers: [{ from: spare.otherAccount, to: accounts[1]!.id, money: money('1.00') }, { from: accounts[1]!.id, to: spare.otherAccount, money: money('99999999.00') }] }, ...key('batch') }],
  },
  { route: 'POST /v1/transfers/{id}/reversal', permission: 'money.reverse', ...of(({ movements, spare }) => [{ id: spare.movement, owners: movements[0]!.owners }, movements[1]!]), requests: () => [{ body: { reason: 'walk' }, ...key('reversal') }] },
  { route: 'POST /v1/accounts/{id}/close', permission: 'accounts.close', ...of(({ accounts, spare }) => [{ id: spare.closing, owners: accounts[0]!.owners }, accounts[1]!]), requests: ({ spare }) => [{ body: {}, ...key('close') }, { body: { to: spare.otherAccount }, ...key('close-to') }] },
];
