/** The embedded event store: EventStoreDB's gRPC protocol over Postgres tables. A development part; see README.md beside it. */
import { experimental, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import type { TlsFiles } from '../../shared/tls/tls-files.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { UNAVAILABLE } from './calls.js';
import type { ReaderCall } from './calls.js';
import { Log } from './log.js';
import { LogReader } from './log-reader.js';
import { logMeters } from './meters.js';
import { createDatabase } from './schema.js';
import { handlersOf } from './services.js';

export interface EventStoreServerOptions {
  /** Names the log's own database (`…/log`), which is created where it is missing. */
  readonly postgresUrl: string;
  /** Default 127.0.0.1: without `tls` the protocol is served in plain text, and without users. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** TLS, and a certificate of the same authority from whoever connects. New files are taken while it runs. */
  readonly tls?: TlsFiles;
}

export interface EventStoreServer {
  /** For the client: `esdb://host:port?tls=false`. */
  readonly url: string;
  readonly port: number;
  /** Throws where nothing can be written just now. */
  check(): void;
  stop(): Promise<void>;
}

const MAX_MESSAGE_BYTES = 17 * 1024 * 1024;
const FLOW_CONTROL_BYTES = 4 * 1024 * 1024;

/** Throws LogIsTaken where another server already writes this database. */
export const startEventStoreServer = async ({ postgresUrl, host = '127.0.0.1', port, logger, metrics, tls }: EventStoreServerOptions): Promise<EventStoreServer> => {
  await createDatabase(postgresUrl);
  const log: Log = new Log(postgresUrl, logger, logMeters(metrics, () => log));
  const reader = new LogReader(postgresUrl, logger);
  const batches = new Set<ServerDuplexStream<Buffer, Buffer>>();
  const readers = new Set<ReaderCall>();
  const failReaders = (): void => {
    for (const call of readers) call.finish(UNAVAILABLE);
  };
  let boundPort = port;
  const grpc = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    'grpc-node.flow_control_window': FLOW_CONTROL_BYTES,
    // A client that vanished without a word is noticed and let go.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 20_000,
  });
  for (const { definition, handler } of handlersOf({ log, reader, batches, readers, address: () => ({ host, port: boundPort }) })) {
    grpc.addService({ [definition.path]: definition }, { [definition.path]: handler });
  }
  try {
    await log.open();
    boundPort = await new Promise<number>((resolve, reject) => {
      grpc.bindAsync(`${host}:${port}`, credentialsFrom(tls), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(new Error(`the event store cannot listen on ${host}:${port}: ${error.message}`, { cause: error }));
      });
    });
  } catch (error) {
    grpc.forceShutdown();
    await log.stop();
    await reader.close();
    throw error;
  }
  const ignoreDown = log.onDown(failReaders);
  logger.info({ host, port: boundPort }, 'event store ready');

  const stop = async (): Promise<void> => {
    ignoreDown();
    // The log finishes the group it is storing and its answers go out before any call is failed. A batch call must never end with OK:
    // the client would wait for ever on it.
    await log.stop();
    for (const call of [...batches]) call.emit('error', UNAVAILABLE);
    failReaders();
    await closeWithin(grpc, 500);
    await reader.close();
  };
  let stopping: Promise<void> | undefined;
  return { url: `esdb://${host}:${boundPort}?tls=${tls !== undefined}`, port: boundPort, check: () => checkAvailable(log), stop: () => (stopping ??= stop()) };
};

const RELOAD_EVERY_MS = 1_000;

function credentialsFrom(tls: TlsFiles | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const files = new experimental.FileWatcherCertificateProvider({
    caCertificateFile: tls.caFile, certificateFile: tls.certFile, privateKeyFile: tls.keyFile, refreshIntervalMs: RELOAD_EVERY_MS,
  });
  return experimental.createCertificateProviderServerCredentials(files, files, true);
}

const checkAvailable = ({ available }: Log): void => {
  if (!available) throw new Error('the log cannot be written: its database session is lost');
};

const closeWithin = (grpc: Server, patienceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const force = setTimeout(() => {
      grpc.forceShutdown();
      resolve();
    }, patienceMs);
    grpc.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
