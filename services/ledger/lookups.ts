import type { Logger } from 'pino';
import type { Codec } from '../../shared/events/codec.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import type { EventStore, StoredEvent } from '../../shared/event-store/port.js';
import type { OriginalMovement } from './decide-reversal.js';
import { movesMoney } from './event-metadata.js';
import type { IndexAnswer, LedgerIndex } from './index-port.js';
import type { RecordedCommands } from './recorded-commands.js';
import type { LedgerState } from './state.js';
import type { Lookup, Waiting } from './waiting.js';

export interface LookupSources {
  readonly shard: number;
  readonly stream: string;
  readonly eventStore: EventStore;
  readonly codec: Codec;
  readonly index: LedgerIndex;
  readonly state: LedgerState;
  readonly recorded: RecordedCommands;
  readonly logger: Logger;
  /** Revision of the last event decided. */
  readonly decidedThrough: () => number;
  /** Events decided and not yet stored. */
  readonly unstored: () => Iterable<LedgerEvent>;
  readonly indexProvedWrong: () => void;
  /** The index has less than memory has already dropped: it was emptied or put back to an earlier state. */
  readonly indexFellBack: () => void;
}

/**
 * Finds what commands need from outside memory before they are decided: whether an old command is recorded, the movement to be reversed, whether a hold
 * ever was. One index query for all commands that wait together; hits are confirmed from the log. What cannot be found out makes the command's answer a
 * retriable outage, never a guess.
 */
export class Lookups {
  constructor(private readonly sources: LookupSources) {}

  /** Whether memory suffices for this command. */
  unneeded(waiting: Waiting): boolean {
    return !(waiting.context.repeatable && this.#beyondMemory(waiting.context.commandId)) && this.#thingOf(waiting) === undefined;
  }

  async prepare(batch: readonly Waiting[]): Promise<void> {
    const { recorded, index, shard, logger } = this.sources;
    const covered = this.sources.decidedThrough();
    const begins = recorded.evictedThrough;
    const wanted = new Set<string>();
    for (const waiting of batch) {
      if (waiting.context.repeatable && this.#beyondMemory(waiting.context.commandId)) wanted.add(waiting.context.commandId);
      const thing = this.#thingOf(waiting);
      if (thing !== undefined && this.#beyondMemory(thing)) wanted.add(thing);
    }
    let found: IndexAnswer = { checkpoint: -1, revisions: new Map() };
    let outage: string | undefined;
    if (wanted.size > 0)
      try {
        found = await index.find(shard, [...wanted]);
        if (found.checkpoint < begins) {
          outage = 'the index of old commands is being rebuilt';
          this.sources.indexFellBack();
        }
      } catch (error) {
        logger.warn({ err: error }, 'the index of old commands does not answer');
        outage = 'the index of old commands does not answer';
      }
    await Promise.all(
      batch.map(async (waiting) => {
        waiting.lookup = await this.#lookUp(waiting, wanted, found, outage, covered).catch((error: unknown): Lookup => {
          logger.warn({ err: error }, 'the log does not answer a lookup');
          return { checkpoint: -1, outage: 'the log does not answer' };
        });
      }),
    );
  }

  async #lookUp(waiting: Waiting, wanted: ReadonlySet<string>, found: IndexAnswer, outage: string | undefined, covered: number): Promise<Lookup> {
    const { commandId } = waiting.context;
    const thing = this.#thingOf(waiting);
    const asked = (waiting.context.repeatable && wanted.has(commandId)) || (thing !== undefined && wanted.has(thing));
    if (asked && outage !== undefined) return { checkpoint: -1, outage };
    const lookup: { -readonly [Key in keyof Lookup]: Lookup[Key] } = { checkpoint: covered };
    const old = waiting.context.repeatable ? found.revisions.get(commandId) : undefined;
    if (old !== undefined) {
      const events = await this.#confirmed(commandId, old);
      if (!events) return { checkpoint: -1, outage: 'the index of old commands is being rebuilt' };
      lookup.recorded = await this.#recordedOf(events.at(-1)!);
    }
    if (thing === undefined) return lookup;
    const inMemory = this.sources.recorded.get(thing);
    if (inMemory && inMemory.receipt.position === undefined) {
      const event = this.#unstoredThing(thing);
      if (event && movesMoney(event)) Object.assign(lookup, { original: originalOf(event), originalUnstored: true });
      lookup.holdKnown = event?.type === 'HoldPlaced';
      return lookup;
    }
    const revision = inMemory?.revision ?? found.revisions.get(thing);
    if (revision === undefined) return lookup;
    const events = await this.#confirmed(thing, revision);
    if (!events) return { checkpoint: -1, outage: 'the index of old commands is being rebuilt' };
    const original = events.map(({ event }) => event as LedgerEvent).find(movesMoney);
    lookup.original = original && originalOf(original);
    lookup.holdKnown = events.some(({ event }) => event.type === 'HoldPlaced');
    return lookup;
  }

  #beyondMemory(id: string): boolean {
    return !this.sources.recorded.whole && this.sources.recorded.get(id) === undefined;
  }

  /** The id of a movement or hold that the command needs and the state does not have; a thing has the id of the command that made it. */
  #thingOf({ command }: Waiting): string | undefined {
    if (command.kind === 'reverse') return command.movementId;
    if ((command.kind === 'capture-hold' || command.kind === 'release-hold') && !this.sources.state.holds.get(command.holdId)) return command.holdId;
    return undefined;
  }

  #unstoredThing(id: string): LedgerEvent | undefined {
    for (const event of this.sources.unstored())
      if (('movementId' in event.data && event.data.movementId === id) || (event.type === 'HoldPlaced' && event.data.holdId === id)) return event;
    return undefined;
  }

  /** The command's events as the log has them; nothing where the index named a revision that is not the command's. */
  async #confirmed(commandId: string, last: number): Promise<Recorded[] | undefined> {
    const first = Math.max(0, last - 1); // no command that is looked up has more than two events
    const stored = (await this.#read(first, last - first + 1)).filter(({ metadata }) => (metadata as { commandId?: string }).commandId === commandId);
    if (stored.length > 0) return this.sources.codec.read(stored, { open: false });
    this.sources.logger.error({ commandId, revision: last }, 'the index of old commands disagrees with the log and is rebuilt');
    this.sources.indexProvedWrong();
    return undefined;
  }

  async #recordedOf({ event, metadata, revision, position }: Recorded): Promise<NonNullable<Lookup['recorded']>> {
    const groupEnd = metadata.groupEnd;
    const answered = groupEnd === undefined ? position : (await this.#read(groupEnd, 1))[0]!.position;
    const accountNumber = event.type === 'AccountOpened' ? (event.data as { accountNumber: string }).accountNumber : undefined;
    return { hash: metadata.commandHash, revision: Number(revision), position: answered, accountNumber };
  }

  async #read(from: number, limit: number): Promise<StoredEvent[]> {
    const events: StoredEvent[] = [];
    for await (const event of this.sources.eventStore.readStream(this.sources.stream, { from: BigInt(from), limit })) events.push(event);
    return events;
  }
}

function originalOf(event: LedgerEvent): OriginalMovement | undefined {
  return 'movementId' in event.data ? { type: event.type, movementId: event.data.movementId, legs: event.data.legs } : undefined;
}
