import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { TlsFiles } from '../../shared/tls/tls-files.js';
import { startKafka } from '../kafka/kafka.js';
import { startPostgres } from '../postgres/postgres.js';
import { missingTools } from '../real-parts.js';
import { PartFailure } from '../processes/part-failure.js';
import { startRedis } from '../redis/redis.js';

/** A server that the supervisor runs beside the bank's own roles. */
export interface OutsidePart {
  readonly name: string;
  readonly pid: number | undefined;
  /** What the roles must be told to use it. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface PartStarter {
  readonly what: string;
  start(): Promise<OutsidePart>;
}

export const embeddedPostgres = (dataDir: string, logger: Logger, onStarted: () => void, tls?: TlsFiles): PartStarter => ({
  what: 'Postgres',
  async start() {
    const first = await startPostgres({ dataDir: path.join(dataDir, 'postgres'), logger, tls });
    let running = first;
    return keptRunning(logger, {
      name: 'postgres',
      environment: { PASSBOOK_POSTGRES_URL: first.url },
      current: () => running,
      onStarted,
      restart: async () => {
        running = await startPostgres({ dataDir: path.join(dataDir, 'postgres'), port: first.port, logger, tls });
      },
    });
  },
});

/** A real Kafka and a real Redis on this machine. @throws PartFailure naming everything that is missing */
export function realParts(dataDir: string, logger: Logger, onStarted: () => void, tls?: { readonly kafka: TlsFiles; readonly redis: TlsFiles }): readonly PartStarter[] {
  const missing = missingTools();
  if (missing.length > 0) throw new PartFailure(`--real needs more than this machine has:\n${missing.map(({ message }) => `  ${message}`).join('\n')}`);
  return [
    {
      what: 'Kafka (the first start fetches it with Maven)',
      async start() {
        const kafka = await startKafka({ dataDir: path.join(dataDir, 'kafka'), logger, tls: tls?.kafka });
        return keptRunning(logger, { name: 'kafka', environment: { PASSBOOK_KAFKA_BROKERS: kafka.brokers }, current: () => kafka, onStarted, restart: () => kafka.restart() });
      },
    },
    {
      what: 'Redis',
      async start() {
        const redis = await startRedis({ dataDir: path.join(dataDir, 'redis'), logger, tls: tls?.redis });
        return keptRunning(logger, { name: 'redis', environment: { PASSBOOK_REDIS_URL: redis.url }, current: () => redis, onStarted, restart: () => redis.restart() });
      },
    },
  ];
}

interface Restartable {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  current(): { readonly pid: number; readonly exited: Promise<void>; stop(): Promise<void> };
  readonly onStarted: () => void;
  /** Starts it again at the same address. */
  restart(): Promise<void>;
}

/** Starts the part again whenever it ends unasked. */
function keptRunning(logger: Logger, part: Restartable): OutsidePart {
  let stopping = false;
  const watch = async (): Promise<void> => {
    for (;;) {
      await part.current().exited;
      for (let pauseMs = 100, back = false; !stopping && !back; pauseMs = Math.min(pauseMs * 2, 5_000)) {
        logger.warn({ part: part.name }, 'a part ended unasked; starting it again');
        await pause(pauseMs);
        if (stopping) break;
        back = await part.restart().then(() => true, (error: unknown) => (logger.error({ part: part.name, err: error }, 'it did not start again'), false));
      }
      if (stopping) return;
      part.onStarted();
    }
  };
  const watching = watch();
  return {
    name: part.name,
    environment: part.environment,
    get pid() {
      return part.current().pid;
    },
    async stop() {
      stopping = true;
      await part.current().stop();
      await watching;
    },
  };
}
