import { refused, outage, type LedgerAnswer } from './answers.js';
import { catchUp } from './catching-up.js';
import { MAX_BATCH_LINES, type LedgerCommand } from './commands.js';
import type { BatchReceipt } from './decider.js';
import { Deciding, type Instant } from './deciding.js';
import { GroupSender } from './group-sender.js';
import { Group } from './group.js';
import { IndexFeeder } from './index-feeder.js';
import type { IndexedCommand } from './index-port.js';
import { Intake } from './intake.js';
import { PIPELINED_EVENTS } from './ledger-config.js';
import type { ShardParts, ShardStatus } from './ledger-shard.js';
import { executeLines } from './lines.js';
import { Lookups } from './lookups.js';
import { sealingRefusals } from './sealing-refusals.js';
import { Snapshotter } from './snapshotter.js';
import type { Loaded } from './starting.js';
import { systemContext } from './system-context.js';
import { Ticking } from './ticking.js';
import { answer, type ShardContext, type Waiting } from './waiting.js';

type Mode = 'serving' | 'catching-up' | 'stopping' | 'stopped' | 'failed';

/** The single writer of one shard: takes what has gathered, decides it in order, appends it as groups, answers when the group is stored. */
export class Shard {
  readonly #intake: Intake;
  readonly #deciding: Deciding;
  readonly #sender: GroupSender;
  readonly #lookups: Lookups;
  readonly #feeder: IndexFeeder;
  readonly #snapshotter: Snapshotter;
  readonly #ticking: Ticking;
  readonly #limits: { maxGroupEvents: number; maxGroupBytes: number };
  #mode: Mode = 'serving';
  #ready: Waiting[] = [];
  #looking: readonly Waiting[] = [];
  #scheduled = false;
  #claimNeeded: boolean;
  #decided: number;
  #stored: number;
  #storedPosition = 0n;
  #lastInstantMs: number;
  #logId: string;
  #idle: (() => void)[] = [];
  #timers: NodeJS.Timeout[] = [];

