import fc from 'fast-check';
import t from 'tap';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { permissions, type Permission } from '../../shared/access/permissions.js';
import { decideAccess, type Rights } from '../../shared/access/rights.js';
import { amountText, type Money } from '../../shared/kernel/money.js';
import { seed } from '../../shared/testing/seed.js';
import type { AccessCommand } from './commands.js';
import { decide } from './decider.js';
import { rightsOf } from './held-rights.js';
import { keptRightsOf } from './rights-at-moments.js';
import { emptyState, type AccessState } from './state.js';
import { accessProcess, context } from './testing/access-log.js';
import { line, NaiveBank } from './testing/naive-bank.js';
import { any, assign, by, found, hire, HOUR, idOf, NOW, recorded, system } from './testing/staffed-state.js';

const STAFF = [1, 2, 3].map(idOf);
const BRANCHES = ['head-office', 'B1', 'B2', 'B3'];
const ROLES = ['teller', 'administrator', 'branch-manager', 'helper'];

const [staffId, branch, role] = [fc.constantFrom(...STAFF), fc.constantFrom(...BRANCHES), fc.constantFrom(...ROLES)] as const;
const permit = fc.record({
  permission: fc.constantFrom('money.pay-out', 'money.reverse', 'access.administer'), scope: fc.constantFrom('branch' as const, 'all' as const),
  limits: fc.option(fc.constantFrom<Record<string, string>>({ CNY: '1.00' }, { CNY: '5.00', JPY: '3' }), { nil: undefined }),
}, { requiredKeys: ['permission', 'scope'] }).map(({ limits, ...rest }) => ({ ...rest, ...(limits && { limits }) }));
const permits = fc.array(permit, { maxLength: 3 });

interface Step {
  readonly afterHours: number;
  readonly who: string;
  /** Ids are given by the place in the script, so that some commands name things of earlier ones. */
  readonly make: (number: number, at: Date) => AccessCommand;
}
const ahead = (at: Date, hours: number): string => new Date(at.getTime() + hours * HOUR).toISOString();
const window = fc.record({ from: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }), until: fc.option(fc.integer({ min: 9, max: 20 }), { nil: undefined }) });
const times = (at: Date, { from, until }: { from: number | undefined; until: number | undefined }) => ({ ...(from !== undefined && { from: ahead(at, from) }), ...(until !== undefined && { until: ahead(at, until) }) });

const command = fc.oneof(
  fc.tuple(staffId, branch).map(([id, at]) => () => hire(id, `user${STAFF.indexOf(id)}x`, at)),
  fc.tuple(branch, branch).map(([code, parent]) => (): AccessCommand => ({ kind: 'open-branch', branch: code, title: code, parent })),
  fc.tuple(branch, branch).map(([code, parent]) => (): AccessCommand => ({ kind: 'change-branch', branch: code, parent, ...any })),
  fc.tuple(permits, fc.boolean()).map(([held, isNew]) => (): AccessCommand => isNew ? { kind: 'define-role', role: 'helper', title: 'H', permits: held, views: {} } : { kind: 'change-role', role: 'helper', permits: held, ...any }),
  fc.tuple(role, permits).map(([name, held]) => (): AccessCommand => ({ kind: 'change-role', role: name, permits: held, ...any })),
  role.map((name) => (): AccessCommand => ({ kind: 'retire-role', role: name, ...any })),
  fc.tuple(staffId, role, branch, window).map(([id, name, code, when]) => (number: number, at: Date) => assign(id, idOf(100 + number), name, code, times(at, when))),
  fc.tuple(staffId, role, branch, window).map(([id, name, code, when]) => (number: number, at: Date) => assign(id, idOf(100 + number), name, code, times(at, when))),
  fc.tuple(staffId, role, permit, branch, window, fc.boolean()).map(([id, name, held, code, when, isRole]) => (number: number, at: Date): AccessCommand => ({
    kind: 'grant', staffId: id, grantId: idOf(100 + number), granted: isRole ? { kind: 'role', role: name } : { kind: 'permission', permit: held }, branch: code, reason: 'r', ...times(at, when), until: ahead(at, when.until ?? 12), ...any,
  })),
  fc.tuple(staffId, fc.nat(30), fc.boolean()).map(([id, number, isGrant]) => (): AccessCommand =>
    isGrant ? { kind: 'end-grant', staffId: id, grantId: idOf(100 + number), ...any } : { kind: 'end-assignment', staffId: id, assignmentId: idOf(100 + number), ...any }),
  fc.tuple(staffId, fc.constantFrom('suspend' as const, 'reinstate' as const, 'reinstate' as const, 'leave' as const)).map(([id, kind]) => (): AccessCommand => ({ kind, staffId: id, ...any })),
  fc.tuple(staffId, branch).map(([id, code]) => (): AccessCommand => ({ kind: 'change-staff', staffId: id, branch: code, ...any })),
);
const step: fc.Arbitrary<Step> = fc.record({ afterHours: fc.constantFrom(0, 0, 1, 5), who: fc.constantFrom('bootstrap', ...STAFF), make: command });

