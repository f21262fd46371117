import { traceNow, traceOf, type Traces } from '../telemetry/traces.js';
import { StoreFailure, type EventStore } from './port.js';

/** The same store; the trace of each event is told of its append. Reads are not: they belong to nobody's change. */
export const tracedEventStore = (store: EventStore, traces: Traces): EventStore => ({
  ...store,
  async append(stream, added, expected) {
    const startedAt = traceNow();
    const told = (failed?: string): void => traces.did({
      name: 'append events', kind: 'client', of: added.map(traceOf), startedAt, ...(failed !== undefined && { failed }),
      attributes: { 'db.system.name': 'eventstoredb', 'db.operation.name': 'append', 'db.operation.batch.size': added.length },
    });
    try {
      const result = await store.append(stream, added, expected);
      told();
      return result;
    } catch (error) {
      told(error instanceof StoreFailure ? error.kind : 'failed');
      throw error;
    }
  },
});
