import pg from 'pg';
import { test } from 'tap';
import { freshDatabase, skipUnless, testPostgres } from './parts.js';

test('a fresh database is empty, its own, and gone at the end of the test that made it', skipUnless('postgres'), async (t) => {
  let url = '';
  await t.test('inner', async (inner) => {
    url = await freshDatabase(inner);
    const other = await freshDatabase(inner);
    inner.not(url, other);
    const client = new pg.Client(url);
    client.on('error', () => undefined); // dropped under it: that is what is tried here
    await client.connect();
    await client.query('create table t (n int)');
    inner.equal((await client.query("select count(*)::int as n from pg_tables where schemaname = 'public'")).rows[0].n, 1);
  });
  const client = new pg.Client(testPostgres());
  await client.connect();
  t.teardown(() => client.end());
  const name = new URL(url).pathname.slice(1);
  t.equal((await client.query('select 1 from pg_database where datname = $1', [name])).rowCount, 0);
});

test('without the part a test is skipped aloud, unless real parts are required', async (t) => {
  const saved = { ...process.env };
  t.teardown(() => { process.env = saved; });
  process.env = {};
  t.same(skipUnless('kafka', 'redis'), { skip: 'no kafka, no redis here: PASSBOOK_TEST_KAFKA_BROKERS, PASSBOOK_TEST_REDIS_URL not set' });
  process.env = { PASSBOOK_TEST_KAFKA_BROKERS: '127.0.0.1:1' };
  t.same(skipUnless('kafka'), { skip: false });
  process.env = { PASSBOOK_TEST_REQUIRE_REAL: '1' };
  t.same(skipUnless('redis'), { skip: false });
  t.throws(() => testPostgres(), /PASSBOOK_TEST_POSTGRES_URL/);
});
