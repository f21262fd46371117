import type { CurrencyCode } from '../../shared/kernel/money.js';
import { CURRENCIES } from '../../shared/kernel/money.js';
import type { Fact, RuleView, Value } from '../../shared/rules/view.js';
import type { CheckedAggregate } from '../../shared/rules/checked.js';
import type { MarketingAttribute, KindOfFact } from './catalogue.js';
import { Kept } from './kept-aggregates.js';
import type { Occasion } from './program.js';
import { countUntil, type HeldAccount, type Person, type Rating, type Subject } from './subject.js';

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
    facts: (kind, key, after, until) => factsOf(group, kind as KindOfFact, key, trigger, after, until),
    ...(isBusy(group, busyFrom) && { aggregates: keptOf(group[0], trigger, now) }),
  };
}

/** What a program's rule sees on an occasion; the lists and segments the customer is in are those it remembers. */
export const occasionView = (occasion: Occasion, trigger: Fact | null): RuleView =>
  subjectView(occasion.group, { now: occasion.now, trigger, startOfDay: occasion.startOfDay, inList: (list) => (occasion.recall(list)?.since ?? null) !== null });

/** From so many facts of a kind on, aggregates are kept: computed anew for each of a dozen rules, even a hundred facts cost a third of a millisecond. */
const BUSY = 20;
const isBusy = (group: Group, from: number): boolean => group.length === 1 && [...group[0].facts.values()].some(({ length }) => length > from);

function keptOf(subject: Subject, trigger: Fact | null, now: number): NonNullable<RuleView['aggregates']> {
  const nothing = (aggregate: CheckedAggregate): Kept => new Kept(aggregate, () => []);
  const kept = (aggregate: CheckedAggregate): Kept => {
    const { over, key } = aggregate;
    const shared = key === 'customer' ? undefined : (trigger?.fields[key] ?? null);
    if (shared === null) return nothing(aggregate);
    return subject.kept.of(aggregate, shared, () => factsOf([subject], over as KindOfFact, key, trigger, -Infinity, Infinity)).standAt(now);
  };
  return { value: (aggregate, at) => kept(aggregate).value(at), nextChange: (aggregate, at) => kept(aggregate).nextChange(at) };
}

function* factsOf(group: Group, kind: KindOfFact, key: string, trigger: Fact | null, after: number, until: number): Iterable<Fact> {
  const wanted = key === 'customer' ? undefined : (trigger?.fields[key] ?? null);
  // Nothing is shared with a trigger that has no such thing.
  if (wanted === null) return;
  for (const subject of group) {
    const facts = subject.facts.get(kind) ?? [];
    for (let place = countUntil(facts, after); place < facts.length && facts[place]!.at <= until; place++)
      if (wanted === undefined || facts[place]!.fields[key] === wanted) yield facts[place]!;
  }
}