  constructor(private readonly parts: ShardParts, private readonly loaded: Loaded) {
    const { config, logger, shard, eventStore, codec, index, snapshots } = parts;
    const { state, recorded } = loaded;
    const source = { stream: parts.stream, eventStore, codec, shard, index, snapshots, state, recorded, logger };
    this.#decided = this.#stored = loaded.revision;
    this.#lastInstantMs = loaded.recordedAt;
    this.#logId = loaded.logId ?? '';
    this.#claimNeeded = loaded.revision >= 0 && config.groupsInFlight > 1;
    this.#limits = { maxGroupEvents: config.maxGroupEvents, maxGroupBytes: config.maxGroupBytes };
    this.#intake = new Intake(config.intakeCapacity);
    this.#deciding = new Deciding(state, recorded, this.#limits, logger);
    this.#feeder = new IndexFeeder({ ...source, intervalMs: config.indexIntervalMs }, () => this.#logId, loaded.commandsAfter, (through) =>
      recorded.evict(config.rememberedCommands, through),
    );
    for (const command of loaded.commands) this.#feeder.add(command);
    this.#snapshotter = new Snapshotter({ ...source, every: config.snapshotEvery }, () => this.#logId, loaded.snapshotRevision);
    this.#lookups = new Lookups({
      ...source,
      decidedThrough: () => this.#decided,
      unstored: () => this.#sender.inFlight.flatMap((group) => group.events),
      indexProvedWrong: () => this.#feeder.provedWrong(),
      indexFellBack: () => this.#feeder.fellBack(),
    });
    this.#ticking = new Ticking(state, parts.clock, (command) => this.#enqueue(command, systemContext(parts.ids())));
    this.#sender = new GroupSender(source, {
      stored: (group, position) => this.#onStored(group, position),
      overtaken: (groups, landedOnForeign) => this.#onOvertaken(groups, landedOnForeign),
      impossible: (groups, failure, sealing) => this.#onImpossible(groups, failure, sealing),
    });
  }

  start(): void {
    const { config } = this.parts;
    this.#feeder.start();
    this.#timers.push(setInterval(() => this.#answerOverdue(), 250).unref());
    if (config.tickMs > 0) this.#timers.push(setInterval(() => void this.tick(), config.tickMs).unref());
  }

  execute(command: LedgerCommand | BatchReceipt, context: ShardContext): Promise<LedgerAnswer> {
    const { config } = this.parts;
    if (this.#mode === 'stopping' || this.#mode === 'stopped' || this.#mode === 'failed') return Promise.resolve(outage('the ledger is stopping'));
    if (command.kind === 'transfer-batch' && command.transfers.length > MAX_BATCH_LINES) return Promise.resolve(refused('batch_too_large'));
    if (command.kind === 'transfer-batch' && !command.atomic) return executeLines(this, command, context);
    if (!this.#intake.hasRoomFor(1)) return Promise.resolve(refused('overloaded', undefined, 1));
    if (this.loaded.recorded.count > config.maxRememberedCommands) return Promise.resolve(outage('the index of old commands is away for too long'));
    return this.#enqueue(command, context);
  }

  /** What happens because time passed: the business date moves on, holds expire. Resolves when it is stored. */
  async tick(): Promise<void> {
    if (this.#mode === 'serving' || this.#mode === 'catching-up') await this.#ticking.tick();
  }

  /** Takes nothing more in, finishes what waits, lets go of everything. */
  async stop(): Promise<void> {
    if (this.#mode === 'stopped') return;
    this.#timers.forEach((timer) => clearInterval(timer));
    const busy = (): boolean => this.#intake.size + this.#ready.length + this.#looking.length + this.#sender.inFlight.length > 0;
    if (this.#mode === 'serving') this.#mode = 'stopping';
    if (busy() && this.#mode === 'stopping') {
      const overdue = setInterval(() => (this.#answerOverdue(), this.#idleIfDone()), 100);
      const patience = setTimeout(() => this.#wakeIdle(), this.parts.config.answerTimeoutMs);
      await new Promise<void>((resolve) => this.#idle.push(resolve));
      clearInterval(overdue);
      clearTimeout(patience);
    }
    this.#mode = 'stopped';
    this.#sender.close();
    for (const waiting of this.#everybody()) answer(waiting, outage('the ledger stopped before the outcome was known'));
    await this.#snapshotter.finished();
    await this.#feeder.stop();
  }

  /** Writes a snapshot now, beside the work, and waits for it. */
  async snapshot(): Promise<void> {
    this.#snapshotter.take(this.#decided, this.#stored);
    await this.#snapshotter.finished();
  }

  status(): ShardStatus {
    const { state, recorded } = this.loaded;
    return {
      shard: this.parts.shard,
      mode: this.#sender.troubled && this.#mode === 'serving' ? 'resolving' : this.#mode,
      storedRevision: this.#stored,
      decidedRevision: this.#decided,
      waiting: this.#intake.size + this.#ready.length + this.#looking.length,
      groupsInFlight: this.#sender.inFlight.length,
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
      this.#intake.push({ command, context, resolve, deadline, answered: false, lookup: undefined });
      this.#schedule();
    });
  }

  /** After the current round of I/O, so that all requests that came together go together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while ((this.#mode === 'serving' || this.#mode === 'stopping') && !this.#sender.troubled && (this.#ready.length > 0 || this.#fillReady()) && this.#mayAppend())
      this.#decideGroup();
    this.#idleIfDone();
  }

  #mayAppend(): boolean {
    const { inFlight } = this.#sender;
    if (inFlight.length === 0) return true;
    return inFlight.length < this.parts.config.groupsInFlight && inFlight.every((group) => group.size <= PIPELINED_EVENTS);
  }

  /** Moves commands on from the intake; those that need something from outside memory come back when it is found. */
  #fillReady(): boolean {
    if (this.#looking.length > 0 || this.#intake.size === 0) return false;
    const batch = this.#intake.take(this.#limits.maxGroupEvents * 2);
    const needy = batch.filter((waiting) => !this.#lookups.unneeded(waiting));
    if (needy.length === 0) {
      this.#ready = batch;
      return true;
    }
    this.#looking = batch;
    void this.#lookups.prepare(needy).then(() => {
      if (this.#looking !== batch) return; // undone meanwhile and put back
      this.#looking = [];
      this.#ready = [...this.#ready, ...batch];
      this.#pump();
    });
    return false;
  }

  #decideGroup(): void {
    const group = new Group(this.#decided + 1, this.loaded.state.journal.mark());
    const now = this.#instant();
    if (this.#claimNeeded) {
      this.#claimNeeded = false;
      this.#ready.unshift(this.#claim());
    }
    let taken = 0;
    for (; taken < this.#ready.length && group.size < this.#limits.maxGroupEvents; taken++) {
      const waiting = this.#ready[taken]!;
      if (waiting.answered) continue;
      const outcome = this.#deciding.take(waiting, group, now);
      if (outcome === 'full') break;
      if (outcome === 'stale') {
        waiting.lookup = undefined;
        this.#intake.putBack(this.#ready.splice(taken));
        break;
      }
      if (waiting.command.kind === 'claim') {
        taken++;
        break; // alone: nothing may go with or behind it before it is stored
      }
    }
    this.#ready = this.#ready.slice(taken);
    if (group.size > 0) {
      this.#decided = group.lastRevision;
      this.#sender.send(group);
      this.#snapshotter.consider(this.#decided, this.#stored);
    } else if (this.#sender.newest) this.#sender.newest.decided.push(...group.decided);
    else group.answerAll(this.#storedPosition);
  }

  /** Recording times never go back, whatever the clock does. */
  #instant(): Instant {
    const ms = Math.max(this.parts.clock().getTime(), this.#lastInstantMs);
    this.#lastInstantMs = ms;
    return { ms, iso: new Date(ms).toISOString() };
  }

  #claim(): Waiting {
    const command: LedgerCommand = { kind: 'claim', parts: PIPELINED_EVENTS + 1 };
    return { command, context: systemContext(this.parts.ids()), resolve: () => {}, deadline: Number.MAX_SAFE_INTEGER, answered: false, lookup: undefined };
  }

  #onStored(group: Group, position: bigint): void {
    group.receipt.position = position;
    this.#stored = group.lastRevision;
    this.#storedPosition = position;
    if (group.firstRevision === 0) this.#logId = group.sealed![0]!.id;
    const { journal } = this.loaded.state;
    journal.forgetTo(this.#sender.inFlight[0]?.mark ?? journal.mark());
    for (const command of group.commands()) this.#feeder.add(command);
    this.#snapshotter.stored(this.#stored);
    group.answerAll(position);
    this.#pump();
  }

  #onOvertaken(groups: readonly Group[], landedOnForeign: boolean): void {
    const { logger, shard } = this.parts;
    if (landedOnForeign) logger.fatal({ shard }, 'a group landed behind another writer\'s events: verify this shard');
    logger.warn({ shard, revision: this.#stored }, 'another writer was faster: stepping down, reading on, deciding again');
    this.#undo(groups);
    const before = this.#mode;
    this.#mode = 'catching-up';
    const target = { ...this.loaded, command: (command: IndexedCommand) => this.#feeder.add(command) };
    void catchUp(this.parts, target, this.#decided, () => this.#mode === 'catching-up').then((end) => {
      if (this.#mode !== 'catching-up') return;
      if (end === 'log-is-shorter') return this.#fail();
      this.#decided = this.#stored = end.last;
      this.#lastInstantMs = Math.max(this.#lastInstantMs, end.recordedAt);
      this.#mode = before;
      this.#pump();
    });
  }

  /** Takes everything undecided back; those who wait for it are decided again, in their order and before all others. */
  #undo(groups: readonly Group[]): void {
    const first = groups[0]!;
    this.#snapshotter.undone(first.firstRevision - 1);
    this.loaded.state.journal.undoTo(first.mark);
    this.#decided = first.firstRevision - 1;
    const again = [...groups.flatMap((group) => group.decided.map(({ waiting }) => waiting)), ...this.#ready, ...this.#looking];
    this.#ready = [];
    this.#looking = [];
    const waiting = again.filter(({ answered, command }) => !answered && command.kind !== 'claim');
    for (const each of waiting) each.lookup = undefined;
    this.#intake.putBack(waiting);
    this.#claimNeeded ||= this.parts.config.groupsInFlight > 1;
  }

  /** The log is shorter than what it once acknowledged: going on would make it worse. The process is to be started anew. */
  #fail(): void {
    this.#mode = 'failed';
    for (const waiting of this.#everybody()) answer(waiting, outage('the ledger has failed'));
    const error = new Error(`${this.parts.stream} lost events that it had stored`);
    this.parts.logger.fatal({ err: error, stored: this.#stored }, 'the ledger has failed');
    this.parts.onFailed?.(error);
  }

  #onImpossible(groups: readonly Group[], failure: Error, sealing: boolean): void {
    const { logger } = this.parts;
    const first = groups[0]!;
    if (sealing) {
      logger.warn({ err: failure }, 'a group cannot be sealed');
      sealingRefusals(first, failure).forEach(([waiting, refusal]) => answer(waiting, refusal));
    } else {
      const own = first.decided.filter(({ events }) => events > 0);
      logger.error({ err: failure, events: first.size, bytes: first.bytes }, 'the store refuses a group as too large');
      if (own.length === 1) answer(own[0]!.waiting, refused('batch_too_large'));
      else this.#limits.maxGroupEvents = Math.max(1, Math.floor(first.size / 2));
    }
    this.#undo(groups);
    this.#schedule();
  }

  #answerOverdue(): void {
    const now = this.parts.clock().getTime();
    for (const waiting of this.#everybody())
      if (!waiting.answered && waiting.deadline <= now) answer(waiting, outage('the outcome is open; send it again with the same idempotency key'));
  }

  *#everybody(): Generator<Waiting> {
    yield* this.#intake;
    yield* this.#ready;
    yield* this.#looking;
    for (const group of this.#sender.inFlight) for (const { waiting } of group.decided) yield waiting;
  }

  #idleIfDone(): void {
    if (this.#idle.length > 0 && this.#intake.size + this.#ready.length + this.#looking.length + this.#sender.inFlight.length === 0) this.#wakeIdle();
  }

  #wakeIdle(): void {
    this.#idle.splice(0).forEach((wake) => wake());
  }
}
