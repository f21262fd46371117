import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { nextBoundary } from '../../shared/rules/boundary.js';
import { evaluateRule } from '../../shared/rules/evaluate.js';
import { seed } from '../../shared/testing/seed.js';
import { subjectView } from './subject-view.js';
import { takeIn } from './take-in.js';
import { STANDING, TRIGGERED } from './testing/example-program.js';
import { PROFILES } from './testing/people.js';
import { bookedAt, startOfDay } from './testing/runs.js';
import { ToldBank } from './testing/told-bank.js';
import { World } from './world.js';

t.comment(`seed ${seed}`);

/** One who pays and is paid without pause, by few and by many, some of it booked late. */
const busyDays = fc.array(fc.record({ minutes: fc.oneof(fc.nat(30), fc.nat(3_000)), minor: fc.integer({ min: 1, max: 900_000 }), other: fc.nat(4), backdated: fc.constantFrom(0, 0, 0, 0, 0, 0, 3, 12) }), { minLength: 100, maxLength: 260, size: 'max' });

t.test('what is kept is what would be computed anew, at every question, for every rule', async (t) => {
  let compared = 0;
  fc.assert(fc.property(busyDays, (days) => {
    const bank = PROFILES.reduce((told, profile, who) => told.registered(who, profile).opened(who), new ToldBank());
    for (const { minutes, minor, other, backdated } of days) {
      bank.passes(minutes);
      if (other === 0) bank.deposited(0, minor, { backdated });
      else if (minor % 2 === 0) bank.transferred(0, other, minor, { backdated });
      else bank.transferred(other, 0, minor, { backdated });
    }
    const world = new World();
    let clock = -Infinity;
    for (const recorded of bank.log) {
      const at = bookedAt(recorded);
      clock = Math.max(clock, Math.min(at, Date.parse(recorded.metadata.recordedAt)));
      const { touched, facts } = takeIn(world, recorded, at);
      const questions = [
        ...facts.flatMap((fact) => Object.values(TRIGGERED).map((rule) => ({ rule, id: fact.customerId, now: fact.at, trigger: fact }))),
        ...touched.flatMap((id) => Object.values(STANDING).map((rule) => ({ rule, id, now: clock, trigger: null }))),
      ];
      for (const { rule, id, ...moment } of questions) {
        const view = (busyFrom: number) => subjectView(world.groupOf(id), { ...moment, startOfDay, inList: () => false }, busyFrom);
        deepStrictEqual(evaluateRule(rule, view(0)), evaluateRule(rule, view(Infinity)));
        if (moment.trigger === null) deepStrictEqual(nextBoundary(rule, view(0)), nextBoundary(rule, view(Infinity)));
        compared++;
      }
    }
  }), { seed, numRuns: 15 });
  t.ok(compared > 5_000, `${compared} questions`);
});
