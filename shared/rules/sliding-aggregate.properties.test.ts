import fc from 'fast-check';
import t from 'tap';
import { aggregateOf, shareOf, windowAt } from './aggregates.js';
import { checkRule } from './check.js';
import type { CheckedAggregate } from './checked.js';
import { SlidingAggregate } from './sliding-aggregate.js';
import { anyAggregate, anyFact, MINUTE, START } from './testing/arbitrary-rules.js';
import { EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT } from './testing/example-bank.js';
import type { Fact } from './view.js';

const aggregates = anyAggregate.map((agg): CheckedAggregate => {
  const result = checkRule({ agg, operator: 'notNull' }, EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.rule.aggregates[0]!;
});
const moment = fc.integer({ min: -200, max: 500 }).map((minutes) => START + minutes * MINUTE);
const step = fc.oneof(
  { weight: 9, arbitrary: anyFact.map((fact) => ({ add: fact as Fact })) },
  { weight: 9, arbitrary: moment.map((ask) => ({ ask })) },
  { weight: 1, arbitrary: fc.integer({ min: -200, max: 100 }).map((minutes) => ({ forget: START + minutes * MINUTE })) },
);

t.test('what is kept equals what is computed, whatever comes and is asked in whatever order', async (t) => {
  let asked = 0;
  let some = 0;
  fc.assert(fc.property(aggregates, fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), (aggregate, steps) => {
    const sliding = new SlidingAggregate(aggregate);
    const facts: Fact[] = [];
    let forgotten = -Infinity;
    for (const step of steps) {
      if ('add' in step) {
        facts.push(step.add);
        sliding.add(step.add);
      } else if ('forget' in step) {
        forgotten = Math.max(forgotten, step.forget);
        sliding.forgetBefore(forgotten);
      } else {
        const at = Math.max(step.ask, forgotten);
        const value = aggregateOf(aggregate, facts, at);
        const next = nextChangeOf(aggregate, facts, at);
        asked += 1;
        if (value !== null && value.n !== 0n) some += 1;
        const kept = sliding.value(at);
        if (kept?.n !== value?.n || kept?.d !== value?.d || (sliding.nextChange(at) ?? Infinity) !== next) return false;
      }
    }
    return true;
  }), { numRuns: 500 });
  t.ok(some > asked / 10, `${some} of ${asked} asked were something`);
});

/** The first moment after t at which an aggregate may change though no fact comes: one leaves its window or, dated later or held back by the offset, enters. */
function nextChangeOf(aggregate: CheckedAggregate, facts: Iterable<Fact>, t: number): number {
  const { after, until } = windowAt(aggregate, t);
  let next = Infinity;
  for (const fact of facts) {
    if (fact.at <= after || shareOf(aggregate, fact) === null) continue;
    next = Math.min(next, fact.at + aggregate.offset + (fact.at <= until ? aggregate.window : 0));
  }
  return next;
}
