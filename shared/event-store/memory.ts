/** An event store without a server, for tests of what stands on the port. Passes the contract but for what only a server has. */
import { check, MAX_APPEND_DATA_BYTES } from './append-checks.js';
import { metadataFromJson, metadataToJson, SOFT_DELETED } from './stream-metadata.js';
import { StoreFailure } from './port.js';
import type { AllRead, AppendResult, Checkpoint, EventStore, ExpectedRevision, NewEvent, StoredEvent, StreamMetadata, StreamRead, SubscribeAll, SubscriptionItem } from './port.js';

interface Stream {
  readonly events: StoredEvent[];
  metadata: StreamMetadata | undefined;
  tombstoned: boolean;
}

const isSoftDeleted = (stream: Stream | undefined): boolean => stream?.metadata?.truncateBefore === SOFT_DELETED;
const CHECKPOINT_EVERY = 32;
const jsonBytes = (value: object): Uint8Array => Buffer.from(JSON.stringify(value), 'utf8');
const withBytes = (event: StoredEvent, asked: boolean): StoredEvent =>
  asked ? { ...event, bytes: { data: jsonBytes(event.data), metadata: jsonBytes(event.metadata) } } : event;

export const memoryEventStore = (now: () => Date = () => new Date()): EventStore => {
  const log: StoredEvent[] = [];
  const streams = new Map<string, Stream>();
  const waiting = new Set<() => void>();
  let lastPosition = 0n;
  let closed = false;

  const open = (): void => {
    if (closed) throw new StoreFailure('unavailable', 'the event store was closed');
  };
  const streamOf = (name: string): Stream => {
    let stream = streams.get(name);
    if (stream === undefined) streams.set(name, (stream = { events: [], metadata: undefined, tombstoned: false }));
    return stream;
  };
  const lastOf = (stream: Stream | undefined): bigint => BigInt(stream?.events.length ?? 0) - 1n;
  const living = (name: string): Stream | undefined => {
    const stream = streams.get(name);
    if (stream?.tombstoned === true) throw new StoreFailure('stream-tombstoned', `${name} is tombstoned`);
    return stream;
  };
  const wrongVersion = (name: string, last: bigint): StoreFailure =>
    new StoreFailure('wrong-expected-version', `append to ${name}`, { actualRevision: last === -1n ? 'no-stream' : last });
  const resultOf = (event: StoredEvent): AppendResult => ({ revision: event.revision, position: event.position });

  /** The first answer of an append that is stored already, or undefined where it is to be stored now. */
  const repetition = (name: string, stream: Stream | undefined, events: readonly NewEvent[], expected: ExpectedRevision): AppendResult | undefined => {
    const last = lastOf(stream);
    const stored = stream?.events ?? [];
    if (expected === 'any' || expected === 'stream-exists') {
      if (expected === 'stream-exists' && isSoftDeleted(stream)) throw new StoreFailure('stream-tombstoned', `${name} is deleted`);
      if (expected === 'stream-exists' && last === -1n && stream?.metadata === undefined) throw wrongVersion(name, last);
      const known = events.map((event) => stored.findLast((candidate) => candidate.id === event.id));
      if (known[0] === undefined) return undefined;
      if (known.includes(undefined)) throw wrongVersion(name, last);
      return resultOf(known.at(-1) as StoredEvent);
    }
    const exact = expected === 'no-stream' ? -1n : expected;
    if (exact === last) return undefined;
    if (exact > last) throw wrongVersion(name, last);
    const from = Number(exact) + 1;
    const same = events.findIndex((event, index) => stored[from + index]?.id !== event.id);
    if (same === -1) return resultOf(stored[from + events.length - 1] as StoredEvent);
    if (same === 0 && expected === 'no-stream' && isSoftDeleted(stream)) return undefined;
    throw wrongVersion(name, last);
  };

  const append = (name: string, events: readonly NewEvent[], expected: ExpectedRevision): AppendResult => {
    open();
    check(name, events, expected);
    const stored = living(name);
    const bytes = events.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event.data)), 0);
    if (bytes > MAX_APPEND_DATA_BYTES) throw new StoreFailure('too-large', `append to ${name}: ${bytes} bytes`);
    const repeated = repetition(name, stored, events, expected);
    if (repeated !== undefined) return repeated;
    const stream = streamOf(name);
    if (isSoftDeleted(stream)) stream.metadata = { ...stream.metadata, truncateBefore: lastOf(stream) + 1n };
    for (const event of events) {
      lastPosition += 100n;
      const copy = structuredClone({ id: event.id, type: event.type, data: event.data, metadata: event.metadata });
      const recorded: StoredEvent = { ...copy, stream: name, revision: lastOf(stream) + 1n, position: lastPosition, created: now() };
      stream.events.push(recorded);
      log.push(recorded);
    }
    for (const wake of [...waiting]) wake();
    return resultOf(stream.events.at(-1) as StoredEvent);
  };

  const visible = (stream: Stream): StoredEvent[] => {
    const { truncateBefore = 0n, maxCount = Infinity, maxAgeSeconds = Infinity } = stream.metadata ?? {};
    const oldest = now().getTime() - maxAgeSeconds * 1000;
    return stream.events.filter((event) => event.revision >= truncateBefore && Number(event.revision) >= stream.events.length - maxCount && event.created.getTime() >= oldest);
  };

  async function* readStream(name: string, { from, direction = 'forwards', limit = Infinity, bytes = false }: StreamRead = {}): AsyncGenerator<StoredEvent, void, undefined> {
    open();
    const stream = living(name);
    if (stream === undefined || stream.events.length === 0 || isSoftDeleted(stream)) throw new StoreFailure('stream-not-found', `${name} not found`);
    const events = visible(stream).filter((event) => from === undefined || (direction === 'forwards' ? event.revision >= from : event.revision <= from));
    yield* (direction === 'forwards' ? events : events.reverse()).slice(0, limit).map((event) => withBytes(event, bytes));
  }

  async function* readAll({ from, direction = 'forwards', limit = Infinity, bytes = false }: AllRead = {}): AsyncGenerator<StoredEvent, void, undefined> {
    open();
    const events = log.filter((event) => from === undefined || (direction === 'forwards' ? event.position >= from : event.position < from));
    yield* (direction === 'forwards' ? events : events.reverse()).slice(0, limit).map((event) => withBytes(event, bytes));
  }

  async function* subscribeAll({ after, streamPrefixes, signal, bytes = false }: SubscribeAll): AsyncGenerator<SubscriptionItem, void, undefined> {
    let next = after === undefined ? 0 : log.findIndex((event) => event.position > after.commit);
    if (next === -1) next = log.length;
    let passed: Checkpoint | undefined;
    for (let skipped = 0, toldCaughtUp = false; !signal.aborted && !closed; ) {
      const event = log[next];
      if (event !== undefined) {
        next++;
        const checkpoint = { commit: event.position, prepare: event.position };
        if (streamPrefixes === undefined || streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) {
          passed = undefined;
          yield { kind: 'event', event: withBytes(event, bytes), checkpoint };
        } else if (++skipped % CHECKPOINT_EVERY === 0) {
          passed = undefined;
          yield { kind: 'checkpoint', checkpoint };
        } else passed = checkpoint;
      } else if (!toldCaughtUp) {
        toldCaughtUp = true;
        if (passed !== undefined) yield { kind: 'checkpoint', checkpoint: passed };
        yield { kind: 'caught-up' };
      } else {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            signal.removeEventListener('abort', wake);
            resolve();
          };
          waiting.add(wake);
          signal.addEventListener('abort', wake);
        });
      }
    }
  }

  const endable = (name: string, expected: ExpectedRevision): Stream | undefined => {
    open();
    const stream = living(name);
    const last = lastOf(stream);
    if (expected === 'stream-exists') throw new StoreFailure('invalid', 'a stream is deleted at an exact revision or at any');
    if (expected !== 'any' && (expected === 'no-stream' ? -1n : expected) !== last) throw wrongVersion(name, last);
    return stream;
  };

  return {
    append: async (...request) => append(...request),
    readStream,
    readAll,
    subscribeAll,
    metadataOf: async (name) => streams.get(name)?.metadata,
    setMetadata: async (name, metadata) => {
      open();
      living(name);
      // By way of JSON, so that the same is refused as by a server.
      const kept = metadataFromJson(metadataToJson(metadata));
      streamOf(name).metadata = kept;
    },
    deleteStream: async (name, expected) => {
      const stream = endable(name, expected);
      if (stream === undefined || stream.events.length === 0) throw wrongVersion(name, -1n);
      stream.metadata = { truncateBefore: SOFT_DELETED };
    },
    tombstoneStream: async (name, expected) => {
      endable(name, expected);
      streamOf(name).tombstoned = true;
    },
    ping: async () => open(),
    close: async () => {
      closed = true;
      for (const wake of [...waiting]) wake();
    },
  };
};
