import type { Logger } from 'pino';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { refused, type Accepted, type LedgerAnswer, type LineResult } from './answers.js';
import { applyBatch, lineIdOf } from './batch.js';
import type { BookedOn, LedgerCommand } from './commands.js';
import { decide } from './decider.js';
import { metadataOf, movesMoney } from './event-metadata.js';
import { metadataBound, sizeBound } from './event-size.js';
import { evolve } from './evolve.js';
import type { Group } from './group.js';
import { MAX_GROUP_BYTES } from './ledger-config.js';
import { assertSound } from './invariants.js';
import type { RecordedCommands } from './recorded-commands.js';
import type { Instant } from './recording-clock.js';
import type { LedgerState } from './state.js';
import type { ShardContext, Waiting } from './waiting.js';

/**
 * `taken`: decided, its answer hangs on the group. `full`: it fits only into the next group. `stale`: what was looked up for it no longer suffices.
 * In the last two cases nothing has changed.
 */
export type Taken = 'taken' | 'full' | 'stale';

/** Decides commands one after the other into a group: repeats, refusals and events, each undoable with the group. */
export class Deciding {
  constructor(
    private readonly state: LedgerState,
    private readonly recorded: RecordedCommands,
    private readonly limits: { readonly maxGroupEvents: number; readonly maxGroupBytes: number },
    private readonly logger: Logger,
  ) {}

  take(waiting: Waiting, group: Group, now: Instant): Taken {
    const known = this.#judgeRepeat(waiting);
    if (known === 'stale') return 'stale';
    if (known) return conclude(group, waiting, known);
    const mark = this.state.journal.mark();
    try {
      const taken = waiting.command.kind === 'transfer-batch' ? this.#takeBatch(waiting, waiting.command, group, now, mark) : this.#takeSingle(waiting, group, now);
      if (taken !== 'taken') this.state.journal.undoTo(mark);
      return taken;
    } catch (error) {
      this.state.journal.undoTo(mark);
      this.logger.fatal({ err: error, command: waiting.command.kind, commandId: waiting.context.commandId }, 'a decision broke the ledger\'s rules; nothing of it was stored');
      return conclude(group, waiting, () => refused('internal'));
    }
  }

