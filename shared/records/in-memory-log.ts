import { StoreFailure, type EventStore, type NewEvent, type StoredEvent } from '../event-store/port.js';

/** A log without I/O for deciders' tests: appends and stream reads only, in one array. */
export type InMemoryLog = Pick<EventStore, 'append' | 'readStream'> & {
  readonly all: readonly StoredEvent[];
  /** Runs before an append is looked at: to make another writer win the race, or to fail. */
  beforeAppend: (stream: string, events: readonly NewEvent[]) => Promise<void>;
};

export function createInMemoryLog(): InMemoryLog & EventStore {
  const all: StoredEvent[] = [];
  const log: InMemoryLog = {
    all,
    beforeAppend: async () => {},
    async append(stream, events, expected) {
      await log.beforeAppend(stream, events);
      const own = all.filter((event) => event.stream === stream);
      const last = BigInt(own.length - 1);
      const expectedLast = expected === 'no-stream' ? -1n : expected;
      if (typeof expectedLast !== 'bigint') throw new Error(`expected ${expectedLast} is not known here`);
      if (expectedLast !== last) throw new StoreFailure('wrong-expected-version', `${stream} is at ${last}`, { actualRevision: last < 0n ? 'no-stream' : last });
      const created = new Date(0);
      // Through JSON, so that what cannot be stored fails here as it would there.
      for (const [index, event] of events.entries())
        all.push({ ...(JSON.parse(JSON.stringify(event)) as NewEvent), stream, revision: last + 1n + BigInt(index), position: BigInt(all.length + 1) * 100n, created });
      return { revision: last + BigInt(events.length), position: all.at(-1)!.position };
    },
    async *readStream(stream, { from, direction = 'forwards', limit = Infinity } = {}) {
      const own = all.filter((event) => event.stream === stream);
      if (own.length === 0) throw new StoreFailure('stream-not-found', stream);
      const ordered = direction === 'forwards' ? own.filter(({ revision }) => revision >= (from ?? 0n)) : own.filter(({ revision }) => revision <= (from ?? revision)).reverse();
      yield* ordered.slice(0, limit);
    },
  };
  return log as InMemoryLog & EventStore;
}
