import { windowAt } from './aggregates.js';
import type { CheckedAggregate, CheckedNode, CheckedRule } from './checked.js';
import { momentOf, operandValue, referenceValue, testResult } from './evaluate.js';
import { SlidingAggregate } from './sliding-aggregate.js';
import type { KeptAggregates, RuleView } from './view.js';

/** How many changes of its aggregates a comparison is followed through, to see whether one of them changes its result. */
const STEPS = 16;

/** A result, and until when it lasts: up to that moment, and at it perhaps as well. */
interface Lasting { readonly result: boolean; readonly until: number }
type Comparison = Extract<CheckedNode, { is: 'comparison' }>;

/**
 * The first moment after `view.now` at which the result may change though no fact comes and no attribute, list or trigger changes; null: never.
 * The result does not change before it. At it, it may or may not: ask again then.
 */
export function nextBoundary(rule: CheckedRule, view: RuleView): number | null {
  const { until } = lastingResult(rule.root, view, view.aggregates ?? keptOf(view));
  return until === Infinity ? null : until;
}

function lastingResult(node: CheckedNode, view: RuleView, kept: KeptAggregates): Lasting {
  switch (node.is) {
    case 'list': return { result: view.inList(node.list) !== node.not, until: Infinity };
    case 'group': {
      const all = node.combinator === 'and';
      const rules: Lasting[] = [];
      for (const rule of node.rules) {
        const lasting = lastingResult(rule, view, kept);
        // One false member keeps an `and` false, one true member an `or` true, as long as the last of them lasts.
        if (lasting.result !== all && lasting.until === Infinity) return { result: all === node.not, until: Infinity };
        rules.push(lasting);
      }
      const deciding = rules.filter(({ result }) => result !== all);
      if (deciding.length > 0) return { result: all === node.not, until: Math.max(...deciding.map(({ until }) => until)) };
      return { result: all !== node.not, until: Math.min(...rules.map(({ until }) => until)) };
    }
    case 'comparison': return node.test.is === 'age' ? lastingAge(node, node.test.than, view) : lastingComparison(node, view, kept);
  }
}

function lastingAge(node: Comparison, than: number, view: RuleView): Lasting {
  const value = operandValue(node.operand, view);
  const born = momentOf(node.operand, value, view);
  return { result: testResult(node.test, node.operand, value, null, view), until: born !== null && born + than > view.now ? born + than : Infinity };
}

function lastingComparison(node: Comparison, view: RuleView, kept: KeptAggregates): Lasting {
  const { operand, test } = node;
  const resultAt = (at: number): boolean => testResult(test, operand, operandValue(operand, view, kept, at), referenceValue(test, view, kept, at), view);
  const aggregates = [operand, ...(test.is === 'reference' ? [test.of] : [])].flatMap((each) => (each.from === 'agg' ? [each.aggregate] : []));
  const changeAfter = (at: number): number => Math.min(...aggregates.map((aggregate) => kept.nextChange(aggregate, at) ?? Infinity));
  const result = resultAt(view.now);
  let until = view.now;
  for (let step = 0; step < STEPS; step += 1) {
    until = changeAfter(until);
    if (until === Infinity || resultAt(until) !== result) break;
  }
  return { result, until };
}

/** The aggregates of a view that keeps none, for as long as one question takes. */
function keptOf(view: RuleView): KeptAggregates {
  const kept = new Map<string, SlidingAggregate>();
  const slidingOf = (aggregate: CheckedAggregate): SlidingAggregate => {
    const known = kept.get(aggregate.id);
    if (known !== undefined) return known;
    const sliding = new SlidingAggregate(aggregate);
    for (const fact of view.facts(aggregate.over, aggregate.key, windowAt(aggregate, view.now).after, Infinity)) sliding.add(fact);
    kept.set(aggregate.id, sliding);
    return sliding;
  };
  return { value: (aggregate, at) => slidingOf(aggregate).value(at), nextChange: (aggregate, at) => slidingOf(aggregate).nextChange(at) };
}
