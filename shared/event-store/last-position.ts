import type { EventStore } from './port.js';

/** Where the log ends now: the position of its newest event; undefined where it is empty. */
export async function lastPosition(store: Pick<EventStore, 'readAll'>): Promise<bigint | undefined> {
  for await (const { position } of store.readAll({ direction: 'backwards', limit: 1 })) return position;
  return undefined;
}
