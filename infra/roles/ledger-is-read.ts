import { lastPosition } from '../../shared/event-store/last-position.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { Refusal } from '../../shared/http/context.js';
import type { ReadStore } from '../../shared/read-store/projection.js';

const WAIT_MS = 5_000;

/** What a read model tells next is as new as the log is now. @throws Refusal `read_behind` where it is not soon */
export async function isRead(projection: string, eventStore: EventStore, store: ReadStore): Promise<void> {
  const end = await lastPosition(eventStore);
  if (end !== undefined && !(await store.waitFor(projection, end, WAIT_MS))) throw new Refusal({ code: 'read_behind' }, 1);
}

export const ledgerIsRead = (eventStore: EventStore, store: ReadStore): Promise<void> => isRead('ledger', eventStore, store);