  /** The recorded answer, a conflict, an outage, or nothing for a command that is new. */
  #judgeRepeat(waiting: Waiting): ((position: bigint) => LedgerAnswer) | 'stale' | undefined {
    const { command, context, lookup } = waiting;
    if (lookup?.outage !== undefined) return () => refused('outage', lookup.outage, 1);
    const enough = this.recorded.whole || (lookup !== undefined && lookup.checkpoint >= this.recorded.evictedThrough);
    if (context.repeatable) {
      const inMemory = this.recorded.get(context.commandId);
      if (inMemory) {
        if (inMemory.hash !== context.commandHash) return () => refused('idempotency_key_reused');
        // Its own group may be this one or one before: its position is known by the time this is called.
        return () => acceptedOf(command, context, inMemory.revision, inMemory.receipt.position!, inMemory.accountNumber, true);
      }
      if (!enough) return 'stale';
      const old = lookup?.recorded;
      if (old) {
        if (old.hash !== context.commandHash) return () => refused('idempotency_key_reused');
        return () => acceptedOf(command, context, old.revision, old.position, old.accountNumber, true);
      }
    }
    if (command.kind === 'reverse' && (!lookup || (!lookup.original && !enough) || (lookup.originalUnstored && !this.recorded.get(command.movementId)))) return 'stale';
    if ((command.kind === 'capture-hold' || command.kind === 'release-hold') && !this.state.holds.get(command.holdId) && !lookup) return 'stale';
    return undefined;
  }

  #takeSingle(waiting: Waiting, group: Group, now: Instant): Taken {
    const { command, context, lookup } = waiting;
    if (command.kind === 'transfer-batch') throw new Error('a batch is not one command');
    const { state } = this;
    const decision = decide(state, command, { id: context.commandId, at: now.ms, original: lookup?.original, holdKnown: lookup?.holdKnown ?? false });
    if (decision.outcome === 'reject') return conclude(group, waiting, () => ({ outcome: 'refused', rejection: decision.rejection }));
    const before = group.lastRevision;
    if (decision.outcome === 'nothing') return conclude(group, waiting, (position) => acceptedOf(command, context, Math.max(before, 0), position, undefined, false));
    let bytes = decision.events.length * metadataBound(context);
    for (const event of decision.events) bytes += sizeBound(event);
    if (!this.#fits(group, decision.events.length, bytes)) return 'full';
    const metadata = metadataOf(context, now.iso, movesMoney(decision.events[0]) ? (command as BookedOn) : undefined, state.businessDate);
    let accountNumber: string | undefined;
    // All of them before the group gets any: where one breaks an invariant, the whole command is taken back.
    for (const event of decision.events) {
      evolve(state, event);
      assertSound(state, event);
    }
    decision.events.forEach((event, index) => {
      group.add(context.commandId, index, event, metadata, index === 0 ? bytes : 0);
      if (event.type === 'AccountOpened' && event.data.kind === 'customer') accountNumber = event.data.accountNumber;
    });
    const revision = group.lastRevision;
    this.recorded.add(context.commandId, { hash: context.commandHash, revision, receipt: group.receipt, accountNumber });
    return conclude(group, waiting, (position) => acceptedOf(command, context, revision, position, accountNumber, false), decision.events.length);
  }

  #takeBatch(waiting: Waiting, command: Extract<LedgerCommand, { kind: 'transfer-batch' }>, group: Group, now: Instant, mark: number): Taken {
    const { context } = waiting;
    const { state } = this;
    const receipt: LedgerEvent = { type: 'TransferBatchReceived', data: { batchId: context.commandId, atomic: true, lines: command.transfers.length } };
    const { lines, errors } = applyBatch(state, command, context.commandId);
    if (errors.length > 0) {
      state.journal.undoTo(mark);
      return conclude(group, waiting, () => ({ outcome: 'refused', rejection: { code: 'batch_refused', errors } }));
    }
    const bytes = lines.reduce((sum, { event }) => sum + sizeBound(event), sizeBound(receipt)) + (lines.length + 1) * metadataBound(context);
    if (bytes > MAX_GROUP_BYTES) {
      state.journal.undoTo(mark);
      return conclude(group, waiting, () => refused('batch_too_large'));
    }
    if (!this.#fits(group, lines.length + 1, bytes)) return 'full';
    const received = group.add(context.commandId, 0, receipt, metadataOf(context, now.iso, undefined, ''), bytes);
    this.recorded.add(context.commandId, { hash: context.commandHash, revision: received, receipt: group.receipt });
    lines.forEach(({ id, event }, line) => {
      const lineContext: ShardContext = { ...context, commandId: id, causationId: context.commandId };
      const revision = group.add(id, 0, event, metadataOf(lineContext, now.iso, command.transfers[line], state.businessDate), 0);
      this.recorded.add(id, { hash: context.commandHash, revision, receipt: group.receipt });
    });
    return conclude(group, waiting, (position) => acceptedOf(command, context, received, position, undefined, false), lines.length + 1);
  }

  #fits(group: Group, events: number, bytes: number): boolean {
    return group.size === 0 || (group.size + events <= this.limits.maxGroupEvents && group.bytes + bytes <= this.limits.maxGroupBytes);
  }
}

function conclude(group: Group, waiting: Waiting, answer: (position: bigint) => LedgerAnswer, events = 0): 'taken' {
  group.decided.push({ waiting, answer, events });
  return 'taken';
}

/** The answer of an accepted command; of its repeat too, so that both are the same. `revision` is that of the recorded event: of a batch, its receipt. */
function acceptedOf(
  command: Waiting['command'], context: ShardContext, revision: number, position: bigint, accountNumber: string | undefined, repeated: boolean,
): Accepted {
  const lines = command.kind === 'transfer-batch' ? postedLines(context.commandId, revision, command.transfers.length) : undefined;
  return {
    outcome: 'accepted',
    id: subjectOf(command, context.commandId),
    revision: BigInt(revision + (lines?.length ?? 0)),
    position,
    ...(accountNumber !== undefined && { accountNumber }),
    ...(lines && { lines }),
    repeated,
  };
}

const postedLines = (batchId: string, received: number, count: number): LineResult[] =>
  Array.from({ length: count }, (_, line) => ({ line, status: 'posted', id: lineIdOf(batchId, line), revision: BigInt(received + 1 + line) }));

/** What the answer's id names: the thing created, which has the command's id, or else the thing changed. */
function subjectOf(command: Waiting['command'], commandId: string): string {
  switch (command.kind) {
    case 'change-holders':
    case 'freeze':
    case 'unfreeze':
    case 'close-account':
      return command.accountId;
    case 'bar-customer':
    case 'lift-bar':
      return command.customerId;
    case 'release-hold':
      return command.holdId;
    default:
      return commandId;
  }
}
