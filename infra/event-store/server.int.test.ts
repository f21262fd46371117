import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { test } from 'tap';
import type { Test } from 'tap';
import { openEventStore } from '../../shared/event-store/esdb.js';
import type { EventStore, NewEvent } from '../../shared/event-store/port.js';
import { StoreFailure } from '../../shared/event-store/port.js';
import { eventually } from '../../shared/testing/eventually.js';
import { letTimePass } from '../../shared/testing/let-time-pass.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { cuttableProxy } from './cuttable-proxy.js';
import { startSeparateEventStore } from './separate-process.js';
import { startEventStoreServer } from './server.js';

const logger = pino({ level: 'silent' });
const eventOf = (n: number): NewEvent => ({ id: randomUUID(), type: 'Happened', data: { n }, metadata: {} });
const hurried = { appendTryMs: 1_000, appendMs: 1_500, readMs: 3_000 };

const open = (t: Test, url: string, timeouts: Parameters<typeof openEventStore>[0]['timeouts'] = {}): EventStore => {
  const store = openEventStore({ url, timeouts });
  t.teardown(() => store.close());
  return store;
};

const numbers = async (store: EventStore, stream: string): Promise<unknown[]> => {
  const out: unknown[] = [];
  for await (const event of store.readStream(stream)) out.push((event.data as { n: number }).n);
  return out;
};

const kindOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'done', (error: unknown) => (error instanceof StoreFailure ? error.kind : String(error)));

const sessionOn = async (t: Test, url: string): Promise<pg.Client> => {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  t.teardown(() => client.end());
  return client;
};

test('the database of the log is created where it is missing', skipUnless('postgres'), async (t) => {
  const url = new URL(await freshDatabase(t, 'log'));
  const admin = await sessionOn(t, url.href);
  const name = `${url.pathname.slice(1)}_missing`;
  url.pathname = `/${name}`;
  const server = await startEventStoreServer({ postgresUrl: url.href, port: 0, logger });
  const store = openEventStore({ url: server.url });
  await store.append('made', [eventOf(1)], 'no-stream');
  t.same(await numbers(store, 'made'), [1]);
  await store.close();
  await server.stop();
  await admin.query(`drop database ${pg.escapeIdentifier(name)} with (force)`);
});

test('a second server on the same database refuses to start, and starts once the first is gone', skipUnless('postgres'), async (t) => {
  const postgresUrl = await freshDatabase(t, 'log');
  const first = await startEventStoreServer({ postgresUrl, port: 0, logger });
  await t.rejects(startEventStoreServer({ postgresUrl, port: 0, logger }), { name: 'LogIsTaken', message: /another event store server is writing to this database/ });
  const before = open(t, first.url);
  await before.append('kept', [eventOf(1)], 'no-stream');
  await first.stop();
  const second = await startEventStoreServer({ postgresUrl, port: 0, logger });
  t.teardown(() => second.stop());
  t.same(await numbers(open(t, second.url), 'kept'), [1]);
});

test('a server that froze, lost its session and wakes writes nothing behind its successor', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const postgresUrl = await freshDatabase(t, 'log');
  const frozen = await startSeparateEventStore(postgresUrl);
  t.teardown(() => frozen.kill());
  const old = open(t, frozen.url, hurried);
  await old.append('fenced', [eventOf(0)], 'no-stream');
  process.kill(frozen.pid, 'SIGSTOP');
  const unanswered = kindOf(old.append('fenced', [eventOf(66)], 0n));
  const admin = await sessionOn(t, postgresUrl);
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'event-store%'`);
  const successor = await startSeparateEventStore(postgresUrl);
  t.teardown(() => successor.stop());
  const store = open(t, successor.url);
  await store.append('fenced', [eventOf(1), eventOf(2)], 0n);
  process.kill(frozen.pid, 'SIGCONT');
  t.equal(await unanswered, 'outcome-unknown');
  t.equal(await kindOf(old.append('fenced', [eventOf(77)], 2n)), 'outcome-unknown', 'awake, it still answers nothing definite');
  t.equal(await kindOf(numbers(old, 'fenced')), 'unavailable', 'nor does it let anybody read from its old knowledge');
  t.same(await numbers(store, 'fenced'), [0, 1, 2]);
  await store.append('fenced', [eventOf(3)], 2n);
  await successor.stop();
  await eventually(async () => (await numbers(old, 'fenced')).length === 4);
  t.same(await numbers(old, 'fenced'), [0, 1, 2, 3], 'once the successor has gone it takes over again, with all that was written since');
  await old.append('fenced', [eventOf(4)], 3n);
});

test('without Postgres it answers "unavailable", and recovers by itself', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const postgresUrl = new URL(await freshDatabase(t, 'log'));
  const proxy = await cuttableProxy(Number(postgresUrl.port));
  postgresUrl.port = String(proxy.port);
  const server = await startEventStoreServer({ postgresUrl: postgresUrl.href, port: 0, logger });
  t.teardown(() => proxy.close());
  t.teardown(() => server.stop());
  const hasty = open(t, server.url, hurried);
  const patient = open(t, `${server.url}&connectionName=patient`, { appendMs: 30_000 });
  await hasty.append('cut', [eventOf(0)], 'no-stream');

  const stop = new AbortController();
  const seen: unknown[] = [];
  const subscription = (async () => {
    for await (const item of patient.subscribeAll({ signal: stop.signal, streamPrefixes: ['cut'] })) if (item.kind === 'event') seen.push((item.event.data as { n: number }).n);
  })();
  await eventually(() => seen.length === 1);

  proxy.cut();
  t.equal(await kindOf(numbers(hasty, 'cut')), 'unavailable');
  t.match(await kindOf(hasty.append('cut', [eventOf(66)], 'any')), /^(unavailable|outcome-unknown)$/);
  t.equal(await kindOf(hasty.ping()), 'unavailable');
  const waiting = patient.append('cut', [eventOf(1)], 0n);
  proxy.heal();
  t.equal((await waiting).revision, 1n, 'an append that waited is stored when Postgres is back');
  await eventually(async () => (await kindOf(hasty.ping())) === 'done');
  await hasty.append('cut', [eventOf(2)], 1n);
  t.same(await numbers(hasty, 'cut'), [0, 1, 2]);
  await eventually(() => seen.length === 3);
  t.same(seen, [0, 1, 2], 'the subscription went on');
  stop.abort();
  await subscription;
});

test('when Postgres refuses a group, nothing of it is stored', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const postgresUrl = await freshDatabase(t, 'log');
  const server = await startEventStoreServer({ postgresUrl, port: 0, logger });
  t.teardown(() => server.stop());
  const store = open(t, server.url, { appendMs: 30_000 });
  await store.append('fine', [eventOf(0)], 'no-stream');
  const admin = await sessionOn(t, postgresUrl);
  await admin.query(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no space left' using errcode = '53100'; end $$`);
  await admin.query(`create trigger refuse before insert on append for each row when (new.stream like 'last-%') execute function refuse()`);
  const groups = ['fine', 'also-fine', 'last-straw'].map((stream) => store.append(stream, [eventOf(1), eventOf(2)], stream === 'fine' ? 0n : 'no-stream'));
  await eventually(async () => (await admin.query(`select 1 from pg_stat_activity where application_name = 'event-store writer' and backend_start > now() - interval '200 ms' and datname = current_database()`)).rowCount);
  t.equal((await admin.query(`select 1 from append where stream <> 'fine' and revision = 0`)).rowCount, 0, 'the rows before the refused one were not kept either');
  await admin.query('drop trigger refuse on append');
  t.same((await Promise.all(groups)).map(({ revision }) => revision), [2n, 1n, 1n], 'all are stored once there is room again');
  t.same(await numbers(store, 'fine'), [0, 1, 2]);
  t.same(await numbers(store, 'last-straw'), [1, 2]);
});

