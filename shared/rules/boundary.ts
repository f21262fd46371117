import { nextChangeOf, windowAt } from './aggregates.js';
import type { CheckedNode, CheckedOperand, CheckedRule } from './checked.js';
import { momentOf, operandValue, referenceValue, testResult } from './evaluate.js';
import type { RuleView } from './view.js';

interface Lasting { readonly result: boolean; readonly until: number }

/**
 * The first moment after `view.now` at which the result may change though no fact comes and no attribute, list or trigger changes; null: never.
 * The result does not change before it. At it, it may or may not: ask again then.
 */
export function nextBoundary(rule: CheckedRule, view: RuleView): number | null {
  const { until } = lastingResult(rule.root, view);
  return until === Infinity ? null : until;
}

function lastingResult(node: CheckedNode, view: RuleView): Lasting {
  switch (node.is) {
    case 'list': return { result: view.inList(node.list) !== node.not, until: Infinity };
    case 'group': {
      const rules = node.rules.map((rule) => lastingResult(rule, view));
      const all = node.combinator === 'and';
      const deciding = rules.filter(({ result }) => result !== all);
      // One false member keeps an `and` false, one true member an `or` true: as long as the last of them lasts.
      if (deciding.length > 0) return { result: all === node.not, until: Math.max(...deciding.map(({ until }) => until)) };
      return { result: all !== node.not, until: Math.min(...rules.map(({ until }) => until)) };
    }
    case 'comparison': {
      const value = operandValue(node.operand, view);
      const than = node.test.is === 'reference' ? referenceValue(node.test, view) : null;
      const result = testResult(node.test, node.operand, value, than, view);
      const changes = [operandUntil(node.operand, view)];
      if (node.test.is === 'reference') changes.push(operandUntil(node.test.of, view));
      if (node.test.is === 'age') {
        const born = momentOf(node.operand, value, view);
        if (born !== null && born + node.test.than > view.now) changes.push(born + node.test.than);
      }
      return { result, until: Math.min(...changes) };
    }
  }
}

function operandUntil(operand: CheckedOperand, view: RuleView): number {
  if (operand.from !== 'agg') return Infinity;
  const { aggregate } = operand;
  if (view.aggregates !== undefined) return view.aggregates.nextChange(aggregate) ?? Infinity;
  const { after } = windowAt(aggregate, view.now);
  return nextChangeOf(aggregate, view.facts(aggregate.over, aggregate.key, after, Infinity), view.now);
}
