import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { nextBoundary } from '../../shared/rules/boundary.js';
import { evaluateRule } from '../../shared/rules/evaluate.js';
import { seed } from '../../shared/testing/seed.js';
import { subjectView } from './subject-view.js';
import { takeIn } from './take-in.js';
import { checked, CNY, movements, STANDING, TRIGGERED } from './testing/example-program.js';
import { PROFILES } from './testing/people.js';
import { bookedAt, startOfDay } from './testing/runs.js';
import { personId, ToldBank } from './testing/told-bank.js';
import { World } from './world.js';

t.comment(`seed ${seed}`);

/** One who pays and is paid without pause, by few and by many, some of it booked late. */
const busyDays = fc.array(fc.record({ minutes: fc.oneof(fc.nat(30), fc.nat(3_000)), minor: fc.integer({ min: 1, max: 900_000 }), other: fc.nat(4), backdated: fc.constantFrom(0, 0, 0, 0, 0, 0, 3, 12) }), { minLength: 100, maxLength: 260, size: 'max' });

const money = { field: 'amount' };
const moved = { ...money, currency: 'CNY' };
/** Every function, over every type of field, with every kind of test in `where`. */
const ASKED = [
  { agg: movements({ fn: 'sum', ...moved, window: 'P7D', where: { field: 'amount', operator: 'between', value: [CNY('100.00'), CNY('5000.00')] } }), operator: '>', value: CNY('0.01') },
  ...['=', '!=', '<', '<=', '>', '>='].map((operator) => ({ agg: movements({ fn: 'count', window: 'P3D', offset: 'P1D', where: { field: 'balanceAfter', operator, value: CNY('2500.00') } }), operator: '>', value: 1 })),
  ...['avg', 'min', 'max'].map((fn) => ({ agg: movements({ fn, ...moved, window: 'P2D' }), operator: '>', value: CNY('400.00') })),
  ...['sum', 'avg', 'min', 'max', 'distinct'].map((fn) => ({ agg: movements({ fn, field: 'limitUse', window: 'P9D' }), operator: '>=', value: 1 })),
  ...['amount', 'channel', 'counterparty', 'accountOpenedAt', 'cash'].map((field) => ({ agg: movements({ fn: 'distinct', field, window: 'P9D' }), operator: '>', value: 2 })),
  { agg: movements({ fn: 'sum', field: 'amount', currency: 'USD', window: 'P7D' }), operator: '=', value: { amount: '0.00', currency: 'USD' } },
  ...[
    { field: 'counterparty', operator: 'isNull' }, { field: 'channel', operator: 'in', value: ['online', 'atm'] }, { field: 'kind', operator: '!=', value: 'deposit' }, { field: 'limitUse', operator: '<', value: 0.5 },
    { combinator: 'or', not: true, rules: [{ field: 'own', operator: '=', value: true }, { combinator: 'and', rules: [{ field: 'side', operator: '=', value: 'in' }, { field: 'channel', operator: '!=', value: 'counter' }] }] },
  ].map((where) => ({ agg: movements({ fn: 'count', window: 'P4D', where }), operator: '>', value: 3 })),
];
const STANDING_ASKED = ASKED.map((node) => checked(node));
const TRIGGERED_ASKED = ['account', 'counterparty'].map((key) => checked({ agg: { fn: 'sum', over: 'movement', key, ...moved, window: 'P5D' }, operator: '>', value: CNY('1000.00') }, 'movement'));

t.test('what is kept, and what is worked out over columns, is what facts give by definition, at every question, for every rule', async (t) => {
  let compared = 0;
  fc.assert(fc.property(busyDays, (days) => {
    const bank = PROFILES.reduce((told, profile, who) => told.registered(who, profile).opened(who), new ToldBank());
    for (const [day, { minutes, minor, other, backdated }] of days.entries()) {
      bank.passes(minutes);
      if (day === 80) bank.say(`customer-${personId(4)}`, 'CustomerMerged', { customerId: personId(4), mergeId: personId(4), into: personId(3) });
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
        ...facts.flatMap((fact) => [...Object.values(TRIGGERED), ...TRIGGERED_ASKED].map((rule) => ({ rule, id: fact.customerId, now: fact.at, trigger: fact }))),
        ...touched.flatMap((id) => [...Object.values(STANDING), ...(recorded.position % 5n === 0n ? STANDING_ASKED : [])].map((rule) => ({ rule, id, now: clock, trigger: null }))),
      ];
      for (const { rule, id, ...moment } of questions) {
        const view = (busyFrom: number) => subjectView(world.groupOf(id), { ...moment, startOfDay, inList: () => false }, busyFrom);
        const { aggregates: _, ...defined } = view(0);
        for (const busyFrom of [0, Infinity]) {
          deepStrictEqual(evaluateRule(rule, view(busyFrom)), evaluateRule(rule, defined));
          if (moment.trigger === null) deepStrictEqual(nextBoundary(rule, view(busyFrom)), nextBoundary(rule, defined));
        }
        compared++;
      }
    }
  }), { seed, numRuns: 3 });
  t.ok(compared > 3_000, `${compared} questions`);
});
