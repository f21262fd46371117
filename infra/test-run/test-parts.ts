import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import { startKafka } from '../kafka/kafka.js';
import { endOrphan } from '../postgres/end-orphan.js';
import { startPostgres } from '../postgres/postgres.js';
import { endLeftover } from '../processes/part-process.js';
import { hasLivingOwner, takeOwnership } from '../processes/owner-lock.js';
import { startRedis } from '../redis/redis.js';

export interface TestParts {
  /** PASSBOOK_TEST_…_URL of each part that runs. */
  readonly environment: Record<string, string>;
  /** One line for each part that could not be had, with what to do. */
  readonly missing: string[];
  stop(): Promise<void>;
}

/**
 * Starts the servers that tests share, each unless its variable names one already. What an earlier run that was killed left is ended and removed.
 * @param folder of all runs; this one's data lies below it
 */
export const startTestParts = async (folder: string, logger: Logger): Promise<TestParts> => {
  await removeLeftovers(folder, logger);
  const run = path.join(folder, `run-${process.pid}`);
  const ownership = takeOwnership(run, 'this test run');
  const parts: { stop(): Promise<void> }[] = [];
  const environment: Record<string, string> = {};
  const missing: string[] = [];
  const start = async (name: string, variable: string, launch: () => Promise<{ address: string; stop(): Promise<void> }>): Promise<void> => {
    if (process.env[variable]) return;
    try {
      const part = await launch();
      parts.push(part);
      environment[variable] = part.address;
    } catch (error) {
      missing.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  await Promise.all([
    start('Postgres', 'PASSBOOK_TEST_POSTGRES_URL', async () => {
      const postgres = await startPostgres({ dataDir: path.join(run, 'postgres'), logger, settings: { max_connections: '400' } });
      return { address: postgres.url, stop: () => postgres.stop() };
    }),
    start('Kafka', 'PASSBOOK_TEST_KAFKA_BROKERS', async () => {
      const kafka = await startKafka({ dataDir: path.join(run, 'kafka'), logger });
      return { address: kafka.brokers, stop: () => kafka.stop() };
    }),
    start('Redis', 'PASSBOOK_TEST_REDIS_URL', async () => {
      const redis = await startRedis({ dataDir: path.join(run, 'redis'), logger });
      return { address: redis.url, stop: () => redis.stop() };
    }),
  ]);
  return {
    environment,
    missing,
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop()));
      ownership.release();
      rmSync(run, { recursive: true, force: true });
    },
  };
};

const removeLeftovers = async (folder: string, logger: Logger): Promise<void> => {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const run = path.join(folder, name);
    if (hasLivingOwner(run)) continue;
    await endOrphan(path.join(run, 'postgres', 'cluster'), logger);
    for (const part of ['kafka', 'redis']) await endLeftover(path.join(run, part), part, [['SIGKILL', 10_000]], logger);
    rmSync(run, { recursive: true, force: true });
  }
};
