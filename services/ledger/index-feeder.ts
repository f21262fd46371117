import type { Logger } from 'pino';
import { readCommands } from './log-commands.js';
import type { TailSource } from './log-tail.js';
import type { IndexedCommand, LedgerIndex } from './index-port.js';

const BATCH = 5_000;
const MAX_QUEUED = 500_000;

/**
 * Brings the index behind the log: stored commands wait here and go in by thousands; whatever the queue does not have (an index that was emptied, a queue
 * that overflowed while the index was away) is read from the log again.
 */
export class IndexFeeder {
  #queue: IndexedCommand[] = [];
  /** Everything after this revision is in the queue; undefined until the index was reached. */
  #queueAfter: number;
  #indexedThrough = -1;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #suspect = true;
  #lost = false;
  #stopped = false;

  constructor(
    private readonly sources: TailSource & { readonly shard: number; readonly index: LedgerIndex; readonly logger: Logger; readonly intervalMs: number },
    private readonly logId: () => string,
    /** The queue will be given everything after this revision. */
    queueAfter: number,
    private readonly advanced: (indexedThrough: number) => void,
  ) {
    this.#queueAfter = queueAfter;
  }

  get indexedThrough(): number {
    return this.#indexedThrough;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), this.sources.intervalMs);
    this.#timer.unref();
  }

  /** Commands of a stored group, in order. */
  add(command: IndexedCommand): void {
    this.#queue.push(command);
    if (this.#queue.length > MAX_QUEUED) {
      this.#queueAfter = this.#queue[this.#queue.length - 1]!.revision;
      this.#queue = [];
      this.#lost = true;
    }
    if (this.#queue.length >= BATCH && !this.#running) void this.flush();
  }

  /** The index named a revision that holds something else: it is emptied and read anew. */
  provedWrong(): void {
    this.#suspect = true;
    void this.sources.index.reset(this.sources.shard).catch((error: unknown) => this.sources.logger.warn({ err: error }, 'the index could not be emptied'));
  }

  /** It has less than it had: look where it stands and read on from there. */
  fellBack(): void {
    this.#suspect = true;
    void this.flush();
  }

  /** Tries to bring the index up to date; a failure is logged and tried again at the next interval. */
  flush(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return (this.#running ??= this.#flush()
      .catch((error: unknown) => {
        this.#suspect = true;
        this.sources.logger.warn({ err: error }, 'the index of commands falls behind');
      })
      .finally(() => (this.#running = undefined)));
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    this.#stopped = true;
  }

  async #flush(): Promise<void> {
    const { index, shard } = this.sources;
    if (this.#suspect || this.#lost) {
      this.#moved(await index.checkpoint(shard, this.logId()));
      this.#suspect = this.#lost = false;
    }
    if (this.#indexedThrough < this.#queueAfter) await this.#readAgain();
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, BATCH).filter(({ revision }) => revision > this.#indexedThrough);
      const to = this.#queue[Math.min(BATCH, this.#queue.length) - 1]!.revision;
      if (to > this.#indexedThrough && !(await this.#advance(to, batch))) return;
      this.#queueAfter = Math.max(this.#queueAfter, to);
      this.#queue = this.#queue.filter(({ revision }) => revision > to);
    }
  }

  async #readAgain(): Promise<void> {
    const through = this.#queueAfter;
    for await (const batch of readCommands(this.sources, this.#indexedThrough + 1, through, BATCH))
      if (this.#stopped || !(await this.#advance(batch.at(-1)!.revision, batch))) return;
  }

  async #advance(to: number, commands: readonly IndexedCommand[]): Promise<boolean> {
    const { index, shard } = this.sources;
    if (await index.advance(shard, this.#indexedThrough, to, commands)) {
      this.#moved(to);
      return true;
    }
    this.#suspect = true; // moved by another process: look where it stands next time
    return false;
  }

  #moved(to: number): void {
    this.#indexedThrough = to;
    this.advanced(to);
  }
}
