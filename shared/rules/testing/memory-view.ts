import type { CheckedAggregate, CheckedRule } from '../checked.js';
import { SlidingAggregate } from '../sliding-aggregate.js';
import type { Fact, RuleView, Value } from '../view.js';

/** A fact of a subject, with what it has in common with others: account "A1", counterparty "X". The customer is the subject. */
export interface Happened extends Fact {
  readonly kind: string;
  readonly keys: Readonly<Record<string, string>>;
}

export interface Subject {
  readonly attributes?: Readonly<Record<string, Value>>;
  readonly happened?: readonly Happened[];
  readonly lists?: readonly string[];
  readonly trigger?: Happened | null;
}

/** The first moment of a day eight hours east of Greenwich. */
export const startOfDay = (date: string): number => Date.parse(`${date}T00:00:00+08:00`);

/** A subject at a moment, every aggregate computed from its facts. */
export function viewAt(now: number, { attributes = {}, happened = [], lists = [], trigger = null }: Subject): RuleView {
  return {
    now,
    trigger,
    attribute: (name) => attributes[name] ?? null,
    facts: (kind, key, after, until) => factsOf(happened, trigger, kind, key).filter(({ at }) => at > after && at <= until),
    inList: (id) => lists.includes(id),
    startOfDay,
  };
}

/** The same, with the rule's aggregates kept, and asked at whatever moment comes. */
export function keptViews(rule: CheckedRule, subject: Subject): (now: number) => RuleView {
  const kept = new Map(rule.aggregates.map((aggregate) => [aggregate.id, new SlidingAggregate(aggregate)]));
  for (const { aggregate, add } of [...kept.values()].map((sliding) => ({ aggregate: sliding.aggregate, add: (fact: Fact) => sliding.add(fact) }))) {
    for (const fact of factsOf(subject.happened ?? [], subject.trigger ?? null, aggregate.over, aggregate.key)) add(fact);
  }
  const of = ({ id }: CheckedAggregate): SlidingAggregate => kept.get(id)!;
  return (now) => ({
    ...viewAt(now, subject),
    facts: () => { throw new Error('what is kept is not computed from facts'); },
    aggregates: { value: (aggregate, at) => of(aggregate).value(at), nextChange: (aggregate, at) => of(aggregate).nextChange(at) },
  });
}

const factsOf = (happened: readonly Happened[], trigger: Happened | null, kind: string, key: string): Happened[] =>
  happened.filter((fact) => fact.kind === kind && (key === 'customer' || (trigger !== null && fact.keys[key] === trigger.keys[key])));
