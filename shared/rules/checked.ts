import type { CurrencyCode } from '../kernel/money.js';
import type { FieldType } from './catalogue.js';
import type { AggregateFunction, Combinator, RuleNode } from './language.js';

/** A rule that `checkRule` accepted: names resolved, constants read. Only `checkRule` makes it; evaluating it never throws. */
export interface CheckedRule {
  /** As it was written. */
  readonly tree: RuleNode;
  readonly root: CheckedNode;
  /** What it asks for, each once. */
  readonly aggregates: readonly CheckedAggregate[];
  readonly attributes: readonly string[];
  readonly lists: readonly string[];
  /** The kind of fact that triggers it; null: none. */
  readonly trigger: string | null;
}

/** An exact number n / d with d > 0: of money in minor units. */
export interface Exact {
  readonly n: bigint;
  readonly d: bigint;
}

/** An aggregate as it is computed. Equal ones have the same `id`, whatever rule they stand in. */
export interface CheckedAggregate {
  readonly id: string;
  readonly fn: AggregateFunction;
  readonly over: string;
  readonly key: string;
  readonly field: string | null;
  readonly fieldType: FieldType | null;
  /** Where money is computed: the others are left out. */
  readonly currency: CurrencyCode | null;
  readonly where: CheckedWhere | null;
  /** Milliseconds. */
  readonly window: number;
  readonly offset: number;
}

export type CheckedNode =
  | { readonly is: 'group'; readonly node: string; readonly combinator: Combinator; readonly not: boolean; readonly rules: readonly CheckedNode[] }
  | { readonly is: 'comparison'; readonly node: string; readonly operand: CheckedOperand; readonly test: CheckedTest }
  | { readonly is: 'list'; readonly node: string; readonly list: string; readonly not: boolean };

export type CheckedWhere =
  | { readonly is: 'group'; readonly combinator: Combinator; readonly not: boolean; readonly rules: readonly CheckedWhere[] }
  | { readonly is: 'comparison'; readonly field: string; readonly type: FieldType; readonly test: ConstantTest };

export type CheckedOperand =
  | { readonly from: 'attr' | 'fact'; readonly name: string; readonly type: FieldType }
  | { readonly from: 'agg'; readonly aggregate: CheckedAggregate; readonly type: 'number' | 'money' };

/** A quantity of money has a currency, a number null. */
export interface Quantity extends Exact { readonly currency: CurrencyCode | null }
/** What values of a type are compared as: numbers and money exactly; dates, texts, bools as they are, moments in milliseconds. */
export type Comparable = Quantity | string | boolean | number;

export type Order = '=' | '<' | '<=' | '>' | '>=';
/** `not` is the complement of what stands beside it: != is not =, notIn is not in, notNull not null. */
export type ConstantTest =
  | { readonly is: 'null'; readonly not: boolean }
  | { readonly is: 'order'; readonly order: Order; readonly not: boolean; readonly than: Comparable }
  | { readonly is: 'between'; readonly from: Comparable; readonly to: Comparable }
  | { readonly is: 'in'; readonly not: boolean; readonly values: ReadonlySet<string> }
  | { readonly is: 'beginsWith'; readonly prefix: string }
  | { readonly is: 'containsAny'; readonly values: ReadonlySet<string> };
export type CheckedTest =
  | ConstantTest
  | { readonly is: 'reference'; readonly order: Order; readonly not: boolean; readonly of: CheckedOperand; readonly times: Exact }
  | { readonly is: 'age'; readonly older: boolean; readonly than: number };
