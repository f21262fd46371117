import type { Metrics } from '../telemetry/metrics.js';
import { StoreFailure, type EventStore } from './port.js';

/** The same store, its appends counted and timed as those who wait for them see it. */
export function meteredEventStore(store: EventStore, metrics: Metrics): EventStore {
  const events = metrics.counter({ name: 'bank_event_store_events_appended_total', help: 'Events stored' });
  const seconds = metrics.histogram({
    name: 'bank_event_store_append_duration_seconds', help: 'One append, until its outcome is known. outcome: stored, or why not', labels: ['outcome'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  });
  return {
    async append(stream, added, expected) {
      const startedAt = performance.now();
      const took = (outcome: string): void => seconds.observe((performance.now() - startedAt) / 1_000, { outcome });
      try {
        const result = await store.append(stream, added, expected);
        took('stored');
        events.add(added.length);
        return result;
      } catch (error) {
        took(error instanceof StoreFailure ? error.kind : 'failed');
        throw error;
      }
    },
    readStream: (stream, read) => store.readStream(stream, read),
    readAll: (read) => store.readAll(read),
    subscribeAll: (options) => store.subscribeAll(options),
    metadataOf: (stream) => store.metadataOf(stream),
    setMetadata: (stream, metadata) => store.setMetadata(stream, metadata),
    deleteStream: (stream, expected) => store.deleteStream(stream, expected),
    tombstoneStream: (stream, expected) => store.tombstoneStream(stream, expected),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}
