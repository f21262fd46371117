/** Making and unmaking clients of @eventstore/db-client. */
import { EventStoreDBClient } from '@eventstore/db-client';
import { withDeadline } from './deadline.js';
import { StoreFailure } from './port.js';

interface Closable {
  getChannel(): Promise<{ close(): void }>;
}

/** TLS, certificates, user and password are all in the URL: credentials per call would switch the client to its slow way of appending. */
export const connectTo = (url: string): EventStoreDBClient => {
  try {
    return EventStoreDBClient.connectionString(url);
  } catch (error) {
    // The message may quote the URL, password and all.
    const message = (error instanceof Error ? error.message : String(error)).replaceAll(/\/\/[^/@\s]*@/g, '//…@');
    throw new StoreFailure('invalid', `event store URL: ${message}`);
  }
};

/**
 * Cancels everything the client has open and closes its connection. `dispose` alone leaves the channel open with its keep-alive.
 * A channel that cannot be had (nothing was ever connected) needs no closing.
 */
export const discard = async (client: EventStoreDBClient): Promise<void> => {
  await withDeadline(client.dispose(), 2_000, 'closing the event store client').catch(() => undefined);
  const channel = await withDeadline((client as unknown as Closable).getChannel(), 1_000, 'closing the event store channel').catch(() => undefined);
  channel?.close();
};
