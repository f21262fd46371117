import type { RunningRole } from '../../shared/lifecycle/role.js';
import { ensureDatabase } from '../../shared/read-store/pool.js';
import { startEventStoreServer } from '../event-store/server.js';
import type { Parts } from './parts.js';

/** The embedded event store, at the address that the other roles were told. */
export async function eventStoreRole(parts: Parts): Promise<RunningRole> {
  const { hostname, port } = new URL(parts.required('eventStoreUrl'));
  const server = await startEventStoreServer({
    postgresUrl: await ensureDatabase(parts.required('postgresUrl'), 'log'), host: hostname, port: Number(port),
    logger: parts.logger, metrics: parts.metrics, ...(parts.config.tls && { tls: parts.config.tls }),
  });
  const statusPort = await parts.serveStatus({ log: async () => server.check() });
  return { stop: () => server.stop(), info: { port: server.port, statusPort } };
}
