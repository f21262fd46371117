import type { Recorded } from '../../shared/events/definition.js';
import type { CheckedRule } from '../../shared/rules/checked.js';
import type { CustomerFact, Memory } from './subject.js';
import type { Group } from './subject-view.js';

/** Why something is evaluated: an event of the log, or that a moment came. */
export type Cause = { readonly kind: 'event'; readonly id: string } | { readonly kind: 'time'; readonly at: number };

/** Whom, when and why. */
export interface Occasion {
  readonly customerId: string;
  readonly group: Group;
  /** False before the registration, after the erasure, and for a record that was merged into another. */
  readonly exists: boolean;
  readonly cause: Cause;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The first moment of a day in the bank's time zone. */
  readonly startOfDay: (date: string) => number;
  /** Of this customer, by the rule's or segment's id; what is remembered is kept with the customer, null forgets. */
  recall(id: string): Memory | undefined;
  remember(id: string, memory: Memory | null): void;
}

/** What a program's own records made of its rules. */
export type RulesChange =
  | 'none'
  /** Whatever comes next is evaluated by the new rules. */
  | 'rules'
  /** Every customer is looked at now, in the order of ids. */
  | 'everybody';

/**
 * What is evaluated over the stream, and what comes of it: alerts by risk rules, memberships by segments. Everything it answers follows from what it was
 * given, in that order; it has no clock and asks nobody.
 */
export interface Program<Output> {
  /** Its own records among the events: rules published, withdrawn, parked. The same one may come again. */
  take(recorded: Recorded): RulesChange;
  /** A fact came; `now` is its own moment. */
  onFact(fact: CustomerFact, occasion: Occasion): Output[];
  /** Record, accounts or facts of a customer changed, everybody is looked at, or a moment remembered as due came; `now` is the evaluator's clock. */
  onCustomer(occasion: Occasion): Output[];
  /** Every rule in force; how far back facts are needed follows from them. */
  rules(): Iterable<CheckedRule>;
  /** What must be kept to go on later: JSON. */
  save(): object;
  load(saved: object): void;
}
