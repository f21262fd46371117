import { outage, refused, type LedgerAnswer } from './answers.js';
import { MAX_BATCH_LINES, type LedgerCommand } from './commands.js';
import type { BatchReceipt } from './decider.js';
import { IndexFeeder } from './index-feeder.js';
import type { ShardParts, ShardStatus } from './shard-parts.js';
import { executeLines } from './lines.js';
import { Snapshotter } from './snapshotter.js';
import type { Loaded } from './starting.js';
import { systemContext } from './system-context.js';
import { Ticking } from './ticking.js';
import type { ShardContext } from './waiting.js';
import { Writer } from './writer.js';

const OVERDUE_CHECK_MS = 250;

/** A running shard: takes commands in for its writer, lets time pass, and keeps index and snapshots behind the log. */
export class Shard {
  readonly #writer: Writer;
  readonly #feeder: IndexFeeder;
  readonly #snapshotter: Snapshotter;
  readonly #ticking: Ticking;
  #timers: NodeJS.Timeout[] = [];
  #life: 'serving' | 'stopping' | 'stopped' = 'serving';
  #stopping: Promise<void> | undefined;

  constructor(private readonly parts: ShardParts, private readonly loaded: Loaded) {
    const { config } = parts;
    const { state, recorded, commandsAfter, snapshotRevision } = loaded;
    const logId = (): string => this.#writer.logId;
    this.#feeder = new IndexFeeder({ ...parts, intervalMs: config.indexIntervalMs }, logId, commandsAfter, (through) => recorded.evict(config.rememberedCommands, through));
    this.#snapshotter = new Snapshotter({ ...parts, state, every: config.snapshotEvery }, logId, snapshotRevision);
    this.#writer = new Writer(parts, loaded, { feeder: this.#feeder, snapshotter: this.#snapshotter });
    this.#ticking = new Ticking(state, parts.clock, (command) => this.#enqueue(command, systemContext(parts.ids())));
  }

  start(): void {
    const { tickMs } = this.parts.config;
    for (const command of this.loaded.commands) this.#feeder.add(command);
    this.#feeder.start();
    this.#timers.push(setInterval(() => this.#writer.answerOverdue(), OVERDUE_CHECK_MS).unref());
    if (tickMs > 0) this.#timers.push(setInterval(() => void this.tick(), tickMs).unref());
  }

  execute(command: LedgerCommand | BatchReceipt, context: ShardContext): Promise<LedgerAnswer> {
    const { maxRememberedCommands } = this.parts.config;
    if (this.#life !== 'serving' || this.#writer.mode === 'failed') return Promise.resolve(outage('the ledger is stopping'));
    if (command.kind === 'transfer-batch' && command.transfers.length > MAX_BATCH_LINES) return Promise.resolve(refused('batch_too_large'));
    if (command.kind === 'transfer-batch' && !command.atomic) return executeLines(this, command, context);
    if (this.#writer.intake.full) return Promise.resolve(refused('overloaded', undefined, 1));
    if (this.loaded.recorded.count > maxRememberedCommands) return Promise.resolve(outage('the index of old commands is away for too long'));
    return this.#enqueue(command, context);
  }

  /** What happens because time passed: the business date moves on, holds expire. Resolves when it is stored. */
  async tick(): Promise<void> {
    if (this.#life === 'serving' && this.#writer.mode !== 'failed') await this.#ticking.tick();
  }

  /** Takes nothing more in, finishes what waits, lets go of everything. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  /** Writes a snapshot now, beside the work, and waits for it. */
  async snapshot(): Promise<void> {
    this.#snapshotter.take(this.#writer.decidedRevision, this.#writer.storedRevision);
    await this.#snapshotter.finished();
  }

  partiesOfAccount(id: string): readonly string[] | undefined {
    const { state } = this.loaded;
    const slot = state.accounts.find(id);
    return slot < 0 ? undefined : state.holdersOf(slot).map(({ customerId }) => customerId);
  }

  partiesOfHold(id: string): readonly string[] | undefined {
    const { state } = this.loaded;
    const hold = state.holds.get(id);
    return hold && state.holdersOf(hold.slot).map(({ customerId }) => customerId);
  }

  status(): ShardStatus {
    const { state, recorded } = this.loaded;
    const writer = this.#writer;
    return {
      shard: this.parts.shard,
      mode: this.#life === 'serving' ? writer.mode : this.#life,
      storedRevision: writer.storedRevision,
      decidedRevision: writer.decidedRevision,
      waiting: writer.intake.size,
      groupsInFlight: writer.groupsInFlight,
      accounts: state.accounts.count,
      openHolds: state.holds.count,
      rememberedCommands: recorded.count,
      evictedThrough: recorded.evictedThrough,
      indexedThrough: this.#feeder.indexedThrough,
      snapshotRevision: this.#snapshotter.lastRevision,
      businessDate: state.businessDate,
    };
  }

  #enqueue(command: LedgerCommand | BatchReceipt, context: ShardContext): Promise<LedgerAnswer> {
    return new Promise((resolve) => {
      const deadline = this.parts.clock().getTime() + this.parts.config.answerTimeoutMs;
      this.#writer.intake.push({ command, context, resolve, deadline, answered: false, lookup: undefined });
    });
  }

  async #stop(): Promise<void> {
    this.#life = 'stopping';
    await this.#writer.idle(this.parts.config.answerTimeoutMs);
    this.#timers.forEach((timer) => clearInterval(timer));
    this.#life = 'stopped';
    this.#writer.close();
    await this.#snapshotter.finished();
    await this.#feeder.stop();
  }
}
