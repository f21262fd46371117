import pg from 'pg';
import type { Logger } from 'pino';

export type Pool = pg.Pool;
export type PoolClient = pg.PoolClient;
/** What both a pool and a client can do. */
export type Queryable = Pick<pg.Pool, 'query'>;

export interface PoolOptions {
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly max?: number;
  /** 0: none. */
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  /** A frozen process must not hold its row locks: the server ends its session. */
  readonly idleInTransactionTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly logger?: Logger;
}

const DATE_OID = 1082;

/** A date stays the text that Postgres gives (a JS Date would move it into the machine's zone). bigint and numeric are text as well. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === DATE_OID && format !== 'binary'
      ? (text: string) => text
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

/** A pool whose sessions cannot hang or hold locks for ever. A dead connection is dropped, the next use connects again. */
export function createPool(url: string, options: PoolOptions): Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.max ?? 10,
    types,
    keepAlive: true,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    statement_timeout: statementTimeoutMs,
    // The client's own deadline, for a server that is gone without a word.
    ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + 5_000 }),
    lock_timeout: options.lockTimeoutMs ?? 5_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 3_000,
  });
  pool.on('error', (error) => options.logger?.warn({ err: error }, 'an idle database connection was lost'));
  // A checked-out client whose server dies emits 'error' beside rejecting its query; without a listener that ends the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Commits what `work` did, or nothing of it. After an error the connection is thrown away unless it could still roll back. */
export async function withTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((cause: Error) => (broken = cause));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Makes the database if it is missing; its URL is the given one with the database's name in it. */
export async function ensureDatabase(adminUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${quoteName(name)} ENCODING 'UTF8' TEMPLATE template0`);
  } catch (error) {
    if (!madeByAnother(error)) throw error;
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(name)}`;
  return url.href;
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const DUPLICATE_DATABASE = '42P04';
const UNIQUE_VIOLATION = '23505';
const madeByAnother = (error: unknown): boolean => [DUPLICATE_DATABASE, UNIQUE_VIOLATION].includes(sqlStateOf(error) ?? '');

/** The five characters of Postgres's error code, or undefined where the error is not Postgres's. */
export const sqlStateOf = (error: unknown): string | undefined => (error instanceof pg.DatabaseError ? error.code : undefined);
