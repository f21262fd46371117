import type { CurrencyCode } from '../../shared/kernel/money.js';
import { CURRENCIES } from '../../shared/kernel/money.js';
import type { Fact, RuleView, Value } from '../../shared/rules/view.js';
import type { CheckedAggregate } from '../../shared/rules/checked.js';
import type { MarketingAttribute, KindOfFact } from './catalogue.js';
import type { FactColumns } from './fact-columns.js';
import { FACT_FIELDS } from './fact-fields.js';
import { scannedChange, scannedValue } from './scanned-aggregates.js';
import type { Occasion } from './program.js';
import type { HeldAccount, Person, Rating, Subject } from './subject.js';

/** A customer with the records merged into it, the survivor first: rules see one person. */
export type Group = readonly [Subject, ...Subject[]];

type Attribute = (group: Group) => Value;

const person = (pick: (person: Person) => Value): Attribute => ([{ person }]) => (person === null ? null : pick(person));
const profile = (pick: (profile: Person['profile']) => Value): Attribute => person(({ profile }) => pick(profile));
const rating = (pick: (rating: Rating) => Value): Attribute => person(({ rating }) => (rating ? pick(rating) : null));
const consent = (name: string): Attribute => profile(({ consents }) => consents[name] ?? null);
const openAccounts = (group: Group): HeldAccount[] => group.flatMap(({ accounts }) => [...accounts.values()].filter(({ status }) => status !== 'closed'));
const each = (group: Group, of: (account: HeldAccount) => string): string[] => [...new Set(openAccounts(group).map(of))].sort();
const most = (moments: readonly number[]): number | null => (moments.length === 0 ? null : Math.max(...moments));
const least = (moments: readonly number[]): number | null => (moments.length === 0 ? null : Math.min(...moments));
const accountsOf = (group: Group): HeldAccount[] => group.flatMap(({ accounts }) => [...accounts.values()]);

const balance = (currency: CurrencyCode): Attribute => (group) => {
  const held = openAccounts(group).filter((account) => account.currency === currency);
  return held.length === 0 ? null : { minor: held.reduce((sum, { balance }) => sum + balance, 0n), currency };
};
const balances = Object.fromEntries((Object.keys(CURRENCIES) as CurrencyCode[]).map((currency) => [`balance.${currency}`, balance(currency)]));

const ATTRIBUTES: Readonly<Record<MarketingAttribute, Attribute>> = {
  'customer.kind': person(({ kind }) => kind),
  'customer.branch': person(({ branch }) => branch),
  'customer.manager': person(({ manager }) => manager),
  'customer.registeredAt': person(({ registeredAt }) => registeredAt),
  'customer.identityVerified': person(({ identityVerified }) => identityVerified),
  'customer.restricted': person(({ restricted }) => restricted),
  'customer.sex': profile(({ sex }) => sex),
  'customer.birthDate': profile(({ birthDate }) => birthDate),
  'customer.country': profile(({ country }) => country),
  'customer.city': profile(({ city }) => city),
  'customer.occupation': profile(({ occupation }) => occupation),
  'customer.maritalStatus': profile(({ maritalStatus }) => maritalStatus),
  'customer.riskPreference': profile(({ riskPreference }) => riskPreference),
  'customer.interests': profile(({ interests }) => interests),
  'customer.tags': profile(({ tags }) => tags),
  'customer.income': profile(({ income }) => income),
  'consent.marketingSms': consent('marketingSms'),
  'consent.marketingEmail': consent('marketingEmail'),
  'consent.marketingPush': consent('marketingPush'),
  'consent.profiling': consent('profiling'),
  'consent.dataSharing': consent('dataSharing'),
  'accounts.open': (group) => openAccounts(group).length,
  'accounts.frozen': (group) => openAccounts(group).some(({ status }) => status === 'frozen'),
  'accounts.products': (group) => each(group, ({ product }) => product),
  'accounts.currencies': (group) => each(group, ({ currency }) => currency),
  'accounts.firstOpenedAt': (group) => least(accountsOf(group).map(({ openedAt }) => openedAt)),
  'accounts.lastMovementAt': (group) => most(accountsOf(group).flatMap(({ lastMovementAt }) => lastMovementAt ?? [])),
  'holds.open': (group) => openAccounts(group).reduce((sum, { holds }) => sum + holds.length, 0),
  'rfm.recency': rating(({ recency }) => recency),
  'rfm.frequency': rating(({ frequency }) => frequency),
  'rfm.monetary': rating(({ monetary }) => monetary),
  'rfm.cell': rating(({ recency, frequency, monetary }) => `${recency}${frequency}${monetary}`),
  'rfm.tier': rating(({ tier }) => tier),
  ...balances,
} as Readonly<Record<MarketingAttribute, Attribute>>;

