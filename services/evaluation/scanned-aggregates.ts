import { shareOf, unitsPerOne, windowAt } from '../../shared/rules/aggregates.js';
import type { CheckedAggregate, CheckedWhere, Comparable, ConstantTest, Exact, Order } from '../../shared/rules/checked.js';
import type { Units } from '../../shared/rules/sliding-aggregate.js';
import { comparableOf, isQuantity, passes } from '../../shared/rules/values.js';
import type { KindOfFact } from './catalogue.js';
import type { FactColumns } from './fact-columns.js';
import { FACT_FIELDS } from './fact-fields.js';

type Test = (facts: FactColumns, row: number) => boolean;

/** How an aggregate is computed over columns: the same as `aggregateOf` over the facts in them, without making any of them. */
interface Scan {
  readonly takes: Test;
  /** Where the unit or what distinguishes stands; null: every fact is worth the same. */
  readonly place: number | null;
  /** What the facts must have in common stands here; null: nothing. */
  readonly keyPlace: number | null;
}

const scans = new WeakMap<CheckedAggregate, Scan>();

/** `shared`: what the facts have in common besides the customer, by the aggregate's key. */
export function scannedValue(aggregate: CheckedAggregate, all: readonly FactColumns[], shared: unknown, t: number): Exact | null {
  const { after, until } = windowAt(aggregate, t);
  const { takes, place, keyPlace } = scanOf(aggregate);
  const { fn } = aggregate;
  const distinct = fn === 'distinct' ? new Set<unknown>() : null;
  let [count, sum, beyond] = [0, 0, 0n];
  let [least, most]: [Units, Units] = [Infinity, -Infinity];
  for (const facts of all) {
    const end = facts.countUntil(until);
    for (let row = facts.countUntil(after); row < end; row++) {
      if (keyPlace !== null && facts.columns[keyPlace]![row] !== shared) continue;
      if (!takes(facts, row)) continue;
      count++;
      if (place === null) continue;
      if (distinct) {
        distinct.add(distinguishing(aggregate, facts, row, place));
        continue;
      }
      const units = unitsAt(aggregate, facts, row, place);
      if (units < least) least = units;
      if (units > most) most = units;
      const more = typeof units === 'number' ? sum + units : NaN;
      if (Number.isSafeInteger(more)) sum = more;
      else beyond += BigInt(units);
    }
  }
  const d = unitsPerOne(aggregate);
  switch (fn) {
    case 'count': return { n: BigInt(count), d: 1n };
    case 'distinct': return { n: BigInt(distinct!.size), d: 1n };
    case 'sum': return { n: BigInt(sum) + beyond, d };
    case 'avg': return count === 0 ? null : { n: BigInt(sum) + beyond, d: d * BigInt(count) };
    case 'min': return count === 0 ? null : { n: BigInt(least), d };
    case 'max': return count === 0 ? null : { n: BigInt(most), d };
  }
}

/** The first moment after t at which the value may change though no fact is added; null: never. */
export function scannedChange(aggregate: CheckedAggregate, all: readonly FactColumns[], shared: unknown, t: number): number | null {
  const { after, until } = windowAt(aggregate, t);
  const { takes, keyPlace } = scanOf(aggregate);
  const { window, offset } = aggregate;
  let next = Infinity;
  for (const facts of all) {
    const end = facts.countUntil(until);
    const firstTaken = (from: number, to: number): number => {
      for (let row = from; row < to; row++) if ((keyPlace === null || facts.columns[keyPlace]![row] === shared) && takes(facts, row)) return facts.at[row]!;
      return Infinity;
    };
    next = Math.min(next, firstTaken(facts.countUntil(after), end) + offset + window, firstTaken(end, facts.length) + offset);
  }
  return next === Infinity ? null : next;
}

function scanOf(aggregate: CheckedAggregate): Scan {
  const known = scans.get(aggregate);
  if (known) return known;
  const fields = FACT_FIELDS.get(aggregate.over as KindOfFact)!;
  const placeOf = (name: string): number => fields.get(name)!.place;
  const { where, field, fieldType, currency, key } = aggregate;
  const tests: Test[] = where === null ? [] : [testOf(where, aggregate.over as KindOfFact)];
  const place = field === null ? null : placeOf(field);
  if (place !== null) tests.push((facts, row) => facts.columns[place]![row] !== null);
  // One that is none as the rule reads it: only numbers may be (not finite).
  if (fieldType === 'number') tests.push((facts, row) => shareOf(aggregate, facts.fact(row)) !== null);
  if (place !== null && currency !== null) tests.push((facts, row) => facts.columns[place + 1]![row] === currency);
  const made: Scan = { takes: tests.length === 1 ? tests[0]! : (facts, row) => tests.every((test) => test(facts, row)), place, keyPlace: key === 'customer' ? null : placeOf(key) };
  scans.set(aggregate, made);
  return made;
}

function unitsAt(aggregate: CheckedAggregate, facts: FactColumns, row: number, place: number): Units {
  return aggregate.fieldType === 'money' ? (facts.columns[place]![row] as Units) : shareOf(aggregate, facts.fact(row))!.units;
}

function distinguishing(aggregate: CheckedAggregate, facts: FactColumns, row: number, place: number): unknown {
  return aggregate.fieldType === 'text' ? facts.columns[place]![row] : shareOf(aggregate, facts.fact(row))!.distinct;
}

function testOf(where: CheckedWhere, kind: KindOfFact): Test {
  if (where.is === 'group') {
    const tests = where.rules.map((rule) => testOf(rule, kind));
    const all = where.combinator === 'and';
    const { not } = where;
    return (facts, row) => {
      for (const test of tests) if (test(facts, row) !== all) return all === not;
      return all !== not;
    };
  }
  const { test, type } = where;
  const field = FACT_FIELDS.get(kind)!.get(where.field)!;
  const { place } = field;
  if (test.is === 'order' && test.order === '=' && (type === 'text' || type === 'bool')) {
    const { than, not } = test;
    return (facts, row) => (facts.columns[place]![row] === than) !== not;
  }
  const exact: Test = (facts, row) => passes(test, comparableOf(type, facts.value(field, row)));
  const quick = type === 'money' ? moneyTest(test) : null;
  if (quick === null) return exact;
  return (facts, row) => {
    const units = facts.columns[place]![row];
    return typeof units === 'number' ? quick(units, facts.columns[place + 1]![row]) : exact(facts, row);
  };
}

type MoneyTest = (minor: number, currency: unknown) => boolean;

/** Of amounts that a number holds exactly; null: of others as well. */
function moneyTest(test: ConstantTest): MoneyTest | null {
  if (test.is === 'between') {
    const [from, to] = [inOrder(test.from, '>='), inOrder(test.to, '<=')];
    return from && to && ((minor, currency) => from(minor, currency) && to(minor, currency));
  }
  if (test.is !== 'order') return null;
  const met = inOrder(test.than, test.order);
  return met && ((minor, currency) => met(minor, currency) !== test.not);
}

function inOrder(than: Comparable, order: Order): MoneyTest | null {
  const limit = isQuantity(than) && than.d === 1n ? Number(than.n) : NaN;
  if (!isQuantity(than) || !Number.isSafeInteger(limit)) return null;
  const of = than.currency;
  switch (order) {
    case '=': return (minor, currency) => currency === of && minor === limit;
    case '<': return (minor, currency) => currency === of && minor < limit;
    case '<=': return (minor, currency) => currency === of && minor <= limit;
    case '>': return (minor, currency) => currency === of && minor > limit;
    case '>=': return (minor, currency) => currency === of && minor >= limit;
  }
}
