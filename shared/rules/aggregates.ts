import type { CheckedAggregate, CheckedWhere, Exact } from './checked.js';
import { PER_ONE } from './quantity.js';
import { comparableOf, isQuantity, passes } from './values.js';
import type { Fact } from './view.js';

/** What one fact gives to an aggregate: an amount in its smallest units, and what distinguishes it. */
export interface Share {
  readonly units: bigint;
  readonly distinct: string;
}

/** null: the fact is not taken, because of `where`, of its currency, or because it has no value in the field. When it happened is not looked at. */
export function shareOf(aggregate: CheckedAggregate, fact: Fact): Share | null {
  if (aggregate.where !== null && !takes(aggregate.where, fact)) return null;
  if (aggregate.field === null || aggregate.fieldType === null) return { units: 0n, distinct: '' };
  const value = comparableOf(aggregate.fieldType, fact.fields[aggregate.field]);
  if (value === null) return null;
  if (!isQuantity(value)) return { units: 0n, distinct: String(value) };
  if (aggregate.currency !== null && value.currency !== aggregate.currency) return null;
  return { units: value.n, distinct: aggregate.fn === 'distinct' ? `${value.n} ${value.currency}` : '' };
}

function takes(where: CheckedWhere, fact: Fact): boolean {
  if (where.is === 'comparison') return passes(where.test, comparableOf(where.type, fact.fields[where.field]));
  const all = where.combinator === 'and';
  return (all ? where.rules.every((rule) => takes(rule, fact)) : where.rules.some((rule) => takes(rule, fact))) !== where.not;
}

/** The window of an aggregate at t: facts with after < at <= until. */
export const windowAt = ({ window, offset }: CheckedAggregate, t: number): { after: number; until: number } => ({ after: t - offset - window, until: t - offset });

/** What units are parts of. */
export const unitsPerOne = ({ fieldType }: CheckedAggregate): bigint => (fieldType === 'number' ? PER_ONE : 1n);

/** The definition of an aggregate at t, over facts in any order; those outside the window are left out. null: min, max and avg of nothing. */
export function aggregateOf(aggregate: CheckedAggregate, facts: Iterable<Fact>, t: number): Exact | null {
  const { after, until } = windowAt(aggregate, t);
  const shares = [...facts].filter(({ at }) => at > after && at <= until).flatMap((fact) => shareOf(aggregate, fact) ?? []);
  const units = shares.map((share) => share.units);
  const sum = units.reduce((a, b) => a + b, 0n);
  const one = unitsPerOne(aggregate);
  switch (aggregate.fn) {
    case 'count': return { n: BigInt(shares.length), d: 1n };
    case 'distinct': return { n: BigInt(new Set(shares.map((share) => share.distinct)).size), d: 1n };
    case 'sum': return { n: sum, d: one };
    case 'avg': return units.length === 0 ? null : { n: sum, d: one * BigInt(units.length) };
    case 'min': return units.length === 0 ? null : { n: units.reduce((a, b) => (b < a ? b : a)), d: one };
    case 'max': return units.length === 0 ? null : { n: units.reduce((a, b) => (b > a ? b : a)), d: one };
  }
}
