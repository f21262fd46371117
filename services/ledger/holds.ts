import type { Journal } from './journal.js';

export interface OpenHold {
  readonly holdId: string;
  readonly slot: number;
  readonly minor: bigint;
  /** Milliseconds since 1970; never where absent. */
  readonly expiresAt?: number | undefined;
  readonly to?: string | undefined;
  /** Order of placing within the shard. */
  readonly sequence: number;
}

/** The open holds of a shard. A hold is never changed, only placed and ended. */
export class Holds {
  readonly #open = new Map<string, OpenHold>();
  #placed = 0;
  /** Holds with an expiry, soonest first; holds that ended meanwhile are dropped when they come up. */
  #queue: OpenHold[] = [];

  constructor(private readonly journal: Journal) {}

  get placed(): number {
    return this.#placed;
  }

  get count(): number {
    return this.#open.size;
  }

  get(holdId: string): OpenHold | undefined {
    return this.#open.get(holdId);
  }

  place(hold: Omit<OpenHold, 'sequence'>): void {
    const placed: OpenHold = { ...hold, sequence: this.#placed++ };
    this.#enter(placed);
    this.journal.record(() => {
      this.#open.delete(hold.holdId);
      this.#placed--;
    });
  }

  end(holdId: string): void {
    const hold = this.#open.get(holdId)!;
    this.#open.delete(holdId);
    this.journal.record(() => this.#enter(hold));
  }

  /** Up to `limit` open holds that have expired at `now`, soonest first. */
  expired(now: number, limit: number): OpenHold[] {
    const found = new Set<OpenHold>();
    while (this.#queue.length > 0 && found.size < limit) {
      const soonest = this.#queue[0]!;
      if (this.#open.get(soonest.holdId) !== soonest) this.#dequeue();
      else if (soonest.expiresAt! <= now) found.add(this.#dequeue());
      else break;
    }
    for (const hold of found) this.#enqueue(hold); // they leave the queue for good once their release is applied
    return [...found];
  }

  /** In order of placing. */
  all(): OpenHold[] {
    return [...this.#open.values()].sort((a, b) => a.sequence - b.sequence);
  }

  /** For a snapshot: the same holds, to be sorted later. The map itself goes on changing. */
  unsorted(): OpenHold[] {
    return [...this.#open.values()];
  }

  restore(holds: readonly OpenHold[], placed: number): void {
    for (const hold of holds) this.#enter(hold);
    this.#placed = placed;
  }

  #enter(hold: OpenHold): void {
    this.#open.set(hold.holdId, hold);
    if (hold.expiresAt !== undefined) this.#enqueue(hold);
  }

  #enqueue(hold: OpenHold): void {
    if (this.#queue.length > 2 * this.#open.size + 1_000) this.#dropEnded();
    const queue = this.#queue;
    let at = queue.push(hold) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (queue[parent]!.expiresAt! <= hold.expiresAt!) break;
      queue[at] = queue[parent]!;
      at = parent;
    }
    queue[at] = hold;
  }

  #dequeue(): OpenHold {
    const queue = this.#queue;
    const first = queue[0]!;
    const last = queue.pop()!;
    if (queue.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && queue[child + 1]!.expiresAt! < queue[child]!.expiresAt!) child++;
      if (queue[child]!.expiresAt! >= last.expiresAt!) break;
      queue[at] = queue[child]!;
      at = child;
    }
    queue[at] = last;
    return first;
  }

  /** Most holds end long before they expire: without this the queue would keep them until then. A sorted array is a heap. */
  #dropEnded(): void {
    this.#queue = [...this.#open.values()].filter((hold) => hold.expiresAt !== undefined).sort((a, b) => a.expiresAt! - b.expiresAt!);
  }
}
