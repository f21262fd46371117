import t from 'tap';
import { everythingClear } from './data-classes.js';
import { decidingRights, forCommand } from './deciding-rights.js';
import type { Permission } from './permissions.js';
import { decideAccess, type Permit, type Rights } from './rights.js';

const at = (...branches: string[]): Permit => ({ scope: 'branch', branches: new Set(branches) });
const upTo = (permit: Permit, minor: bigint): Permit => ({ ...permit, limits: new Map([['CNY', minor]]) });
const of = (permit: Permit, ...commands: Permission[]): Permit => ({ ...permit, commands: new Set(commands) });
const rights = (decide: Permit[], transfer: Permit[] = []): Rights => ({ holder: 'x', permits: new Map([['approvals.decide', decide], ['money.transfer', transfer]]), views: everythingClear });

const rows: [title: string, rights: Rights, branch: string, minor: bigint, expected: string | undefined][] = [
  ['a permit that names the command, and no right to send it', rights([of(at('B1'), 'money.transfer')]), 'B1', 100n, undefined],
  ['at another branch', rights([of(at('B1'), 'money.transfer')]), 'B2', 100n, 'outside_scope'],
  ['up to its limit', rights([upTo(of(at('B1'), 'money.transfer'), 100n)]), 'B1', 100n, undefined],
  ['above its limit', rights([upTo(of(at('B1'), 'money.transfer'), 100n)]), 'B1', 101n, 'amount_over_limit'],
  ['another command', rights([of(at('B1'), 'money.pay-out')]), 'B1', 100n, 'permission_missing'],
  ['to send it is not to decide on it', rights([of({ scope: 'all' }, 'money.pay-out')], [{ scope: 'all' }]), 'B1', 100n, 'permission_missing'],
  ['a permit that names none, and the right to send it', rights([at('B1')], [at('B1')]), 'B1', 100n, undefined],
  ['without the right to send it', rights([at('B1')]), 'B1', 100n, 'permission_missing'],
  ['the right to send it only up to less', rights([at('B1')], [upTo(at('B1'), 99n)]), 'B1', 100n, 'amount_over_limit'],
  ['the right to send it only elsewhere', rights([at('B1')], [at('B2')]), 'B1', 100n, 'outside_scope'],
  ['the scope of one permit and the command of another', rights([at('B2'), of(at('B1'), 'money.pay-out')], [{ scope: 'all' }]), 'B1', 100n, 'permission_missing'],
  ['the limit of one permit and the scope of another', rights([of(at('B2'), 'money.transfer'), upTo(of(at('B1'), 'money.transfer'), 99n)]), 'B1', 100n, 'amount_over_limit'],
];
for (const [title, held, branch, minor, expected] of rows)
  t.test(`${title}: ${expected ?? 'may approve'}`, async (t) => {
    const about = { target: { branch, customers: [] }, amounts: [{ minor, currency: 'CNY' as const }] };
    t.equal(decideAccess(decidingRights(held, about), { permission: 'money.transfer', ...about }), expected);
  });

t.test('of permits to read, those for such a command', async (t) => {
  const held = rights([of(at('B1'), 'money.transfer'), at('B2')]);
  t.same(forCommand(held, 'approvals.decide', 'money.pay-out').permits.get('approvals.decide'), [at('B2')]);
  t.equal(forCommand(held, 'approvals.decide', 'money.transfer').permits.get('approvals.decide')!.length, 2);
});
