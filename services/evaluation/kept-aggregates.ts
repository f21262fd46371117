import { aggregateOf, windowAt } from '../../shared/rules/aggregates.js';
import { SlidingAggregate } from '../../shared/rules/sliding-aggregate.js';
import type { CheckedAggregate, Exact } from '../../shared/rules/checked.js';
import type { Fact } from '../../shared/rules/view.js';

/** Aggregates over one customer's facts that are kept from one question to the next. Customers with few facts need none: recomputing costs less. */
export class KeptAggregates {
  /** By aggregate, then by what its key has in common. */
  readonly #kept = new Map<string, { readonly aggregate: CheckedAggregate; readonly byValue: Map<unknown, Kept> }>();

  /** The fact is among the customer's from here on. */
  add(kind: string, fact: Fact): void {
    for (const { aggregate, byValue } of this.#kept.values())
      if (aggregate.over === kind) byValue.get(valueOf(aggregate, fact))?.add(fact);
  }

  clear(): void {
    this.#kept.clear();
  }

  /** `shared`: what the facts must have in common; undefined: nothing but the customer. `facts`: all that there are of the kind with it. */
  of(aggregate: CheckedAggregate, shared: unknown, facts: () => Iterable<Fact>): Kept {
    let kept = this.#kept.get(aggregate.id);
    if (!kept) this.#kept.set(aggregate.id, (kept = { aggregate, byValue: new Map() }));
    let one = kept.byValue.get(shared);
    if (!one) kept.byValue.set(shared, (one = new Kept(aggregate, facts)));
    return one;
  }
}

const valueOf = ({ key }: CheckedAggregate, { fields }: Fact): unknown => (key === 'customer' ? undefined : fields[key]);
const FORGET_EVERY = 64;

/** One that is kept, with only as much of the past as is asked for; about what lies before, the facts are asked. */
export class Kept {
  readonly #sliding: SlidingAggregate;
  #forgotten = -Infinity;
  #asked = -Infinity;
  #added = 0;

  constructor(private readonly aggregate: CheckedAggregate, private readonly facts: () => Iterable<Fact>) {
    this.#sliding = new SlidingAggregate(aggregate);
    for (const fact of facts()) this.#sliding.add(fact);
  }

  add(fact: Fact): void {
    this.#sliding.add(fact);
    if (++this.#added % FORGET_EVERY !== 0 || this.#asked <= this.#forgotten) return;
    this.#sliding.forgetBefore(this.#asked);
    this.#forgotten = this.#asked;
  }

  /** The present moves on; what is asked about later moments is only a look ahead. */
  standAt(now: number): this {
    this.#asked = Math.max(this.#asked, now);
    return this;
  }

  value(at: number): Exact | null {
    return at < this.#forgotten ? aggregateOf(this.aggregate, within(this.facts(), this.aggregate, at), at) : this.#sliding.value(at);
  }

  nextChange(at: number): number | null {
    return (at < this.#forgotten ? new Kept(this.aggregate, this.facts).#sliding : this.#sliding).nextChange(at);
  }
}

function* within(facts: Iterable<Fact>, aggregate: CheckedAggregate, t: number): Iterable<Fact> {
  const { after, until } = windowAt(aggregate, t);
  for (const fact of facts) if (fact.at > after && fact.at <= until) yield fact;
}
