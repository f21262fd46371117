import type { AccessLogEvent } from '../../../shared/events/accesses/events.js';
import type { StoredAccess } from '../../../shared/events/accesses/opened.js';
import type { EventStore } from '../../../shared/event-store/port.js';

/** Everything that the log has of the access log, in its order. */
export async function storedAccesses(store: EventStore): Promise<StoredAccess[]> {
  const found: StoredAccess[] = [];
  for await (const { data } of store.readAll()) {
    const { spool, accesses } = data as AccessLogEvent['data'];
    found.push(...accesses.map((access) => ({ spool, access })));
  }
  return found;
}
