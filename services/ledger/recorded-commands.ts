import type { Journal } from './journal.js';

/** Set once the group that a command went with is stored; one for all of the group. */
export interface Receipt {
  position: bigint | undefined;
}

/** What must be known of a command to answer it again. */
export interface RecordedCommand {
  /** Keyed hash of the command as sent; absent for commands without an idempotency key. */
  readonly hash: string | undefined;
  /** Revision of its last event. */
  readonly revision: number;
  readonly receipt: Receipt;
  readonly accountNumber?: string | undefined;
}

/**
 * The commands of the log's newest part, by id. Everything after `evictedThrough` is here; what lies before is in the index, and nothing is dropped
 * here before the index is known to have it.
 */
export class RecordedCommands {
  readonly #commands = new Map<string, RecordedCommand>();
  #evictedThrough: number;

  /** @param evictedThrough the last revision whose commands are not here, -1 where all of the log is. */
  constructor(private readonly journal: Journal, evictedThrough = -1) {
    this.#evictedThrough = evictedThrough;
  }

  get count(): number {
    return this.#commands.size;
  }

  get evictedThrough(): number {
    return this.#evictedThrough;
  }

  /** Whether a command that is not here is in no log at all. */
  get whole(): boolean {
    return this.#evictedThrough < 0;
  }

  get(commandId: string): RecordedCommand | undefined {
    return this.#commands.get(commandId);
  }

  /** A command that was just decided. */
  add(commandId: string, command: RecordedCommand): void {
    this.#commands.set(commandId, command);
    this.journal.record(() => this.#commands.delete(commandId));
  }

  /** A command as read from the log; its later events replace its earlier ones. */
  restore(commandId: string, command: RecordedCommand): void {
    this.#commands.set(commandId, command);
  }

  /** Drops the oldest beyond `keep`, as far as the index has them. */
  evict(keep: number, indexedThrough: number): void {
    let excess = this.#commands.size - keep;
    if (excess <= 0) return;
    for (const [commandId, { revision }] of this.#commands) {
      if (excess-- <= 0 || revision > indexedThrough) return;
      this.#commands.delete(commandId);
      this.#evictedThrough = revision;
    }
  }
}
