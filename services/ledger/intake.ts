import type { Lookups } from './lookups.js';
import type { Waiting } from './waiting.js';

/**
 * Commands waiting to be decided, oldest first, bounded: what does not fit is turned away at once. The oldest stretch is made ready together: what its
 * commands need from outside memory is looked up, and nobody behind is decided before that is done.
 */
export class Intake {
  #queue: Waiting[] = [];
  #head = 0;
  /** How many from the head on may be decided. */
  #ready = 0;
  /** The lookups under way; no longer ours once commands were put back before those they are for. */
  #lookup: Promise<void> | undefined;
  #gathering = false;

  /** @param arrived there is something to decide: commands came, or what they need was found. */
  constructor(
    private readonly lookups: Pick<Lookups, 'unneeded' | 'prepare'>,
    private readonly limits: { readonly capacity: number; readonly stretch: number },
    private readonly arrived: () => void,
  ) {}

  get size(): number {
    return this.#queue.length - this.#head;
  }

  get full(): boolean {
    return this.size >= this.limits.capacity;
  }

  push(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#gather();
  }

  /** Commands that were decided and undone: they keep their place before all others, whatever the capacity. */
  putBack(batch: readonly Waiting[]): void {
    this.#queue = [...batch, ...this.#queue.slice(this.#head)];
    this.#head = 0;
    this.lookAgain();
    this.#gather();
  }

  /** What was looked up for those who are ready no longer suffices. */
  lookAgain(): void {
    this.#ready = 0;
    this.#lookup = undefined;
  }

  /** The oldest command if it may be decided. */
  get next(): Waiting | undefined {
    return this.#ready > 0 ? this.#queue[this.#head] : undefined;
  }

  /** The oldest command was decided. */
  shift(): void {
    this.#head++;
    this.#ready--;
  }

  /** Whether there is a command that may be decided. If one only needs something looked up first, that is begun, and `arrived` called when it is found. */
  makeReady(): boolean {
    if (this.#ready > 0) return true;
    if (this.#lookup || this.size === 0) return false;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
    const stretch = this.#queue.slice(0, this.limits.stretch);
    for (const waiting of stretch) waiting.lookup = undefined;
    const needy = stretch.filter((waiting) => !this.lookups.unneeded(waiting));
    if (needy.length === 0) {
      this.#ready = stretch.length;
      return true;
    }
    const lookup = this.lookups.prepare(needy).then(() => {
      if (this.#lookup !== lookup) return;
      this.#lookup = undefined;
      this.#ready = stretch.length;
      this.arrived();
    });
    this.#lookup = lookup;
    return false;
  }

  *[Symbol.iterator](): Generator<Waiting> {
    for (let at = this.#head; at < this.#queue.length; at++) yield this.#queue[at]!;
  }

  /** Until the current round of I/O is over, so that all requests that came together go together. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    setImmediate(() => {
      this.#gathering = false;
      this.arrived();
    });
  }
}
