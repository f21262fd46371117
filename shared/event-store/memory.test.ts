import { test } from 'tap';
import { eventStoreContract } from './contract.js';
import { memoryEventStore } from './memory.js';
import type { EventStore } from './port.js';

test('the event store in memory', async (t) => {
  // Every "connection" of the contract reaches the same log, and closing one leaves the others open.
  const log = memoryEventStore();
  const open = async (): Promise<EventStore> => {
    let closed = false;
    const gone = memoryEventStore();
    await gone.close();
    const reached = (): EventStore => (closed ? gone : log);
    return {
      append: (...request) => reached().append(...request),
      readStream: (...request) => reached().readStream(...request),
      readAll: (...request) => reached().readAll(...request),
      subscribeAll: (...request) => reached().subscribeAll(...request),
      metadataOf: (...request) => reached().metadataOf(...request),
      setMetadata: (...request) => reached().setMetadata(...request),
      deleteStream: (...request) => reached().deleteStream(...request),
      tombstoneStream: (...request) => reached().tombstoneStream(...request),
      ping: () => reached().ping(),
      close: async () => {
        closed = true;
      },
    };
  };
  eventStoreContract(t, open, { checksPositions: false });
});
