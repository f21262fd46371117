import type { Money } from '../kernel/money.js';
import type { CheckedAggregate, Exact } from './checked.js';

/**
 * A value in memory by its type: number (taken to six decimals), money (minor units and currency), text, bool, date ("2026-01-31"),
 * moment (milliseconds since 1970-01-01T00:00Z), texts. null: there is none.
 */
export type Value = number | Money | string | boolean | readonly string[] | null;

/** Something that happened, as rules count it. A field that is not there is null. */
export interface Fact {
  readonly id: string;
  /** Booking time, in milliseconds since 1970-01-01T00:00Z. */
  readonly at: number;
  readonly fields: Readonly<Record<string, Value>>;
}

/** What a rule asks about one subject at one moment. Nothing here may change while a rule is evaluated. */
export interface RuleView {
  /** The moment t of the evaluation, in milliseconds since 1970-01-01T00:00Z. */
  readonly now: number;
  /** The fact that triggers; null where nothing but time did, or none has to. */
  readonly trigger: Fact | null;
  attribute(name: string): Value;
  /** The facts of a kind that have the key in common with the subject or the trigger, after < at <= until, in any order. `until` may be Infinity. */
  facts(kind: string, key: string, after: number, until: number): Iterable<Fact>;
  inList(id: string): boolean;
  /** The first moment of a day ("2026-01-31") where the subject lives. */
  startOfDay(date: string): number;
  /** Where aggregates are kept incrementally; without it, they are computed from `facts`. */
  readonly aggregates?: KeptAggregates;
}

/** At `now` and, to look ahead, at later moments. */
export interface KeptAggregates {
  /** null: there is none (min, max, avg of nothing). */
  value(aggregate: CheckedAggregate, at: number): Exact | null;
  /** The first moment after `at` at which it may change though nothing comes; null: never. */
  nextChange(aggregate: CheckedAggregate, at: number): number | null;
}
