/**
 * The event store alone in a process: `node dist/infra/event-store/process.js`. Settings: EVENT_STORE_POSTGRES_URL, EVENT_STORE_PORT (2113),
 * EVENT_STORE_HOST (127.0.0.1). A parent with an IPC channel is sent `{ url, port }` once it is ready.
 */
import { pino } from 'pino';
import { runEventStoreRole } from './role.js';

const { EVENT_STORE_POSTGRES_URL: postgresUrl, EVENT_STORE_PORT: port = '2113', EVENT_STORE_HOST: host = '127.0.0.1' } = process.env;
const logger = pino({ name: 'event-store', level: process.env['EVENT_STORE_LOG_LEVEL'] ?? 'info' }, pino.destination(2));
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());
// A parent that was killed cannot say so.
process.once('disconnect', () => stop.abort());

if (postgresUrl === undefined) {
  logger.fatal('EVENT_STORE_POSTGRES_URL names the database to keep the log in');
  process.exit(2);
}
try {
  await runEventStoreRole({
    postgresUrl,
    host,
    port: Number(port),
    logger,
    signal: stop.signal,
    onReady: ({ url, port: bound }) => process.send?.({ url, port: bound }),
  });
  process.exit(0);
} catch (error) {
  logger.fatal({ err: error }, 'the event store could not start');
  process.exit(1);
}
