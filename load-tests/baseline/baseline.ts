import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'hdr-histogram-js';
import { pino } from 'pino';
import { startPostgres } from '../../infra/postgres/postgres.js';
import { createPool, ensureDatabase } from '../../shared/read-store/pool.js';
import { BASELINE_TABLES, OPENING_MINOR } from './tables.js';

/** Which two accounts a transfer is between. */
export type BaselineShape = 'uniform' | 'hot-source' | 'hot-destination' | 'hot-pair' | 'zipf';

export interface BaselineRound {
  readonly perSecond: number;
  /** Of every fifth transfer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Baseline {
  /** Of its Postgres. */
  readonly pid: number;
  round(shape: BaselineShape, clients: number, seconds: number): Promise<BaselineRound>;
  /** What is wrong with its books: nothing, or the whole comparison is worth nothing. */
  audit(): Promise<string[]>;
  close(): Promise<void>;
}

const DATABASE = 'row_locks';
const SAMPLED = 0.2;

/** `\set` lines that choose :payer and :payee of :accounts. */
const PAIRS: Readonly<Record<BaselineShape, string>> = {
  uniform: `\\set payer random(1, :accounts)\n\\set payee 1 + (:payer - 1 + random(1, :accounts - 1)) % :accounts`,
  'hot-source': `\\set payer 1\n\\set payee random(2, :accounts)`,
  'hot-destination': `\\set payer random(2, :accounts)\n\\set payee 1`,
  'hot-pair': `\\set payer random(1, 2)\n\\set payee 3 - :payer`,
  // pgbench takes no exponent of exactly 1.
  zipf: `\\set payer random_zipfian(1, :accounts, 1.001)\n\\set drawn random_zipfian(1, :accounts, 1.001)\n\\set payee case when :drawn = :payer then 1 + :payer % :accounts else :drawn end`,
};

/** pgbench, by which the baseline is driven; undefined where this machine has none (it comes with Postgres' own packages, such as postgresql-contrib). */
export function pgbenchVersion(): string | undefined {
  const { status, stdout } = spawnSync('pgbench', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Row-lock accounts on a Postgres of their own: the same program with the same settings as the bank's, but that it takes more connections. */
export async function openBaseline(accounts: number): Promise<Baseline> {
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook-row-locks-'));
  const postgres = await startPostgres({ dataDir: path.join(folder, 'postgres'), logger: pino({ level: 'silent' }), settings: { max_connections: '200' } });
  const url = await ensureDatabase(postgres.url, DATABASE);
  const pool = createPool(url, { applicationName: 'row-locks', max: 1, statementTimeoutMs: 0 });
  await pool.query(BASELINE_TABLES);
  await pool.query('INSERT INTO account SELECT id, $2 FROM generate_series(1, $1::int) id', [accounts, OPENING_MINOR]);
  await pool.query('VACUUM ANALYZE account');
  return {
    pid: postgres.pid,
    async round(shape, clients, seconds) {
      const script = path.join(folder, `${shape}.sql`);
      writeFileSync(script, `${PAIRS[shape]}\nSELECT transfer_money(:payer, :payee, 1, gen_random_uuid());\n`);
      const { hostname, port, username, password } = new URL(url);
      const { stdout } = await promisify(execFile)('pgbench', [
        '--no-vacuum', '--protocol=prepared', `--client=${clients}`, `--jobs=${Math.min(2, clients)}`, `--time=${seconds}`, `--define=accounts=${accounts}`, `--file=${script}`,
        '--log', `--log-prefix=${path.join(folder, 'times')}`, `--sampling-rate=${SAMPLED}`, '-h', hostname, '-p', port, '-U', username, DATABASE,
      ], { env: { PATH: process.env['PATH'], LANG: 'C', PGPASSWORD: password } });
      const perSecond = Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
      if (!(perSecond > 0)) throw new Error(`pgbench did nothing: ${stdout}`);
      return { perSecond, ...takeTimes(folder) };
    },
    async audit() {
      const { rows } = await pool.query<{ missing: string; unlike: string }>(`
        SELECT $1::bigint * count(*) - sum(balance) AS missing, (SELECT count(*) FROM entry) - 2 * (SELECT count(*) FROM transfer) AS unlike FROM account`, [OPENING_MINOR]);
      const { missing, unlike } = rows[0]!;
      return [...(BigInt(missing) === 0n ? [] : [`the baseline's accounts lack ${missing}`]), ...(BigInt(unlike) === 0n ? [] : [`the baseline has ${unlike} entries too many`])];
    },
    async close() {
      await pool.end();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** pgbench writes the microseconds of a transaction as the third word of a line. */
function takeTimes(folder: string): { p50Ms: number; p99Ms: number } {
  const times = build({ lowestDiscernibleValue: 1, highestTrackableValue: 120_000_000, numberOfSignificantValueDigits: 3 });
  for (const name of readdirSync(folder).filter((one) => one.startsWith('times'))) {
    for (const line of readFileSync(path.join(folder, name), 'utf8').split('\n')) if (line !== '') times.recordValue(Number(line.split(' ')[2]));
    rmSync(path.join(folder, name));
  }
  return { p50Ms: times.getValueAtPercentile(50) / 1_000, p99Ms: times.getValueAtPercentile(99) / 1_000 };
}