export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly trigger: Fact | null;
  readonly inList: (list: string) => boolean;
  /** The first moment of a day in the bank's time zone. */
  readonly startOfDay: (date: string) => number;
}

/** What a rule sees of a customer at a moment. */
export function subjectView(group: Group, { now, trigger, inList, startOfDay }: Moment, busyFrom = BUSY): RuleView {
  return {
    now, trigger, inList, startOfDay,
    attribute(name) {
      const attribute = ATTRIBUTES[name as MarketingAttribute];
      if (attribute === undefined) throw new Error(`no attribute ${name}`);
      return attribute(group);
    },
    facts: (kind, key, after, until) => factsOf(group, kind as KindOfFact, key, sharedWith(trigger, key), after, until),
    aggregates: aggregatesOf(group, trigger, now, busyFrom),
  };
}

/** What a program's rule sees on an occasion; the lists and segments the customer is in are those it remembers. */
export const occasionView = (occasion: Occasion, trigger: Fact | null): RuleView =>
  subjectView(occasion.group, { now: occasion.now, trigger, startOfDay: occasion.startOfDay, inList: (list) => (occasion.recall(list)?.since ?? null) !== null });

/** From so many facts of a kind on, aggregates are kept: going through a few hundred costs less than keeping what is worked out of them. */
const BUSY = 200;

function aggregatesOf(group: Group, trigger: Fact | null, now: number, busyFrom: number): NonNullable<RuleView['aggregates']> {
  const [subject] = group;
  function ask<Answer>({ over, key }: CheckedAggregate, kept: (facts: () => Iterable<Fact>, shared: unknown) => Answer, scanned: (all: readonly FactColumns[], shared: unknown) => Answer): Answer {
    const kind = over as KindOfFact;
    const shared = sharedWith(trigger, key);
    if (shared === null) return scanned([], null);
    if (group.length === 1 && (subject.facts.get(kind)?.length ?? 0) > busyFrom) return kept(() => factsOf(group, kind, key, shared, -Infinity, Infinity), shared);
    return scanned(group.flatMap(({ facts }) => facts.get(kind) ?? []), shared);
  }
  return {
    value: (aggregate, at) => ask(aggregate,
      (facts, shared) => subject.kept.of(aggregate, shared, facts).standAt(now).value(at), (all, shared) => scannedValue(aggregate, all, shared, at)),
    nextChange: (aggregate, at) => ask(aggregate,
      (facts, shared) => subject.kept.of(aggregate, shared, facts).standAt(now).nextChange(at), (all, shared) => scannedChange(aggregate, all, shared, at)),
  };
}

/** Undefined: nothing but the customer. Null: nothing is shared with a trigger that has no such thing. */
const sharedWith = (trigger: Fact | null, key: string): unknown => (key === 'customer' ? undefined : (trigger?.fields[key] ?? null));

function* factsOf(group: Group, kind: KindOfFact, key: string, shared: unknown, after: number, until: number): Iterable<Fact> {
  if (shared === null) return;
  for (const subject of group) {
    const facts = subject.facts.get(kind);
    if (!facts) continue;
    const end = facts.countUntil(until);
    const keyPlace: number | undefined = shared === undefined ? undefined : FACT_FIELDS.get(kind)!.get(key)!.place;
    for (let row = facts.countUntil(after); row < end; row++)
      if (keyPlace === undefined || facts.columns[keyPlace]?.[row] === shared) yield facts.fact(row);
  }
}
