import fc from 'fast-check';
import t from 'tap';
import type { Permission } from '../../shared/access/permissions.js';
import type { AdministrationEvent } from '../../shared/events/access/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import { decideAccess } from '../../shared/access/rights.js';
import { seed } from '../../shared/testing/seed.js';
import type { AccessCommand } from './commands.js';
import { couldHave } from './could-have.js';
import { decide } from './decider.js';
import { evolveAll } from './evolve.js';
import { actingRightsOf, rightsOf } from './held-rights.js';
import { emptyState } from './state.js';
import { any, assign, by, found, hire, HOUR, idOf, NOW, system } from './testing/staffed-state.js';

const STAFF = [1, 2].map(idOf) as [string, string];
const PERMISSION: Permission = 'money.pay-out';
const hours = fc.integer({ min: 0, max: 12 });
const staffId = fc.constantFrom(...STAFF);

const command = fc.oneof(
  fc.tuple(staffId, fc.constantFrom('B1', 'B2'), hours, hours).map(([id, branch, from, lasts]) => (number: number, at: Date) =>
    assign(id, idOf(100 + number), 'teller', branch, { from: new Date(at.getTime() + from * HOUR).toISOString(), until: new Date(at.getTime() + (from + 1 + lasts) * HOUR).toISOString() })),
  fc.tuple(staffId, fc.nat(20)).map(([id, number]) => (): AccessCommand => ({ kind: 'end-assignment', staffId: id, assignmentId: idOf(100 + number), ...any })),
  fc.tuple(staffId, fc.constantFrom('suspend' as const, 'reinstate' as const)).map(([id, kind]) => (): AccessCommand => ({ kind, staffId: id, ...any })),
  hours.map((lasts) => (number: number, at: Date): AccessCommand => ({ kind: 'act-as', actAsId: idOf(500 + number), asStaffId: STAFF[1], until: new Date(at.getTime() + (1 + lasts % 8) * HOUR).toISOString(), reason: 'r' })),
);
const script = fc.array(fc.record({ afterMinutes: fc.constantFrom(0, 30, 90, 360), make: command }), { maxLength: 15 });

t.test('who could have done it is who was allowed to at some moment: compared with asking at every half hour', async (t) => {
  t.comment(`seed ${seed}`);
  let somebody = 0;
  fc.assert(fc.property(script, hours, hours, fc.constantFrom(undefined, 'B1'), (steps, start, lasts, branch) => {
    const log: Recorded<AdministrationEvent>[] = [];
    let at = NOW;
    const run = (command: AccessCommand, actor = { ...system, at }): void => {
      const decision = decide(evolveAll(emptyState, log), command, actor);
      if (decision.outcome !== 'accept') return;
      for (const event of decision.events) log.push({ id: '', stream: '', revision: BigInt(log.length), position: 0n, event, metadata: { recordedAt: at.toISOString(), actor: actor.actor } as never });
    };
    for (const one of [found, ...['B1', 'B2'].map((code): AccessCommand => ({ kind: 'open-branch', branch: code, title: code, parent: 'head-office' })), hire(STAFF[0], 'anna'), hire(STAFF[1], 'ben'),
      assign(STAFF[0], idOf(50), 'administrator', 'head-office')]) run(one);
    for (const [number, { afterMinutes, make }] of steps.entries()) {
      at = new Date(at.getTime() + afterMinutes * 60_000);
      const made = make(number, at);
      run(made, made.kind === 'act-as' ? by(STAFF[0], at) : { ...system, at });
    }
    const from = new Date(NOW.getTime() + start * HOUR);
    const until = new Date(from.getTime() + (1 + lasts) * HOUR);
    const expected = new Set<string>();
    for (let moment = from.getTime(); moment < until.getTime(); moment += 30 * 60_000) {
      // Several events may be of one moment, and each state between them was there.
      const sofar = log.filter(({ metadata }) => Date.parse(metadata.recordedAt) <= moment);
      const since = sofar.findIndex(({ metadata }) => Date.parse(metadata.recordedAt) === moment);
      const states = since < 0 || moment === from.getTime() ? [sofar] : sofar.slice(since).map((_, index) => sofar.slice(0, since + index + 1));
      for (const state of states.map((some) => evolveAll(emptyState, some)))
        for (const id of STAFF) {
          const when = new Date(moment);
          const all = [rightsOf(state, id, when), ...STAFF.map((other) => actingRightsOf(state, id, other, when))].filter((rights) => rights !== undefined);
          if (all.some((rights) => decideAccess(rights, { permission: PERMISSION, ...(branch !== undefined && { target: { branch, customers: [] } }) }) === undefined)) expected.add(id);
        }
    }
    const could = couldHave(log, PERMISSION, { from, until }, branch).map(({ id }) => id).sort();
    if (JSON.stringify(could) !== JSON.stringify([...expected].sort())) throw new Error(`${could.join()} is said, ${[...expected].sort().join()} were allowed`);
    if (could.length > 0) somebody++;
  }), { seed, numRuns: 400 });
  t.ok(somebody > 20, `somebody could in ${somebody} of the scripts`);
});
