import TinyQueue from 'tinyqueue';

export interface DueCustomer {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** When each customer has to be looked at again though nothing happens: by moment, then by id. */
export class DueQueue {
  readonly #moments = new Map<string, number>();
  readonly #queue = new TinyQueue<DueCustomer>([], (a, b) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));

  set(id: string, at: number | null): void {
    if (at === null) return void this.#moments.delete(id);
    if (this.#moments.get(id) === at) return;
    this.#moments.set(id, at);
    this.#queue.push({ id, at });
  }

  /** Takes out the first that lies at or before `until`. */
  takeNext(until: number): DueCustomer | undefined {
    for (let first = this.#queue.peek(); first && first.at <= until; first = this.#queue.peek()) {
      this.#queue.pop();
      // What was set anew since stands elsewhere in the queue.
      if (this.#moments.get(first.id) !== first.at) continue;
      this.#moments.delete(first.id);
      return first;
    }
    return undefined;
  }
}
