import { startEventStoreServer } from './server.js';
import type { EventStoreServer, EventStoreServerOptions } from './server.js';

export interface EventStoreRole extends EventStoreServerOptions {
  /** Ends the role: the group being stored is finished, then everything is closed. */
  readonly signal: AbortSignal;
  readonly onReady?: (server: Pick<EventStoreServer, 'url' | 'port'>) => void;
}

/** The event store as a process's only work. Resolves when it has stopped; throws where it cannot start (LogIsTaken, port in use). */
export const runEventStoreRole = async ({ signal, onReady, ...options }: EventStoreRole): Promise<void> => {
  const server = await startEventStoreServer(options);
  onReady?.(server);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.stop();
};
