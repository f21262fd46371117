/** The event store over @eventstore/db-client: a real EventStoreDB 24 or the embedded server, told apart by nothing but the URL. */
import { BACKWARDS, END, FORWARDS, START } from '@eventstore/db-client';
import type { Logger } from 'pino';
import { v4 as uuidv4 } from 'uuid';
import { check } from './append-checks.js';
import { pause } from './deadline.js';
import { AppendLane, clientRevision } from './esdb-appending.js';
import type { AppendTimeouts } from './esdb-appending.js';
import { keepBytes } from './esdb-bytes.js';
import { isSystem } from './esdb-events.js';
import { ReadSide } from './esdb-reading.js';
import type { ClientRead } from './esdb-reading.js';
import { subscribe } from './esdb-subscribing.js';
import { metadataFromJson, metadataToJson } from './stream-metadata.js';
import { StoreFailure } from './port.js';
import type { AllRead, EventStore, ExpectedRevision, NewEvent, StoredEvent, StreamMetadata, StreamRead, SubscribeAll } from './port.js';

export interface EventStoreTimeouts extends AppendTimeouts {
  /** For a unary call, and for each next event of a read. */
  readonly readMs: number;
}

export interface OpenEventStore {
  /** `esdb://host:port?tls=false`, or `esdb://user:password@host:port?tls=true&tlsCAFile=…`, or several hosts, or `esdb+discover://`. */
  readonly url: string;
  readonly logger?: Logger;
  readonly timeouts?: Partial<EventStoreTimeouts>;
  /** A subscription's checkpoint about every so many events looked at. */
  readonly checkpointEvery?: number;
}

const TIMEOUTS: EventStoreTimeouts = { appendTryMs: 4_000, appendMs: 20_000, readMs: 10_000 };

/** One lane of appends per URL in this process, however many stores are opened on it. */
const lanes = new Map<string, { readonly lane: AppendLane; users: number }>();

export const openEventStore = ({ url, logger, timeouts = {}, checkpointEvery = 1_024 }: OpenEventStore): EventStore => {
  const limits = { ...TIMEOUTS, ...timeouts };
  const reads = new ReadSide(url, limits.readMs, logger);
  const shared = lanes.get(url) ?? { lane: new AppendLane(url, limits, logger), users: 0 };
  shared.users++;
  lanes.set(url, shared);
  const ends = new AbortController();
  let closed: Promise<void> | undefined;

  const append: EventStore['append'] = async (stream, events, expected) => {
    check(stream, events, expected);
    if (closed !== undefined) throw new StoreFailure('unavailable', 'the event store was closed');
    return shared.lane.append(stream, events, expected);
  };

  const readStream = (stream: string, { from, direction = 'forwards', limit, bytes = false }: StreamRead = {}): AsyncIterable<StoredEvent> => {
    if (limit !== undefined && limit <= 0) return nothing();
    return reads.events((client) => asRead(bytes, client.readStream(stream, {
      direction: direction === 'forwards' ? FORWARDS : BACKWARDS,
      fromRevision: from ?? (direction === 'forwards' ? START : END),
      ...(limit === undefined ? {} : { maxCount: limit }),
    })), `read of ${stream}`);
  };

  async function* readAll({ from, direction = 'forwards', limit = Infinity, bytes = false }: AllRead = {}): AsyncGenerator<StoredEvent, void, undefined> {
    let left = limit;
    if (left <= 0) return;
    const events = reads.events((client) => asRead(bytes, client.readAll({
      direction: direction === 'forwards' ? FORWARDS : BACKWARDS,
      fromPosition: from === undefined ? (direction === 'forwards' ? START : END) : { commit: from, prepare: from },
    })), 'read of $all');
    for await (const event of events) {
      if (isSystem(event)) continue;
      yield event;
      if (--left <= 0) return;
    }
  }

  const newestMetadata = async (stream: string): Promise<StoredEvent | undefined> => {
    try {
      for await (const event of readStream(`$$${stream}`, { direction: 'backwards', limit: 1 })) return event;
    } catch (error) {
      if (!(error instanceof StoreFailure && error.kind === 'stream-not-found')) throw error;
    }
    return undefined;
  };

  /** At the exact revision, so that an unknown outcome can be resolved; whoever comes last wins, as always with metadata. */
  const setMetadata = async (stream: string, metadata: StreamMetadata): Promise<void> => {
    const event: NewEvent = { id: uuidv4(), type: '$metadata', data: metadataToJson(metadata), metadata: {} };
    check(stream, [event], 'any');
    for (let attempt = 1; ; attempt++) {
      const newest = await newestMetadata(stream);
      try {
        await shared.lane.append(`$$${stream}`, [event], newest?.revision ?? 'no-stream');
        return;
      } catch (error) {
        if (attempt === 5 || !(error instanceof StoreFailure && error.kind === 'wrong-expected-version')) throw error;
      }
    }
  };

  /** Deleting again does no harm, so an answer that got lost is asked for again. */
  const ending = async (doing: string, end: () => Promise<unknown>, alreadyDone: (failure: StoreFailure) => boolean): Promise<void> => {
    const deadlineAt = Date.now() + limits.appendMs;
    for (let attempt = 1; ; attempt++) {
      try {
        await end();
        return;
      } catch (error) {
        const failure = error as StoreFailure;
        if (attempt > 1 && alreadyDone(failure)) return;
        if (failure.kind !== 'unavailable') throw failure;
        if (Date.now() >= deadlineAt) throw new StoreFailure('outcome-unknown', `${doing}: no definite answer`, { cause: error });
        await pause(Math.min(100 * attempt, 1_000));
      }
    }
  };

  const revisionFor = (expected: ExpectedRevision): Parameters<typeof reads.client.deleteStream>[1] => {
    if (expected === 'stream-exists') throw new StoreFailure('invalid', 'a stream is deleted at an exact revision or at any');
    return { expectedRevision: clientRevision(expected) as bigint | 'any' | 'no_stream', deadline: limits.readMs };
  };

  const close = async (): Promise<void> => {
    ends.abort();
    if (--shared.users === 0) {
      lanes.delete(url);
      await shared.lane.close();
    }
    await reads.close();
  };

  return {
    append,
    readStream,
    readAll,
    subscribeAll: (options: SubscribeAll) =>
      subscribe(() => reads.client, { ...options, signal: AbortSignal.any([options.signal, ends.signal]) }, { checkpointEvery, logger }),
    metadataOf: async (stream) => {
      const newest = await newestMetadata(stream);
      return newest === undefined ? undefined : metadataFromJson(newest.data);
    },
    setMetadata,
    deleteStream: (stream, expected) => {
      const options = revisionFor(expected);
      return ending(`delete of ${stream}`, () => reads.call(`delete of ${stream}`, (client) => client.deleteStream(stream, options)), () => false);
    },
    tombstoneStream: (stream, expected) => {
      const options = revisionFor(expected);
      return ending(`tombstone of ${stream}`, () => reads.call(`tombstone of ${stream}`, (client) => client.tombstoneStream(stream, options)),
        (failure) => failure.kind === 'stream-tombstoned');
    },
    ping: async () => {
      for await (const _ of reads.events((client) => client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }) as unknown as ClientRead, 'ping')) return;
    },
    close: () => (closed ??= close()),
  };
};

const asRead = (bytes: boolean, read: object): ClientRead => (bytes ? keepBytes(read) : read) as unknown as ClientRead;

async function* nothing(): AsyncGenerator<never, void, undefined> {}
