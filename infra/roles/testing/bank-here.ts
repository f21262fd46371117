import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../../shared/config/config.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import { createPool, type PoolOptions } from '../../../shared/read-store/pool.js';
import { createMetrics } from '../../../shared/telemetry/metrics.js';
import { freshDatabase } from '../../../shared/testing/parts.js';
import { apiRole } from '../api-role.js';
import { Parts } from '../parts.js';
import { pipelineRole } from '../pipeline-role.js';

export interface BankHere {
  readonly url: string;
  /** Of the client that founds banks: it may do everything. */
  readonly token: string;
  /** Every line that the bank logged, from trace up. */
  readonly logged: readonly string[];
}

const TOKEN = 'test-bootstrap-token-0001';

/** Tests that ask everything are refused much. */
export const UNBOUNDED = { PASSBOOK_REQUESTS_PER_ADDRESS: '100000000', PASSBOOK_REQUESTS_PER_PERSON: '100000000', PASSBOOK_SIGN_INS_PER_ADDRESS: '100000000', PASSBOOK_UNMASKS_PER_PERSON: '100000000', PASSBOOK_BLOCK_AFTER: '100000000' };

/**
 * The roles of production within the test's process, wired as production wires them, over HTTP on 127.0.0.1: log and vault in memory, Postgres real,
 * each database a fresh one.
 */
export async function startBankHere(t: { teardown(work: () => unknown): void }, environment: Readonly<Record<string, string>> = {}): Promise<BankHere> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'passbook-here-'));
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }));
  const databases = { ops: await freshDatabase(t, 'ops'), read: await freshDatabase(t, 'read'), vault: await freshDatabase(t, 'vault') };
  const config = loadConfig({
    PASSBOOK_DATA_DIR: dataDir, PASSBOOK_HTTP_PORT: '0', PASSBOOK_BOOTSTRAP_TOKEN: TOKEN, PASSBOOK_SECOND_FACTOR: 'when-enrolled', PASSBOOK_LOG_LEVEL: 'trace', PASSBOOK_DEMONSTRATION: 'yes', ...UNBOUNDED, ...environment,
  });
  const logged: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  const eventStore = memoryEventStore();
  const vault = createMemoryVault();

  class PartsHere extends Parts {
    override eventStore = () => eventStore;
    override vault = async () => vault;
    override pool = async (database: keyof typeof databases, options: PoolOptions) => this.keep(createPool(databases[database], { logger: this.logger, ...options }), (pool) => pool.end());
  }

  const roles = [];
  for (const role of [pipelineRole, apiRole]) {
    const parts = new PartsHere(config, logger, createMetrics());
    const running = await role(parts);
    roles.push(running);
    t.teardown(async () => {
      await running.stop();
      await parts.close();
    });
  }
  return { url: `http://127.0.0.1:${(roles[1]!.info as { port: number }).port}`, token: TOKEN, logged };
}
