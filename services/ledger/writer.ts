import { outage, refused, type LedgerAnswer } from './answers.js';
import { catchUp } from './catching-up.js';
import { GroupSender } from './group-sender.js';
import type { Group } from './group.js';
import { Grouping } from './grouping.js';
import type { IndexFeeder } from './index-feeder.js';
import type { IndexedCommand } from './index-port.js';
import { Intake } from './intake.js';
import type { ShardParts, ShardStatus } from './shard-parts.js';
import { Lookups } from './lookups.js';
import { sealingRefusals } from './sealing-refusals.js';
import type { Snapshotter } from './snapshotter.js';
import type { Loaded } from './starting.js';
import { answer, type Waiting } from './waiting.js';

/** The single writer of a shard's stream: decides what has gathered in order, appends it as groups, answers when the group is stored. */
export class Writer {
  readonly intake: Intake;
  readonly #grouping: Grouping;
  readonly #sender: GroupSender;
  #mode: 'serving' | 'catching-up' | 'stopped' | 'failed' = 'serving';
  #stored: { readonly revision: number; readonly position: bigint };
  #logId: string;
  #onIdle: () => void = () => {};

  /** @param behind what follows the log: told what is decided, stored and undone. */
  constructor(
    private readonly parts: ShardParts, private readonly loaded: Loaded,
    private readonly behind: { readonly feeder: IndexFeeder; readonly snapshotter: Snapshotter },
  ) {
    const { intakeCapacity, maxGroupEvents } = parts.config;
    this.#stored = { revision: loaded.revision, position: 0n };
    this.#logId = loaded.logId ?? '';
    this.#sender = new GroupSender(parts, {
      stored: (group, position) => this.#onStored(group, position),
      overtaken: (groups, landedOnForeign) => void this.#onOvertaken(groups, landedOnForeign),
      unstorable: (groups, failure, sealing) => this.#onUnstorable(groups, failure, sealing),
    });
    const lookups = new Lookups({
      ...parts,
      ...loaded,
      decidedThrough: () => this.decidedRevision,
      unstored: () => this.#sender.inFlight.flatMap((group) => group.events),
      indexProvedWrong: () => behind.feeder.provedWrong(),
      indexFellBack: () => behind.feeder.fellBack(),
    });
    this.intake = new Intake(lookups, { capacity: intakeCapacity, stretch: maxGroupEvents * 2 }, () => this.#write());
    this.#grouping = new Grouping(parts, loaded, this.intake);
  }

  get mode(): Exclude<ShardStatus['mode'], 'stopping'> {
    return this.#mode === 'serving' && this.#sender.troubled ? 'resolving' : this.#mode;
  }

  /** Names the log: its first event's id; empty before the founding is stored. */
  get logId(): string {
    return this.#logId;
  }

  get storedRevision(): number {
    return this.#stored.revision;
  }

  get decidedRevision(): number {
    return this.#sender.newest?.lastRevision ?? this.#stored.revision;
  }

  get groupsInFlight(): number {
    return this.#sender.inFlight.length;
  }

  answerOverdue(): void {
    const now = this.parts.clock().getTime();
    this.#answerAll(outage('the outcome is open; send it again with the same idempotency key'), ({ deadline }) => deadline <= now);
  }

  /** Resolves once nothing waits to be decided or stored, or never will be; at the latest after `patienceMs`. */
  idle(patienceMs: number): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, patienceMs);
      this.#onIdle = () => (clearTimeout(patience), resolve());
    });
  }

  /** Decides and sends nothing any more; who still waits is told so. */
  close(): void {
    this.#mode = 'stopped';
    this.#sender.close();
    this.#answerAll(outage('the ledger stopped before the outcome was known'));
  }

  #write(): void {
    while (this.mode === 'serving' && this.intake.makeReady() && this.#sender.mayTakeMore) {
      const group = this.#grouping.next(this.decidedRevision + 1);
      if (group.size > 0) {
        this.#sender.send(group);
        this.behind.snapshotter.consider(this.decidedRevision, this.storedRevision);
      } else if (this.#sender.newest) this.#sender.newest.decided.push(...group.decided);
      else group.answerAll(this.#stored.position);
    }
    if (!this.#busy) this.#onIdle();
  }

  get #busy(): boolean {
    return this.#mode !== 'failed' && this.intake.size + this.#sender.inFlight.length > 0;
  }

  #onStored(group: Group, position: bigint): void {
    const { journal } = this.loaded.state;
    group.receipt.position = position;
    this.#stored = { revision: group.lastRevision, position };
    if (group.firstRevision === 0) this.#logId = group.sealed![0]!.id;
    journal.forgetTo(this.#sender.inFlight[0]?.mark ?? journal.mark());
    for (const command of group.commands()) this.behind.feeder.add(command);
    this.behind.snapshotter.stored(group.lastRevision);
    group.answerAll(position);
    this.#write();
  }

  async #onOvertaken(groups: readonly Group[], landedOnForeign: boolean): Promise<void> {
    const { logger, shard } = this.parts;
    if (landedOnForeign) logger.fatal({ shard }, 'a group landed behind another writer\'s events: verify this shard');
    logger.warn({ shard, revision: this.storedRevision }, 'another writer was faster: stepping down, reading on, deciding again');
    this.#undo(groups);
    this.#mode = 'catching-up';
    const target = { ...this.loaded, command: (command: IndexedCommand) => this.behind.feeder.add(command) };
    const end = await catchUp(this.parts, target, this.storedRevision, () => this.#mode === 'catching-up');
    if (this.#mode !== 'catching-up') return;
    if (end === 'log-is-shorter') return this.#fail();
    this.#stored = { ...this.#stored, revision: end.last };
    this.#grouping.clock.notBefore(end.recordedAt);
    this.#mode = 'serving';
    this.#write();
  }

  #onUnstorable(groups: readonly Group[], failure: Error, sealing: boolean): void {
    const { logger } = this.parts;
    const first = groups[0]!;
    if (sealing) {
      logger.warn({ err: failure }, 'a group cannot be sealed');
      for (const [waiting, refusal] of sealingRefusals(first, failure)) answer(waiting, refusal);
    } else {
      logger.error({ err: failure, events: first.size, bytes: first.bytes }, 'the store refuses a group as too large');
      const own = first.decided.filter(({ events }) => events > 0);
      if (own.length === 1) answer(own[0]!.waiting, refused('batch_too_large'));
      else this.#grouping.tooLarge(first.size);
    }
    this.#undo(groups);
  }

  /** Takes back all that is decided and not stored; those who wait for it are decided again, in their order and before all others. */
  #undo(groups: readonly Group[]): void {
    this.behind.snapshotter.undone(this.storedRevision);
    this.loaded.state.journal.undoTo(groups[0]!.mark);
    this.#grouping.claimAgain();
    this.intake.putBack(groups.flatMap((group) => group.decided.map(({ waiting }) => waiting)).filter(({ answered }) => !answered));
  }

  /** The log is shorter than what it once acknowledged: going on would make it worse. The process is to be started anew. */
  #fail(): void {
    this.#mode = 'failed';
    this.#answerAll(outage('the ledger has failed'));
    const error = new Error(`${this.parts.stream} lost events that it had stored`);
    this.parts.logger.fatal({ err: error, stored: this.storedRevision }, 'the ledger has failed');
    this.#onIdle();
    this.parts.onFailed?.(error);
  }

  #answerAll(given: LedgerAnswer, who: (waiting: Waiting) => boolean = () => true): void {
    for (const waiting of this.intake) if (who(waiting)) answer(waiting, given);
    for (const group of this.#sender.inFlight) for (const { waiting } of group.decided) if (who(waiting)) answer(waiting, given);
  }
}
