import { aggregateOf, windowAt } from './aggregates.js';
import type { CheckedAggregate, CheckedNode, CheckedOperand, CheckedRule, CheckedTest, Comparable, Exact } from './checked.js';
import { multiply } from './quantity.js';
import { traceValue, type TraceEntry } from './trace.js';
import { comparableOf, inOrder, isQuantity, passes } from './values.js';
import type { RuleView } from './view.js';

export type Compared = Comparable | readonly string[] | null;

/** Whether a rule is true of what the view shows. It looks no further than it must. */
export const holds = (rule: CheckedRule, view: RuleView): boolean => resultOf(rule.root, view, null);

/** The same, with the value of every node, in the order of the tree. */
export function evaluateRule(rule: CheckedRule, view: RuleView): { readonly value: boolean; readonly trace: readonly TraceEntry[] } {
  const trace: TraceEntry[] = [];
  return { value: resultOf(rule.root, view, trace), trace };
}

function resultOf(node: CheckedNode, view: RuleView, trace: TraceEntry[] | null): boolean {
  const place = trace === null ? 0 : trace.push({ node: node.node, result: false }) - 1;
  switch (node.is) {
    case 'group': {
      const all = node.combinator === 'and';
      let met = all;
      for (const rule of node.rules) {
        if (resultOf(rule, view, trace) === all) continue;
        met = !all;
        if (trace === null) break;
      }
      const result = met !== node.not;
      if (trace !== null) trace[place] = { node: node.node, result };
      return result;
    }
    case 'list': {
      const result = view.inList(node.list) !== node.not;
      if (trace !== null) trace[place] = { node: node.node, result };
      return result;
    }
    case 'comparison': {
      const value = operandValue(node.operand, view);
      const than = referenceValue(node.test, view);
      const result = testResult(node.test, node.operand, value, than, view);
      if (trace !== null) {
        const compared = node.test.is === 'reference' ? { than: traceValue(node.test.of.type, than) } : {};
        trace[place] = { node: node.node, result, value: traceValue(node.operand.type, value), ...compared };
      }
      return result;
    }
  }
}

/** The result of a comparison of a value, `than` being that of its reference. */
export function testResult(test: CheckedTest, operand: CheckedOperand, value: Compared, than: Compared, view: RuleView): boolean {
  switch (test.is) {
    case 'reference': return inOrder(value, test.order, than) !== test.not;
    case 'age': {
      const born = momentOf(operand, value, view);
      return born !== null && (view.now >= born + test.than) === test.older;
    }
    default: return passes(test, value);
  }
}

/** What an operand is worth, its aggregate at a moment. */
export function operandValue(operand: CheckedOperand, view: RuleView, kept = view.aggregates, at = view.now): Compared {
  if (operand.from !== 'agg') return comparableOf(operand.type, operand.from === 'attr' ? view.attribute(operand.name) : view.trigger?.fields[operand.name]);
  const { aggregate } = operand;
  const value = kept === undefined ? computed(aggregate, view, at) : kept.value(aggregate, at);
  return value === null ? null : { n: value.n, d: value.d, currency: aggregate.currency };
}

function computed(aggregate: CheckedAggregate, view: RuleView, at: number): Exact | null {
  const { after, until } = windowAt(aggregate, at);
  return aggregateOf(aggregate, view.facts(aggregate.over, aggregate.key, after, until), at);
}

/** What a comparison is made with, the factor in it; null where it is none with a reference. */
export function referenceValue(test: CheckedTest, view: RuleView, kept = view.aggregates, at = view.now): Compared {
  if (test.is !== 'reference') return null;
  const value = operandValue(test.of, view, kept, at);
  return isQuantity(value) ? multiply(value, test.times) : value;
}

/** When what olderThan and youngerThan speak of was; a day was at its first moment. */
export function momentOf(operand: CheckedOperand, value: Compared, view: RuleView): number | null {
  if (operand.type === 'moment') return typeof value === 'number' ? value : null;
  return typeof value === 'string' ? view.startOfDay(value) : null;
}
