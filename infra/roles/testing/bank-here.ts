import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino, type Logger } from 'pino';
import { loadConfig } from '../../../shared/config/config.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { openVault } from '../../../shared/crypto/postgres-vault.js';
import type { Vault } from '../../../shared/crypto/vault.js';
import { createKafkaBus } from '../../../shared/event-bus/kafka/kafka.js';
import { partitionsOfBank } from '../../../shared/event-bus/partitions.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import type { EventStore } from '../../../shared/event-store/port.js';
import { createCodec, type Codec } from '../../../shared/events/codec.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import { createPool, type Pool, type PoolOptions } from '../../../shared/read-store/pool.js';
import { createMetrics, type Metrics } from '../../../shared/telemetry/metrics.js';
import type { Traces } from '../../../shared/telemetry/traces.js';
import { freshDatabase, kafkaBrokers, redisUrl, testPostgres, uniqueName } from '../../../shared/testing/parts.js';
import { startEventStoreServer } from '../../event-store/server.js';
import { apiRole } from '../api-role.js';
import { evaluationRole } from '../evaluation-role.js';
import { Parts } from '../parts.js';
import { pipelineRole } from '../pipeline-role.js';
import { namedBus } from './named-bus.js';

export interface BankHere {
  readonly url: string;
  /** Of the client that founds banks: it may do everything. */
  readonly token: string;
  /** Every line that the bank logged, from trace up. */
  readonly logged: readonly string[];
  /** Of each role, as its process would expose them. */
  readonly metrics: readonly Metrics[];
  /** Past the API: for what no request brings about. */
  readonly behind: { readonly eventStore: EventStore; readonly codec: Codec; readonly ops: Pool };
}

const TOKEN = 'test-bootstrap-token-0001';

/** Tests that ask everything are refused much. */
export const UNBOUNDED = { PASSBOOK_REQUESTS_PER_ADDRESS: '100000000', PASSBOOK_REQUESTS_PER_PERSON: '100000000', PASSBOOK_SIGN_INS_PER_ADDRESS: '100000000', PASSBOOK_UNMASKS_PER_PERSON: '100000000', PASSBOOK_BLOCK_AFTER: '100000000' };

/**
 * The roles of production within the test's process, wired as production wires them, over HTTP on 127.0.0.1. `real`: the embedded event store, the vault in Postgres, and the
 * test run's Kafka and Redis; otherwise log and vault are in memory and the bus within the process. Postgres is real always. Every database, topic and group is this bank's own.
 * `further`: modules served beside the bank's own.
 */
export async function startBankHere(t: { teardown(work: () => unknown): void }, { real = false, further, traces }: { readonly real?: boolean; readonly traces?: Traces; readonly further?: (token: string) => readonly RouteModule[] } = {}): Promise<BankHere> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'passbook-here-'));
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }));
  const logged: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const databases = { ops: await freshDatabase(t, 'ops'), read: await freshDatabase(t, 'read'), vault: await freshDatabase(t, 'vault') };
  const config = loadConfig({
    PASSBOOK_DATA_DIR: dataDir, PASSBOOK_HTTP_PORT: '0', PASSBOOK_BOOTSTRAP_TOKEN: TOKEN, PASSBOOK_SECOND_FACTOR: 'when-enrolled', PASSBOOK_LOG_LEVEL: 'trace', PASSBOOK_DEMONSTRATION: 'yes', ...UNBOUNDED,
    ...(real && { PASSBOOK_EVENTSTORE_URL: await startEventStore(t, logger), PASSBOOK_KAFKA_BROKERS: kafkaBrokers().join(), PASSBOOK_REDIS_URL: redisUrl() }),
  });

  class PartsHere extends Parts {
    override pool = async (database: keyof typeof databases, options: PoolOptions) => this.keep(createPool(databases[database], { logger: this.logger, ...options }), (pool) => pool.end());
  }

  const [eventStore, vault] = [memoryEventStore(), createMemoryVault()];
  class PartsInMemory extends PartsHere {
    override eventStore = () => this.watched(eventStore);
    override vault = async () => vault;
  }

  const name = uniqueName('here');
  class RealParts extends PartsHere {
    override async vault(): Promise<Vault> {
      const options = { postgresUrl: testPostgres(), database: new URL(databases.vault).pathname.slice(1), rootKeyFile: this.config.rootKeyFile, logger: this.logger };
      return this.keep(await openVault(options), (vault) => vault.close());
    }
    override bus = () => {
      const bus = namedBus(name, partitionsOfBank(this.config.ledgerShards), (partitionsOf) => createKafkaBus({ brokers: kafkaBrokers(), clientId: 'passbook', logger: this.logger, partitionsOf }));
      return this.keep(bus, () => bus.close());
    };
  }

  const roles = [];
  const metrics: Metrics[] = [];
  const starters = { pipeline: pipelineRole, evaluation: evaluationRole, api: (parts: Parts) => apiRole(parts, further?.(TOKEN)) };
  for (const [name, role] of Object.entries(starters)) {
    metrics.push(createMetrics({ processMetrics: true, role: name }));
    const parts = new (real ? RealParts : PartsInMemory)(config, logger, metrics.at(-1)!, traces);
    const running = await role(parts);
    roles.push(running);
    t.teardown(async () => {
      await running.stop();
      await parts.close();
    });
  }
  const own = new (real ? RealParts : PartsInMemory)(config, logger, createMetrics());
  t.teardown(() => own.close());
  const behind = { eventStore: own.eventStore(), codec: createCodec(await own.vault()), ops: await own.pool('ops', { applicationName: 'passbook-test' }) };
  return { url: `http://127.0.0.1:${(roles.at(-1)!.info as { port: number }).port}`, token: TOKEN, logged, metrics, behind };
}

async function startEventStore(t: { teardown(work: () => unknown): void }, logger: Logger): Promise<string> {
  const server = await startEventStoreServer({ postgresUrl: await freshDatabase(t, 'log'), port: 0, logger });
  t.teardown(() => server.stop());
  return server.url;
}
