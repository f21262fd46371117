import t from 'tap';
import { viewsFrom } from './data-classes.js';
import { allRights, decideAccess, joined, reachOf, type Permit, type Rights } from './rights.js';
import type { Permission } from './permissions.js';

const holding = (permits: readonly [Permission, ...Permit[]][]): Rights => ({ holder: 'anna', permits: new Map(permits.map(([name, ...held]) => [name, held])), views: viewsFrom({}) });
const branch = (...codes: string[]): Permit => ({ scope: 'branch', branches: new Set(codes) });
const cny = (minor: bigint) => ({ minor, currency: 'CNY' as const });
const customers = ['c1'];

t.test('refusals in their order of precedence', async (t) => {
  const rights = holding([['money.pay-out', { ...branch('b1'), limits: new Map([['CNY', 100n]]) }]]);
  const rows: [string, Parameters<typeof decideAccess>[1], ReturnType<typeof decideAccess>][] = [
    ['nothing held: first, whatever else is wrong', { permission: 'money.reverse', target: { branch: 'b2', customers }, amounts: [cny(101n)] }, 'permission_missing'],
    ['another branch, and too much', { permission: 'money.pay-out', target: { branch: 'b2', customers }, amounts: [cny(101n)] }, 'outside_scope'],
    ['no branch is the head office', { permission: 'money.pay-out', target: { customers } }, 'outside_scope'],
    ['too much', { permission: 'money.pay-out', target: { branch: 'b1', customers }, amounts: [cny(100n), cny(101n)] }, 'amount_over_limit'],
    ['a currency without a limit where there are limits', { permission: 'money.pay-out', target: { branch: 'b1', customers }, amounts: [{ minor: 1n, currency: 'EUR' }] }, 'amount_over_limit'],
    ['just the limit', { permission: 'money.pay-out', target: { branch: 'b1', customers }, amounts: [cny(100n)] }, undefined],
    ['no record: the reach is for the query', { permission: 'money.pay-out' }, undefined],
  ];
  for (const [title, demand, expected] of rows) t.equal(decideAccess(rights, demand), expected, title);
});

t.test('one permit must allow the whole: scope of one and limit of another do not add up', async (t) => {
  const rights = holding([['money.pay-out', { ...branch('b1') }, { scope: 'all', limits: new Map([['CNY', 100n]]) }]]);
  t.equal(decideAccess(rights, { permission: 'money.pay-out', target: { branch: 'b1', customers }, amounts: [cny(1000n)] }), undefined);
  t.equal(decideAccess(rights, { permission: 'money.pay-out', target: { branch: 'b2', customers }, amounts: [cny(1000n)] }), 'amount_over_limit');
  t.equal(decideAccess(rights, { permission: 'money.pay-out', target: { branch: 'b2', customers }, amounts: [cny(100n)] }), undefined);
});

t.test('portfolio and own', async (t) => {
  const rights = holding([['customers.read', { scope: 'portfolio' }], ['accounts.read', { scope: 'own' }]]);
  t.equal(decideAccess(rights, { permission: 'customers.read', target: { manager: 'anna', customers } }), undefined);
  t.equal(decideAccess(rights, { permission: 'customers.read', target: { manager: 'ben', customers } }), 'outside_scope');
  t.equal(decideAccess(rights, { permission: 'customers.read', target: { customers: ['anna'] } }), 'outside_scope');
  t.equal(decideAccess(rights, { permission: 'accounts.read', target: { customers: ['ben', 'anna'] } }), undefined);
  t.equal(decideAccess(rights, { permission: 'accounts.read', target: { customers: ['ben'] } }), 'outside_scope');
});

t.test('what a list may hold', async (t) => {
  const rights = holding([['customers.search', branch('b2', 'b1'), branch('b1'), { scope: 'portfolio' }]]);
  t.same(reachOf(rights, 'customers.search'), { everything: false, branches: ['b1', 'b2'], manager: 'anna' });
  t.same(reachOf(rights, 'accounts.read'), { everything: false, branches: [] }, 'nothing held, nothing reached');
  t.same(reachOf(allRights('root'), 'customers.search'), { everything: true, branches: [] });
});

t.test('several roles: every permit, the clearest view', async (t) => {
  const rights = joined('anna', [
    { permits: new Map([['customers.read', [branch('b1')]]]), views: viewsFrom({ name: 'masked', contact: 'clear' }) },
    { permits: new Map([['customers.read', [{ scope: 'portfolio' as const }]]]), views: viewsFrom({ name: 'clear' }) },
  ]);
  t.equal(rights.permits.get('customers.read')!.length, 2);
  t.same([rights.views.name, rights.views.contact, rights.views.income], ['clear', 'clear', 'hidden']);
});
