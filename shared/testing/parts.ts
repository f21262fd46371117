import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A real server that the test runner started, or was told of. */
export type Part = 'postgres' | 'kafka' | 'redis';

const VARIABLES: Record<Part, string> = {
  postgres: 'PASSBOOK_TEST_POSTGRES_URL',
  kafka: 'PASSBOOK_TEST_KAFKA_BROKERS',
  redis: 'PASSBOOK_TEST_REDIS_URL',
};

/**
 * Options for a test that needs these parts: `test('…', skipUnless('kafka'), async (t) => …)`.
 * Where one is absent the test is skipped and says so; with PASSBOOK_TEST_REQUIRE_REAL=1 it runs, and fails asking for the part.
 */
export const skipUnless = (...parts: readonly Part[]): { skip: string | false } => {
  const missing = parts.filter((part) => !process.env[VARIABLES[part]]);
  if (missing.length === 0 || process.env['PASSBOOK_TEST_REQUIRE_REAL'] === '1') return { skip: false };
  return { skip: `no ${missing.join(', no ')} here: ${missing.map((part) => VARIABLES[part]).join(', ')} not set` };
};

/** Superuser URL of the shared cluster. Tests make databases of their own: see freshDatabase. */
export const testPostgres = (): string => urlOf('postgres');

/** `host:port` of each broker. Tests make topics and groups with names of their own. */
export const kafkaBrokers = (): string[] => urlOf('kafka').split(',');

/** URL of the shared Redis. Tests use key prefixes of their own and never flush. */
export const redisUrl = (): string => urlOf('redis');

/** A name no other test uses: `<prefix>_<random>`, lower case, fit for databases, topics, groups and key prefixes. */
export const uniqueName = (prefix: string): string => `${prefix}_${randomBytes(6).toString('hex')}`;

/** Makes an empty database on the shared cluster, dropped at the test's end even when connections are left; its superuser URL. */
export const freshDatabase = async (t: { teardown(handler: () => unknown): void }, prefix = 'test'): Promise<string> => {
  const url = new URL(testPostgres());
  const name = uniqueName(prefix);
  await runOn(url.href, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  t.teardown(() => runOn(testPostgres(), `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`));
  url.pathname = `/${name}`;
  return url.href;
};

const urlOf = (part: Part): string => {
  const url = process.env[VARIABLES[part]];
  if (!url) throw new Error(`this test needs a real ${part}: set ${VARIABLES[part]} (npm test starts one where it can)`);
  return url;
};

const runOn = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
};
