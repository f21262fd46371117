import { shareOf, unitsPerOne, windowAt, type Share } from './aggregates.js';
import type { CheckedAggregate, Exact } from './checked.js';
import type { Fact } from './view.js';

interface Entry extends Share { readonly at: number }

/**
 * An aggregate that is kept: equal to `aggregateOf` over the facts added, at a cost of what enters and leaves its window since it was last asked.
 * Facts may come in any order of booking time, each once; it may be asked at any time, an earlier one included, back to where it was told to forget.
 */
export class SlidingAggregate {
  /** By booking time. Those in the window stand from #first up to #end. */
  readonly #entries: Entry[] = [];
  #first = 0;
  #end = 0;
  #after = -Infinity;
  #until = -Infinity;
  #sum = 0n;
  readonly #distinct = new Map<string, number>();
  /** What is in the window, in order: kept for min and max only. */
  readonly #sorted: bigint[] = [];

  constructor(readonly aggregate: CheckedAggregate) {}

  add(fact: Fact): void {
    const share = shareOf(this.aggregate, fact);
    if (share === null) return;
    const entry = { at: fact.at, units: share.units, distinct: share.distinct };
    const place = upperBound(this.#entries, (other) => other.at <= entry.at);
    this.#entries.splice(place, 0, entry);
    if (entry.at <= this.#after) this.#first += 1;
    if (entry.at <= this.#until) this.#end += 1;
    if (entry.at > this.#after && entry.at <= this.#until) this.#enter(entry);
  }

  /** null: min, max and avg of nothing. */
  value(t: number): Exact | null {
    this.#moveTo(t);
    const count = this.#end - this.#first;
    const one = unitsPerOne(this.aggregate);
    switch (this.aggregate.fn) {
      case 'count': return { n: BigInt(count), d: 1n };
      case 'distinct': return { n: BigInt(this.#distinct.size), d: 1n };
      case 'sum': return { n: this.#sum, d: one };
      case 'avg': return count === 0 ? null : { n: this.#sum, d: one * BigInt(count) };
      case 'min': return count === 0 ? null : { n: this.#sorted[0]!, d: one };
      case 'max': return count === 0 ? null : { n: this.#sorted.at(-1)!, d: one };
    }
  }

  /** The first moment after t at which the value may change though no fact is added; null: never. */
  nextChange(t: number): number | null {
    this.#moveTo(t);
    const { window, offset } = this.aggregate;
    const leaves = this.#first < this.#end ? this.#entries[this.#first]!.at + offset + window : Infinity;
    const enters = this.#end < this.#entries.length ? this.#entries[this.#end]!.at + offset : Infinity;
    const next = Math.min(leaves, enters);
    return next === Infinity ? null : next;
  }

  /** Frees what no question at t or later needs; earlier ones may not be asked any more. */
  forgetBefore(t: number): void {
    this.#moveTo(t);
    this.#entries.splice(0, this.#first);
    this.#end -= this.#first;
    this.#first = 0;
  }

  #moveTo(t: number): void {
    const { after, until } = windowAt(this.aggregate, t);
    this.#after = after;
    this.#until = until;
    const entries = this.#entries;
    // A window that jumps over itself has left it whole: the walk between is only done where it shares facts with what it was.
    const first = upperBound(entries, ({ at }) => at <= after);
    const end = upperBound(entries, ({ at }) => at <= until);
    if (first >= this.#end || end <= this.#first) {
      this.#clear();
      this.#first = first;
      this.#end = first;
    }
    while (this.#first > first) this.#enter(entries[--this.#first]!);
    while (this.#end < end) this.#enter(entries[this.#end++]!);
    while (this.#first < first) this.#leave(entries[this.#first++]!);
    while (this.#end > end) this.#leave(entries[--this.#end]!);
  }

  #enter({ units, distinct }: Entry): void {
    switch (this.aggregate.fn) {
      case 'count': return;
      case 'sum':
      case 'avg': this.#sum += units; return;
      case 'distinct': this.#distinct.set(distinct, (this.#distinct.get(distinct) ?? 0) + 1); return;
      case 'min':
      case 'max': this.#sorted.splice(upperBound(this.#sorted, (other) => other < units), 0, units);
    }
  }

  #leave({ units, distinct }: Entry): void {
    switch (this.aggregate.fn) {
      case 'count': return;
      case 'sum':
      case 'avg': this.#sum -= units; return;
      case 'distinct': {
        const left = this.#distinct.get(distinct)! - 1;
        if (left === 0) this.#distinct.delete(distinct);
        else this.#distinct.set(distinct, left);
        return;
      }
      case 'min':
      case 'max': this.#sorted.splice(upperBound(this.#sorted, (other) => other < units), 1);
    }
  }

  #clear(): void {
    this.#sum = 0n;
    this.#distinct.clear();
    this.#sorted.length = 0;
  }
}

/** How many at the beginning of an ordered list are still before something. */
function upperBound<Item>(items: readonly Item[], before: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
