import type { Waiting } from './waiting.js';

/** Commands waiting to be decided, oldest first, bounded: what does not fit is turned away at once. */
export class Intake {
  #queue: Waiting[] = [];
  #head = 0;

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.#queue.length - this.#head;
  }

  hasRoomFor(commands: number): boolean {
    return this.size + commands <= this.capacity;
  }

  push(waiting: Waiting): void {
    this.#queue.push(waiting);
  }

  /** Commands that were decided and undone, or need another lookup: they keep their place before all others, whatever the capacity. */
  putBack(batch: readonly Waiting[]): void {
    this.#queue = [...batch, ...this.#queue.slice(this.#head)];
    this.#head = 0;
  }

  take(limit: number): Waiting[] {
    const batch = this.#queue.slice(this.#head, this.#head + limit);
    this.#head += batch.length;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 1_024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return batch;
  }

  *[Symbol.iterator](): Generator<Waiting> {
    for (let at = this.#head; at < this.#queue.length; at++) yield this.#queue[at]!;
  }
}
