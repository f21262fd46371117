import { shareOf, windowAt } from './aggregates.js';
import type { CheckedAggregate, CheckedNode, CheckedRule, CheckedTest } from './checked.js';
import { operandValue, referenceValue, testResult } from './evaluate.js';
import type { Fact, RuleView } from './view.js';

/**
 * The facts that made a rule true, newest first, at most `limit`: what triggered it, and what the true aggregates took.
 * There is none for a rule that is false, and none for what a `not` says: nothing there is no fact.
 */
export function evidenceOf(rule: CheckedRule, view: RuleView, limit: number): readonly Fact[] {
  const found = new Map<string, Fact>();
  const result = gather(rule.root, view, found);
  if (!result) return [];
  if (rule.trigger !== null && view.trigger !== null) found.set(view.trigger.id, view.trigger);
  return [...found.values()].sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1)).slice(0, limit);
}

/** The result of a node; where it is true, its facts are in `found`. */
function gather(node: CheckedNode, view: RuleView, found: Map<string, Fact>): boolean {
  switch (node.is) {
    case 'list': return view.inList(node.list) !== node.not;
    case 'group': {
      const gathered = new Map<string, Fact>();
      const results = node.rules.map((rule) => gather(rule, view, gathered));
      const met = node.combinator === 'and' ? results.every(Boolean) : results.some(Boolean);
      if (met && !node.not) for (const [id, fact] of gathered) found.set(id, fact);
      return met !== node.not;
    }
    case 'comparison': {
      const result = testResult(node.test, node.operand, operandValue(node.operand, view), referenceValue(node.test, view), view);
      if (result) for (const aggregate of [...aggregateIn(node.operand), ...referredIn(node.test)]) take(aggregate, view, found);
      return result;
    }
  }
}

function take(aggregate: CheckedAggregate, view: RuleView, found: Map<string, Fact>): void {
  const { after, until } = windowAt(aggregate, view.now);
  for (const fact of view.facts(aggregate.over, aggregate.key, after, until)) {
    if (fact.at > after && fact.at <= until && shareOf(aggregate, fact) !== null) found.set(fact.id, fact);
  }
}

const aggregateIn = (operand: { readonly from: string; readonly aggregate?: CheckedAggregate }): readonly CheckedAggregate[] => (operand.aggregate === undefined ? [] : [operand.aggregate]);
const referredIn = (test: CheckedTest): readonly CheckedAggregate[] => (test.is === 'reference' ? aggregateIn(test.of) : []);