/** A bank that is staffed already, so that most commands find something to do. */
const beginning: readonly ((number: number, at: Date) => AccessCommand)[] = [
  () => found, ...['B1', 'B2'].map((code) => (): AccessCommand => ({ kind: 'open-branch', branch: code, title: code, parent: 'head-office' })),
  ...STAFF.map((id, index) => () => hire(id, `user${index}x`, 'B1')), () => assign(STAFF[0]!, idOf(50), 'administrator', 'head-office'), () => assign(STAFF[1]!, idOf(51), 'teller'),
];
const script = fc.array(step, { maxLength: 30 }).map((steps) => [...beginning.map((make): Step => ({ afterHours: 0, who: 'bootstrap', make })), ...steps]);

const linesOf = (rights: Rights | undefined): string[] => [...new Set([...(rights?.permits ?? [])].flatMap(([permission, held]) => held.map(({ scope, branches, limits }) =>
  line(permission, scope, [...(branches ?? [])], Object.fromEntries([...(limits ?? [])].map(([currency, most]) => [currency, amountText(most, currency)]))))))].sort();

/** What somebody can do, by asking: every permission, at every branch, for small and great amounts. */
const DEMANDS = (Object.keys(permissions) as Permission[]).flatMap((permission) => BRANCHES.flatMap((code) => [1n, 200n, 10n ** 12n].map((minor) =>
  ({ permission, target: { branch: code, customers: [] }, amounts: [{ minor, currency: 'CNY' } as Money] }))));
const allowed = (state: AccessState, id: string, at: Date): Set<number> => {
  const rights = rightsOf(state, id, at);
  return new Set(rights ? DEMANDS.flatMap((demand, index) => (decideAccess(rights, demand) === undefined ? [index] : [])) : []);
};

t.test('rights are what assignments and grants give and no more; nobody raises their own; an administrator remains', async (t) => {
  t.comment(`seed ${seed}`);
  const seen = new Set<string>();
  await fc.assert(fc.asyncProperty(script, async (steps) => {
    const naive = new NaiveBank();
    let [state, at] = [emptyState, NOW];
    for (const [number, { afterHours, who, make }] of steps.entries()) {
      at = new Date(at.getTime() + afterHours * HOUR);
      const command = make(number, at);
      const actor = who === 'bootstrap' ? { ...system, at } : by(who, at);
      const decision = decide(state, command, actor);
      seen.add(decision.outcome === 'reject' ? decision.rejection.code : decision.outcome);
      if (decision.outcome !== 'accept') continue;
      const before = state;
      const hadAdministrators = naive.administrators(at).length > 0;
      state = recorded(state, decision.events, actor);
      naive.accept(command, at);
      for (const moment of [at, new Date(at.getTime() + 3 * HOUR), new Date(at.getTime() + 10 * HOUR)]) {
        for (const id of STAFF) {
          const expected = naive.rights(id, moment);
          if (JSON.stringify(linesOf(rightsOf(state, id, moment))) !== JSON.stringify(expected)) throw new Error(`${command.kind} gave ${id} ${linesOf(rightsOf(state, id, moment)).join('\n')}\nnot\n${expected.join('\n')}`);
          if (JSON.stringify(linesOf(keptRightsOf(state, id, moment))) !== JSON.stringify(expected)) throw new Error(`kept rights of ${id} are others at ${moment.toISOString()}`);
        }
        if (who === 'bootstrap') continue;
        const could = allowed(before, who, moment);
        for (const demand of allowed(state, who, moment)) if (!could.has(demand)) throw new Error(`${command.kind} raised the rights of ${who}: ${DEMANDS[demand]!.permission} at ${DEMANDS[demand]!.target.branch}`);
      }
      if (hadAdministrators && naive.administrators(at).length === 0) throw new Error(`${command.kind} left no administrator`);
    }
  }), { seed, numRuns: 500 });
  for (const outcome of ['accept', 'nothing', 'own_rights', 'last_administrator', 'branch_cycle', 'already_assigned', 'staff_left', 'role_in_use']) t.ok(seen.has(outcome), `the scripts come to: ${outcome}`);
});

t.test('any command twice equals once, by whichever process', async (t) => {
  t.comment(`seed ${seed}`);
  const repeats = fc.array(fc.nat(2), { minLength: 40, maxLength: 40 });
  const logOf = async (steps: readonly Step[], repeated: readonly number[]): Promise<unknown[]> => {
    const store = memoryEventStore(() => NOW);
    const first = await accessProcess(store);
    const second = await accessProcess(store, { vault: first.vault, timings: { checkEveryMs: 3_600_000 } });
    let at = NOW;
    for (const [number, { afterHours, who, make }] of steps.entries()) {
      at = new Date(at.getTime() + afterHours * HOUR);
      const command = make(number, at);
      for (let again = 0; again <= (repeated[number] ?? 0); again++)
        await (again % 2 === 0 ? first : second).run(command, 'x', context(who, at, idOf(9_000 + number))).catch(() => undefined);
    }
    await Promise.all([first.model.stop(), second.model.stop()]);
    const events: unknown[] = [];
    for await (const { id, type, metadata } of store.readStream('access-bank')) events.push([id, type, (metadata as { recordedAt: string }).recordedAt]);
    return events;
  };
  await fc.assert(fc.asyncProperty(script, repeats, async (steps, repeated) => {
    const [once, often] = [await logOf(steps, []), await logOf(steps, repeated)];
    if (JSON.stringify(once) !== JSON.stringify(often)) throw new Error(`${once.length} events once, ${often.length} when repeated`);
  }), { seed, numRuns: 25 });
  t.pass();
});
