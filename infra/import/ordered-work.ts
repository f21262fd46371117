/**
 * Runs work with bounded concurrency; pieces that share a key run one after another in the order they were added. `add` waits while too much is
 * waiting, so that a long file never fills the memory. The first failure stops what has not begun; `add` and `drain` throw it.
 */
export class OrderedWork {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #all = new Set<Promise<void>>();
  /** Who waits for a place to run, and who waits to add. */
  readonly #waiters: (() => void)[] = [];
  readonly #adders: (() => void)[] = [];
  #running = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(private readonly concurrency: number, private readonly maxWaiting = concurrency * 16) {}

  async add(keys: readonly string[], work: () => Promise<void>): Promise<void> {
    while (this.#all.size >= this.maxWaiting && !this.#failure) await new Promise<void>((resolve) => this.#adders.push(resolve));
    this.#throwFailure();
    const before = keys.map((key) => this.#tails.get(key)).filter((tail) => tail !== undefined);
    const done = this.#runAfter(before, work).finally(() => {
      this.#all.delete(done);
      this.#adders.shift()?.();
      for (const key of keys) if (this.#tails.get(key) === done) this.#tails.delete(key);
    });
    this.#all.add(done);
    for (const key of keys) this.#tails.set(key, done);
  }

  /** Waits until everything added is done. */
  async drain(): Promise<void> {
    await Promise.all(this.#all);
    this.#throwFailure();
  }

  /** Waits until nothing runs any more, whether or not it failed. */
  async settle(): Promise<void> {
    await Promise.all(this.#all);
  }

  async #runAfter(before: readonly Promise<void>[], work: () => Promise<void>): Promise<void> {
    await Promise.all(before);
    await this.#acquire();
    try {
      if (!this.#failure) await work();
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      this.#release();
    }
  }

  async #acquire(): Promise<void> {
    if (this.#running < this.concurrency) this.#running++;
    else await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  // A place is handed on, not freed, so that nobody slips in between.
  #release(): void {
    const next = this.#waiters.shift();
    if (next) next();
    else this.#running--;
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
