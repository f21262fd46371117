import type { CommandContext } from '../http/context.js';
import { Refusal } from '../http/context.js';
import { StoreFailure, type EventStore, type StoredEvent } from '../event-store/port.js';
import type { Codec } from '../events/codec.js';
import type { EventMetadata, Recorded } from '../events/definition.js';
import { unreachable, type Decision } from '../kernel/decision.js';
import { eventIdOf } from '../kernel/ids.js';

/** A kind of record: one stream per thing. `services/customers/state.ts` is the example. */
export interface RecordKind<State, Event extends { type: string; data: unknown }> {
  /** "customer" gives streams "customer-<id>". */
  readonly name: string;
  readonly initial: State;
  evolve(state: State, event: Event, recorded: Recorded<Event>): State;
}

export const defineRecord = <State, Event extends { type: string; data: unknown }>(kind: RecordKind<State, Event>): RecordKind<State, Event> => kind;

/** A record as folded from its stream. `revision` and `position` are its last event's. */
export interface Loaded<State> {
  readonly state: State;
  readonly revision: bigint;
  readonly position: bigint;
}

export interface Executed {
  readonly id: string;
  readonly revision: bigint;
  readonly position: bigint;
  /** The answer recorded when the command first came; nothing was written now. */
  readonly repeated: boolean;
}

export interface Attempt<State> {
  readonly state: State;
  /** -1n where the record does not exist. */
  readonly revision: bigint;
}

/** A record as it was folded before; what was appended since is read on top of it. */
export interface Known<State> extends Loaded<State> {
  /** Of its last event. */
  readonly recordedAt: string;
  /** What a command among its events was answered, and the hash it came with. */
  answered(commandId: string): { readonly revision: bigint; readonly position: bigint; readonly commandHash: string | undefined } | undefined;
}

export interface ExecuteOptions<State, Event> {
  /** Where somebody keeps the record folded, so that its stream need not be read whole; undefined where it has no events yet. Asked before each try. */
  readonly known?: () => Known<State> | undefined;
  /** The id was made for this very command, so there can be nothing yet: the first try goes without reading, and the store refuses it where that is wrong. */
  readonly idIsNew?: boolean;
  /** Runs before each try to append, after the decision and after the state it rests on was read; throws to refuse. */
  readonly beforeAppend?: (attempt: Attempt<State>, events: readonly Event[]) => Promise<void>;
}

export interface HistoryPage {
  readonly direction: 'forwards' | 'backwards';
  /** Inclusive. */
  readonly from?: bigint;
  readonly limit: number;
}

export interface Records {
  /**
   * Load, decide, append at the exact revision; when another wrote meanwhile, load and decide again. A command that is in the stream already is
   * answered as it was then. Throws Refusal for what `decide` rejects, StoreFailure for outages.
   */
  execute<State, Event extends { type: string; data: object }, Code extends string>(
    kind: RecordKind<State, Event>,
    id: string,
    context: CommandContext,
    decide: (attempt: Attempt<State>) => Decision<Event, Code>,
    options?: ExecuteOptions<State, Event>,
  ): Promise<Executed>;
  /** Undefined where there is no such record. */
  load<State, Event extends { type: string; data: unknown }>(kind: RecordKind<State, Event>, id: string): Promise<Loaded<State> | undefined>;
  /** The record as it was at a moment, by the server's clock; undefined before its first event. */
  asOf<State, Event extends { type: string; data: unknown }>(kind: RecordKind<State, Event>, id: string, time: Date): Promise<Loaded<State> | undefined>;
  /** One page of its events, opened; undefined where there is no such record. */
  history<State, Event extends { type: string; data: unknown }>(kind: RecordKind<State, Event>, id: string, page: HistoryPage): Promise<Recorded<Event>[] | undefined>;
}

const MAX_TRIES = 8;

