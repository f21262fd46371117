import t from 'tap';
import type { CurrencyCode, Money } from '../kernel/money.js';
import { ruleFor, type ApprovalRule, type RuledCommand } from './approval-rules.js';

const rule = (conditions: Partial<ApprovalRule> = {}): ApprovalRule => ({ name: 'r', permission: 'money.transfer', expiresAfterMs: 1, ...conditions });
const command = (more: Partial<RuledCommand> = {}): RuledCommand => ({ permissions: ['money.transfer'], role: 'teller', amounts: [], fields: [], ...more });
const money = (minor: bigint, currency: CurrencyCode): Money => ({ minor, currency });
const cny = (minor: bigint) => money(minor, 'CNY');
const above = new Map([['CNY' as const, 100n]]);

const cases: readonly [string, boolean, Partial<ApprovalRule>, Partial<RuledCommand>][] = [
  ['the permission alone', true, {}, {}],
  ['another permission', false, {}, { permissions: ['money.hold'] }],
  ['a permission that the body asks for beyond', true, { permission: 'ledger.post' }, { permissions: ['money.transfer', 'ledger.post'] }],
  ['an amount at the threshold', false, { above }, { amounts: [cny(100n)] }],
  ['an amount above', true, { above }, { amounts: [cny(101n)] }],
  ['one of several above', true, { above }, { amounts: [cny(1n), cny(101n)] }],
  ['a currency that the rule does not name', true, { above }, { amounts: [money(1n, 'USD')] }],
  ['an amount that the request does not tell', true, { above }, {}],
  ['a field that is named', true, { fields: ['phones', 'name'] }, { fields: ['name', 'email'] }],
  ['no field that is named', false, { fields: ['phones'] }, { fields: ['email'] }],
  ['an exempt role', false, { exemptRoles: ['teller'] }, {}],
  ['another role exempt', true, { exemptRoles: ['administrator'] }, {}],
  ['one condition of two', false, { above, fields: ['memo'] }, { amounts: [cny(101n)], fields: ['money'] }],
  ['both', true, { above, fields: ['memo'] }, { amounts: [cny(101n)], fields: ['memo'] }],
  ['deciding itself', false, { permission: 'approvals.decide' }, { permissions: ['approvals.decide'] }],
  ['what is one\'s own', false, { permission: 'self.use' }, { permissions: ['self.use'] }],
];

for (const [name, asks, conditions, sent] of cases) t.test(`${name}: ${asks ? 'waits' : 'runs'}`, async (t) => t.equal(ruleFor([rule(conditions)], command(sent)) !== undefined, asks));

t.test('the first that matches is named', async (t) => {
  t.equal(ruleFor([rule({ name: 'a', fields: ['x'] }), rule({ name: 'b' }), rule({ name: 'c' })], command())?.name, 'b');
  t.equal(ruleFor([], command()), undefined);
});
