import type { CurrencyCode, Money } from '../../shared/kernel/money.js';
import type { Fact } from '../../shared/rules/view.js';
import type { KindOfFact } from './catalogue.js';
import { FactColumns } from './fact-columns.js';
import type { Asked } from './fact-fields.js';
import { KeptAggregates } from './kept-aggregates.js';

/** What rules may ask of a customer's record; identifying data is not among it. Moments in milliseconds since 1970, money as it is. */
export interface Person {
  readonly kind: 'individual' | 'corporate';
  readonly branch: string | null;
  readonly manager: string | null;
  readonly registeredAt: number;
  readonly identityVerified: boolean;
  readonly restricted: boolean;
  /** By the latest run of RFM; null where it gave none. */
  readonly rating: Rating | null;
  readonly profile: Picks;
}

export interface Rating {
  readonly recency: number;
  readonly frequency: number;
  readonly monetary: number;
  readonly tier: string;
}

/** Of the profile; null or empty where it says nothing. Personal, so it is sealed where it is kept. */
export interface Picks {
  readonly sex: string | null;
  readonly birthDate: string | null;
  readonly country: string | null;
  readonly city: string | null;
  readonly occupation: string | null;
  readonly maritalStatus: string | null;
  readonly riskPreference: string | null;
  readonly interests: readonly string[] | null;
  readonly tags: readonly string[] | null;
  readonly income: Money | null;
  readonly consents: Readonly<Record<string, boolean>>;
}

export interface HeldAccount {
  readonly product: string;
  readonly currency: CurrencyCode;
  readonly openedAt: number;
  readonly status: 'open' | 'frozen' | 'closed';
  readonly balance: bigint;
  /** In minor units; null: none or unbounded. */
  readonly overdraftLimit: bigint | null;
  readonly lastMovementAt: number | null;
  readonly holds: readonly string[];
}

/** Something that a customer's account did. Its id begins with that of the movement, hold or account; a movement's ends with the place of the leg. */
export interface CustomerFact extends Fact {
  readonly kind: KindOfFact;
  readonly customerId: string;
}

/** One customer as the evaluator keeps it: the record's picks, the accounts owned, what happened, and what each rule or segment remembers of it. */
export interface Subject {
  readonly id: string;
  /** Null before it is registered and once it is erased. */
  person: Person | null;
  readonly accounts: Map<string, HeldAccount>;
  readonly facts: Map<KindOfFact, FactColumns>;
  /** Older facts than these (by `at`) may be left out, and what rules do not ask for. */
  factsFrom: number;
  /** Not stored: had again from the facts. */
  readonly kept: KeptAggregates;
  /** Of rules and segments, by their id. */
  readonly memory: Map<string, Memory>;
}

/** What a rule or segment remembers of one customer. */
export interface Memory {
  /** When it last became true: an alert's moment, the entry into a segment. Null: it is not. */
  readonly since: number | null;
  /** When it may change though nothing happens. */
  readonly due: number | null;
}

export const newSubject = (id: string): Subject => ({ id, person: null, accounts: new Map(), facts: new Map(), factsFrom: -Infinity, kept: new KeptAggregates(), memory: new Map() });

/** Holds of the fact what is asked for. Answers whether that is anything. */
export function addFact(subject: Subject, fact: CustomerFact, asked: Asked): boolean {
  const fields = asked.get(fact.kind);
  if (!fields) return false;
  subject.kept.add(fact.kind, fact);
  let facts = subject.facts.get(fact.kind);
  if (!facts) subject.facts.set(fact.kind, (facts = new FactColumns(subject.id, fact.kind, fields)));
  facts.add(fact);
  return true;
}

/** Lets go of facts before the moment where they are `atLeast` so many and half of their kind: seldom, so that what stays is not moved for every fact. Answers how many. */
export function forgetFacts(subject: Subject, before: number, atLeast: number): number {
  let forgotten = 0;
  for (const facts of subject.facts.values()) {
    const old = facts.countUntil(before - 1);
    if (old < atLeast || old * 2 < facts.length) continue;
    facts.forget(old);
    forgotten += old;
  }
  if (forgotten > 0) {
    subject.factsFrom = Math.max(subject.factsFrom, before);
    // They are had anew of what is left, where there is still enough of it.
    subject.kept.clear();
  }
  return forgotten;
}