export function createRecords({ store, codec }: { readonly store: EventStore; readonly codec: Codec }): Records {
  const streamOf = (kind: { readonly name: string }, id: string): string => `${kind.name}-${id}`;

  async function read<Event extends { type: string; data: unknown }>(stream: string, page?: Partial<HistoryPage>): Promise<Recorded<Event>[] | undefined> {
    const stored: StoredEvent[] = [];
    try {
      for await (const event of store.readStream(stream, page)) stored.push(event);
    } catch (error) {
      if (error instanceof StoreFailure && error.kind === 'stream-not-found') return undefined;
      throw error;
    }
    return stored.length === 0 ? undefined : ((await codec.read(stored, { open: true })) as Recorded<Event>[]);
  }

  return {
    async execute(kind, id, context, decide, options = {}) {
      const stream = streamOf(kind, id);
      for (let tries = 1; ; tries++) {
        const known = options.known?.();
        const since = known && { from: known.revision + 1n };
        const recorded = (options.idIsNew && tries === 1 ? undefined : await read<Parameters<typeof kind.evolve>[1]>(stream, since)) ?? [];
        const repeat = repeatOf(recorded, known, context);
        if (repeat) return { id, ...repeat, repeated: true };
        const last = recorded.at(-1);
        const attempt = { state: fold(kind, recorded, known?.state), revision: last?.revision ?? known?.revision ?? -1n };
        const decision = decide(attempt);
        switch (decision.outcome) {
          case 'reject':
            throw new Refusal(decision.rejection);
          case 'nothing':
            return { id, revision: attempt.revision, position: last?.position ?? known?.position ?? 0n, repeated: false };
          case 'accept':
            break;
          default:
            unreachable(decision);
        }
        await options.beforeAppend?.(attempt, decision.events);
        const metadata = metadataOf(context, last?.metadata.recordedAt ?? known?.recordedAt);
        const events = await codec.seal(decision.events.map((event, index) => ({ id: eventIdOf(context.commandId, index), event, metadata })));
        try {
          const { revision, position } = await store.append(stream, events, attempt.revision < 0n ? 'no-stream' : attempt.revision);
          return { id, revision, position, repeated: false };
        } catch (error) {
          if (!(error instanceof StoreFailure && error.kind === 'wrong-expected-version') || tries === MAX_TRIES) throw error;
        }
      }
    },

    async load(kind, id) {
      const recorded = await read<Parameters<typeof kind.evolve>[1]>(streamOf(kind, id));
      return recorded && loaded(kind, recorded);
    },

    async asOf(kind, id, time) {
      const recorded = await read<Parameters<typeof kind.evolve>[1]>(streamOf(kind, id));
      // recordedAt never falls within a stream (see metadataOf), so what was known at a moment is a prefix.
      const known = recorded?.filter(({ metadata }) => new Date(metadata.recordedAt) <= time) ?? [];
      return known.length === 0 ? undefined : loaded(kind, known);
    },

    history: (kind, id, page) => read(streamOf(kind, id), page),
  };
}

function fold<State, Event extends { type: string; data: unknown }>(kind: RecordKind<State, Event>, recorded: readonly Recorded<Event>[], from = kind.initial): State {
  return recorded.reduce((state, one) => kind.evolve(state, one.event, one), from);
}

function loaded<State, Event extends { type: string; data: unknown }>(kind: RecordKind<State, Event>, recorded: readonly Recorded<Event>[]): Loaded<State> {
  const { revision, position } = recorded.at(-1)!;
  return { state: fold(kind, recorded), revision, position };
}

/** The answer of a command that was accepted before. Refuses a key that now carries another command. */
function repeatOf(recorded: readonly Recorded[], known: Known<unknown> | undefined, { repeatable, commandId, commandHash }: CommandContext): { revision: bigint; position: bigint } | undefined {
  if (!repeatable) return undefined;
  const last = recorded.findLast(({ metadata }) => metadata.commandId === commandId);
  const answer = last ? { ...last, commandHash: last.metadata.commandHash } : known?.answered(commandId);
  if (!answer) return undefined;
  if (answer.commandHash !== commandHash)
    throw new Refusal({ code: 'idempotency_key_reused', detail: 'this Idempotency-Key was accepted with another body' });
  return { revision: answer.revision, position: answer.position };
}

function metadataOf(context: CommandContext, previousAt: string | undefined): EventMetadata {
  const at = context.at.toISOString();
  return {
    commandId: context.commandId,
    ...(context.commandHash !== undefined && { commandHash: context.commandHash }),
    $correlationId: context.correlationId,
    $causationId: context.commandId,
    actor: context.actor,
    ...(context.approver !== undefined && { approver: context.approver }),
    schemaVersion: 1, // the codec writes the event's own
    // Instances' clocks differ a little; within one record time must not run backwards.
    recordedAt: previousAt !== undefined && previousAt > at ? previousAt : at,
    ...(context.traceparent !== undefined && { traceparent: context.traceparent }),
  };
}
