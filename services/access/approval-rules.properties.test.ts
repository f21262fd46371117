import fc from 'fast-check';
import t from 'tap';
import { ruleFor, type RuledCommand } from '../../shared/access/approval-rules.js';
import type { Permission } from '../../shared/access/permissions.js';
import type { ApprovalRuleText } from '../../shared/events/access/values.js';
import { moneyOf } from '../../shared/kernel/money.js';
import { seed } from '../../shared/testing/seed.js';
import { isAsStrict } from './decide-approval-rules.js';
import { rulesInForce } from './rules-in-force.js';

const some = <T>(...all: T[]) => fc.uniqueArray(fc.constantFrom(...all), { minLength: 1 });
const ruleArb: fc.Arbitrary<ApprovalRuleText> = fc.record({
  title: fc.constant('T'), permission: fc.constantFrom('money.transfer', 'money.pay-out'), expiresAfterSeconds: fc.constant(1),
  above: fc.dictionary(fc.constantFrom('CNY', 'EUR'), fc.constantFrom('1.00', '2.00', '3.00')), fields: some('a', 'b', 'c'), roles: some('r', 's'), exemptRoles: some('r', 's'),
}, { requiredKeys: ['title', 'permission', 'expiresAfterSeconds'] });
const commandArb = fc.record({
  permissions: some<Permission>('money.transfer', 'money.pay-out'), role: fc.constantFrom('r', 's', 'u'), fields: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
  amounts: fc.array(fc.record({ amount: fc.constantFrom('1.00', '1.50', '2.00', '2.50', '9.00'), currency: fc.constantFrom('CNY', 'EUR', 'USD') }).map(moneyOf), { maxLength: 2 }),
});
const matches = (text: ApprovalRuleText, command: RuledCommand): boolean =>
  ruleFor(rulesInForce({ approvalRules: new Map([['x', { ...text, status: 'current', revision: 0n }]]) }), command) !== undefined;

t.test('a rule that is called as strict holds back whatever the one before did', async (t) => {
  t.comment(`seed ${seed}`);
  let strict = 0;
  let loosened = 0;
  fc.assert(fc.property(ruleArb, ruleArb, fc.boolean(), fc.array(commandArb, { minLength: 20, maxLength: 20 }), (before, other, changesOne, commands) => {
    const after = changesOne ? { ...before, ...Object.fromEntries(Object.entries(other).slice(0, 4)) } as ApprovalRuleText : other;
    const isLooser = commands.some((command) => matches(before, command) && !matches(after, command));
    if (isAsStrict(before, after)) strict++;
    if (isLooser) loosened++;
    return !(isLooser && isAsStrict(before, after));
  }), { numRuns: 2_000, seed });
  t.ok(strict > 50 && loosened > 50, `both kinds came up: ${strict} as strict, ${loosened} looser`);
});