test('a write that Postgres holds up is answered in time, and is stored once all the same', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const postgresUrl = await freshDatabase(t, 'log');
  const server = await startEventStoreServer({ postgresUrl, port: 0, logger });
  t.teardown(() => server.stop());
  const store = open(t, server.url, { appendTryMs: 20_000, appendMs: 40_000 });
  await store.append('held', [eventOf(0)], 'no-stream');
  const admin = await sessionOn(t, postgresUrl);
  await admin.query('begin; lock table append in exclusive mode');
  const startedAt = Date.now();
  t.equal(await kindOf(store.append('held-any', [eventOf(5)], 'any')), 'outcome-unknown');
  const tookMs = Date.now() - startedAt;
  t.ok(tookMs >= 1_900 && tookMs < 6_000, `the server's own deadline: ${tookMs} ms`);
  const waiting = store.append('held', [eventOf(1)], 0n);
  await letTimePass(2_500, 'the lock outlives the deadline of the append that waits behind it');
  await admin.query('commit');
  t.equal((await waiting).revision, 1n);
  t.same(await numbers(store, 'held'), [0, 1]);
  t.same(await numbers(store, 'held-any'), [5]);
});

test('a subscription from a position that no event has is refused', skipUnless('postgres'), async (t) => {
  const server = await startEventStoreServer({ postgresUrl: await freshDatabase(t, 'log'), port: 0, logger });
  t.teardown(() => server.stop());
  const store = open(t, server.url);
  const { position } = await store.append('placed', [eventOf(0), eventOf(1)], 'no-stream');
  const first = async (commit: bigint): Promise<string> => {
    const stop = new AbortController();
    for await (const item of store.subscribeAll({ after: { commit, prepare: commit }, signal: stop.signal })) return item.kind;
    return 'nothing';
  };
  t.equal(await first(position), 'caught-up');
  t.equal(await kindOf(first(position - 1n)), 'invalid');
  t.equal(await kindOf(first(position + 1n)), 'invalid');
});

test('stopping answers or fails every append, and never leaves one hanging', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const postgresUrl = await freshDatabase(t, 'log');
  const server = await startEventStoreServer({ postgresUrl, port: 0, logger });
  const store = open(t, server.url, { appendTryMs: 5_000, appendMs: 1_000 });
  await store.append('stopping-0', [eventOf(0)], 'no-stream');
  const stop = new AbortController();
  const subscription = (async () => {
    for await (const _ of store.subscribeAll({ signal: stop.signal })) continue;
  })();
  const appends = Array.from({ length: 100 }, (_, n) => kindOf(store.append(`stopping-${n + 1}`, [eventOf(n)], 'no-stream')));
  await appends[0];
  const startedAt = Date.now();
  await server.stop();
  t.ok(Date.now() - startedAt < 3_000, `stopped in ${Date.now() - startedAt} ms`);
  const kinds = await Promise.all(appends);
  t.ok(kinds.every((kind) => ['done', 'outcome-unknown', 'unavailable'].includes(kind)), [...new Set(kinds)].join());
  stop.abort();
  await subscription;

  const again = await startEventStoreServer({ postgresUrl, port: server.port, logger });
  t.teardown(() => again.stop());
  for (const [n, kind] of kinds.entries()) if (kind === 'done') t.same(await numbers(store, `stopping-${n + 1}`), [n]);
});
