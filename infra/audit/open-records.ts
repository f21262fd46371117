import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../../shared/config/config.js';
import { openVault } from '../../shared/crypto/postgres-vault.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { createCodec, type Codec } from '../../shared/events/codec.js';
import { openEventStore } from '../../shared/event-store/esdb.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { createPool, ensureDatabase, type Pool } from '../../shared/read-store/pool.js';
import { startEventStoreServer } from '../event-store/server.js';
import { freePort } from '../processes/free-port.js';
import { PartFailure } from '../processes/part-failure.js';
import { isStillRunning } from '../processes/process-identity.js';
import { startPostgres } from '../postgres/postgres.js';
import { readConnections } from '../supervisor/connections.js';
import { readProcessList } from '../supervisor/process-list.js';

/** What an auditor reads: the log, the keys, and (for verification) the read models. Only a rebuild writes, and only read models. */
export interface BankRecords {
  readonly log: EventStore;
  readonly vault: Vault;
  readonly codec: Codec;
  readonly readPool: Pool;
  /** The notary's record of the log. */
  readonly opsPool: Pool;
  readonly config: Config;
  /** The bank does not run: nobody keeps the read models up. */
  readonly stopped: boolean;
  close(): Promise<void>;
}

/**
 * Opens the bank's records wherever they are: the configured servers, the running bank's own, or, while the bank is stopped, the data
 * folder itself, whose Postgres and event store then run for as long as the tool does. @throws PartFailure where there is no bank: none is made
 */
export async function openRecords(config: Config, logger: Logger): Promise<BankRecords> {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    // Whatever does not end must not leave a server running behind it.
    for (const end of closing.reverse()) await end().catch(() => undefined);
  };
  try {
    const { postgresUrl, eventStoreUrl, stopped } = await locate(config, logger, closing);
    const vault = await openVault({ postgresUrl, rootKeyFile: config.rootKeyFile, logger });
    closing.push(() => vault.close());
    const log = openEventStore({ url: eventStoreUrl, logger });
    closing.push(() => log.close());
    const readPool = createPool(await ensureDatabase(postgresUrl, 'read'), { applicationName: 'passbook-audit', max: 4, statementTimeoutMs: 0, idleInTransactionTimeoutMs: 0, logger });
    closing.push(() => readPool.end());
    const opsPool = createPool(await ensureDatabase(postgresUrl, 'ops'), { applicationName: 'passbook-audit', max: 4, logger });
    closing.push(() => opsPool.end());
    return { log, vault, codec: createCodec(vault), readPool, opsPool, config, stopped, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function locate(config: Config, logger: Logger, closing: (() => Promise<void>)[]): Promise<{ postgresUrl: string; eventStoreUrl: string; stopped: boolean }> {
  const supervisor = readProcessList(config.dataDir)['supervisor'];
  const running = supervisor && isStillRunning(supervisor) ? readConnections(config.dataDir) : undefined;
  let postgresUrl = config.postgresUrl ?? running?.['PASSBOOK_POSTGRES_URL'];
  let eventStoreUrl = config.eventStoreUrl ?? running?.['PASSBOOK_EVENTSTORE_URL'];
  const stopped = postgresUrl === undefined;
  if (postgresUrl === undefined) {
    if (!existsSync(path.join(config.dataDir, 'postgres'))) throw new PartFailure(`there is no bank in ${path.resolve(config.dataDir)}; PASSBOOK_DATA_DIR names its folder`);
    const postgres = await startPostgres({ dataDir: path.join(config.dataDir, 'postgres'), logger });
    closing.push(() => postgres.stop());
    postgresUrl = postgres.url;
  }
  await requireBank(postgresUrl);
  if (eventStoreUrl === undefined) {
    const server = await startEventStoreServer({ postgresUrl: await ensureDatabase(postgresUrl, 'log'), host: '127.0.0.1', port: await freePort(), logger });
    closing.push(() => server.stop());
    eventStoreUrl = server.url;
  }
  return { postgresUrl, eventStoreUrl, stopped };
}

/** A Postgres without the bank's vault is another's, and is left as it is. */
async function requireBank(postgresUrl: string): Promise<void> {
  const pool = createPool(postgresUrl, { applicationName: 'passbook-audit', max: 1 });
  try {
    const { rowCount } = await pool.query(`SELECT FROM pg_database WHERE datname = 'vault'`);
    if (rowCount === 0) throw new PartFailure('there is no bank in this Postgres: it has no vault');
  } finally {
    await pool.end();
  }
}
