import { memoryEventStore } from '../../event-store/memory.js';
import type { EventStore, NewEvent, StoredEvent } from '../../event-store/port.js';

/** A log in memory whose appends a test can hold up, fail or run ahead of. */
export interface InterruptedStore extends EventStore {
  /** Everything stored so far, in log order. */
  readonly all: readonly StoredEvent[];
  /** Runs before an append reaches the store. */
  beforeAppend: (stream: string, events: readonly NewEvent[]) => Promise<void>;
}

export function createInterruptedStore(): InterruptedStore {
  const store = memoryEventStore();
  const all: StoredEvent[] = [];
  const interrupted: InterruptedStore = {
    ...store,
    all,
    beforeAppend: async () => {},
    async append(stream, events, expected) {
      await interrupted.beforeAppend(stream, events);
      const result = await store.append(stream, events, expected);
      for await (const event of store.readStream(stream, { from: result.revision - BigInt(events.length - 1), limit: events.length })) all.push(event);
      return result;
    },
  };
  return interrupted;
}
