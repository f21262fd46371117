import { shareOf, unitsPerOne, windowAt } from './aggregates.js';
import type { CheckedAggregate, Exact } from './checked.js';
import type { Fact } from './view.js';

/**
 * An aggregate that is kept: equal to `aggregateOf` over the facts added, at a cost of what enters and leaves its window since it was last asked.
 * Facts may come in any order of booking time, each once; it may be asked at any time, an earlier one included, back to where it was told to forget.
 */
export class SlidingAggregate {
  /** Booking times, in order; those in the window stand from #first up to #end. Beside each, in its place, what the function asks for and nothing else: a busy customer has very many. */
  readonly #at: number[] = [];
  readonly #units: Units[] | undefined;
  readonly #kinds: string[] | undefined;
  #first = 0;
  #end = 0;
  #after = -Infinity;
  #until = -Infinity;
  #sum = 0n;
  readonly #distinct = new Map<string, number>();
  /** What is in the window, in order: kept for min and max only. */
  readonly #sorted: Units[] = [];

  constructor(readonly aggregate: CheckedAggregate) {
    const { fn } = aggregate;
    if (fn === 'distinct') this.#kinds = [];
    else if (fn !== 'count') this.#units = [];
  }

  add(fact: Fact): void {
    const share = shareOf(this.aggregate, fact);
    if (share === null) return;
    const { at } = fact;
    const place = upperBound(this.#at, (other) => other <= at);
    insert(this.#at, place, at);
    if (this.#units) insert(this.#units, place, small(share.units));
    if (this.#kinds) insert(this.#kinds, place, share.distinct);
    if (at <= this.#after) this.#first += 1;
    if (at <= this.#until) this.#end += 1;
    if (at > this.#after && at <= this.#until) this.#enter(place);
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
      case 'min': return count === 0 ? null : { n: BigInt(this.#sorted[0]!), d: one };
      case 'max': return count === 0 ? null : { n: BigInt(this.#sorted.at(-1)!), d: one };
    }
  }

  /** The first moment after t at which the value may change though no fact is added; null: never. */
  nextChange(t: number): number | null {
    this.#moveTo(t);
    const { window, offset } = this.aggregate;
    const leaves = this.#first < this.#end ? this.#at[this.#first]! + offset + window : Infinity;
    const enters = this.#end < this.#at.length ? this.#at[this.#end]! + offset : Infinity;
    const next = Math.min(leaves, enters);
    return next === Infinity ? null : next;
  }

  /** Frees what no question at t or later needs; earlier ones may not be asked any more. */
  forgetBefore(t: number): void {
    this.#moveTo(t);
    for (const column of [this.#at, this.#units, this.#kinds]) column?.splice(0, this.#first);
    this.#end -= this.#first;
    this.#first = 0;
  }

  #moveTo(t: number): void {
    const { after, until } = windowAt(this.aggregate, t);
    this.#after = after;
    this.#until = until;
    // A window that jumps over itself has left it whole: the walk between is only done where it shares facts with what it was.
    const first = upperBound(this.#at, (at) => at <= after);
    const end = upperBound(this.#at, (at) => at <= until);
    if (first >= this.#end || end <= this.#first) {
      this.#clear();
      this.#first = first;
      this.#end = first;
    }
    while (this.#first > first) this.#enter(--this.#first);
    while (this.#end < end) this.#enter(this.#end++);
    while (this.#first < first) this.#leave(this.#first++);
    while (this.#end > end) this.#leave(--this.#end);
  }

  #enter(place: number): void {
    switch (this.aggregate.fn) {
      case 'count': return;
      case 'sum':
      case 'avg': this.#sum += BigInt(this.#units![place]!); return;
      case 'distinct': {
        const kind = this.#kinds![place]!;
        this.#distinct.set(kind, (this.#distinct.get(kind) ?? 0) + 1);
        return;
      }
      case 'min':
      case 'max': {
        const units = this.#units![place]!;
        insert(this.#sorted, upperBound(this.#sorted, (other) => other < units), units);
      }
    }
  }

  #leave(place: number): void {
    switch (this.aggregate.fn) {
      case 'count': return;
      case 'sum':
      case 'avg': this.#sum -= BigInt(this.#units![place]!); return;
      case 'distinct': {
        const kind = this.#kinds![place]!;
        const left = this.#distinct.get(kind)! - 1;
        if (left === 0) this.#distinct.delete(kind);
        else this.#distinct.set(kind, left);
        return;
      }
      case 'min':
      case 'max': {
        const units = this.#units![place]!;
        this.#sorted.splice(upperBound(this.#sorted, (other) => other < units), 1);
      }
    }
  }

  #clear(): void {
    this.#sum = 0n;
    this.#distinct.clear();
    this.#sorted.length = 0;
  }
}

/** Exact either way; a number where it can be, for a bigint is an object. */
export type Units = number | bigint;
export const small = (units: bigint): Units => (units >= Number.MIN_SAFE_INTEGER && units <= Number.MAX_SAFE_INTEGER ? Number(units) : units);

function insert<Item>(items: Item[], place: number, item: Item): void {
  if (place === items.length) items.push(item);
  else items.splice(place, 0, item);
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
