import { test, type Test } from 'tap';
import { viewKey } from '../../shared/cache/cached-views.js';
import { createInProcessCache } from '../../shared/cache/in-process.js';
import type { Cache } from '../../shared/cache/port.js';
import { MOST_AT_ONCE, staleByNotification, staleInSharedCache } from '../../shared/cache/stale-views.js';
import type { Pool } from '../../shared/read-store/pool.js';
import { sayStaleViews, VIEWS_CHANGED } from '../../shared/read-store/view-news.js';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { schemaOf } from './tables.js';
import { shelf } from './testing/shelf.js';
import { appendToys, toyBank, toyCodec, toyEvent, toyProjection } from './testing/toy.js';
import { inSchema } from './transaction.js';

/** The server's processes of the connections that listen. */
const listeners = async (pool: Pool): Promise<number[]> =>
  (await pool.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND (query LIKE $1 OR query LIKE '%view_space FROM projector.builds%')`, [`LISTEN "${VIEWS_CHANGED}"%`],
  )).rows.map(({ pid }) => pid);
const spaceIn = async (pool: Pool): Promise<string> => (await pool.query<{ view_space: string }>(`SELECT view_space FROM projector.builds WHERE state = 'live'`)).rows[0]!.view_space;
const inProcess = (t: Test, ids: readonly string[]) => shelf(t, ids, staleByNotification, 'notifications');

test('a view is cached until the projector says that it is stale', skipUnless('postgres'), async (t) => {
  const world = await inProcess(t, ['a', 'b']);
  const reader = await world.reader(createInProcessCache());
  for (const _ of [1, 2, 3]) t.same([await reader.read('a'), await reader.read('b')], [0, 0]);
  t.equal(reader.loads(), 2);
  await world.change('a');
  await eventually(async () => (await reader.read('a')) === 1);
  t.equal(await reader.read('b'), 0);
  t.equal(reader.loads(), 3, 'the other one stayed');
});

test('what was said while the connection was broken is not missed', skipUnless('postgres'), async (t) => {
  const world = await inProcess(t, ['a']);
  const reader = await world.reader(createInProcessCache());
  t.equal(await reader.read('a'), 0);
  for (let round = 1; round <= 3; round++) {
    await world.pool.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [await listeners(world.pool)]);
    await world.change('a');
    await eventually(() => reader.spaces.of('toy') === undefined);
    t.equal(await reader.read('a'), round, 'nothing comes from the cache');
    await eventually(() => reader.spaces.of('toy') !== undefined);
    t.equal(await reader.read('a'), round, 'nor what was cached before');
    const before = reader.loads();
    await reader.read('a');
    t.equal(reader.loads(), before, 'and then it serves again');
  }
});

test('a connection that is dead without a word is not believed for long', skipUnless('postgres'), async (t) => {
  const world = await inProcess(t, ['a']);
  const reader = await world.reader(createInProcessCache());
  t.equal(await reader.read('a'), 0);
  const [pid] = await listeners(world.pool);
  process.kill(pid!, 'SIGSTOP');
  t.teardown(() => {
    try { process.kill(pid!, 'SIGCONT'); } catch { /* it ended with its connection */ }
  });
  await world.change('a');
  t.equal(await reader.read('a'), 0, 'it has heard nothing: this is what the watch is for');
  await eventually(() => reader.spaces.of('toy') === undefined, { deadlineMs: 3_000 });
  t.equal(await reader.read('a'), 1);
  process.kill(pid!, 'SIGCONT');
  await eventually(() => reader.spaces.of('toy') !== undefined);
  t.equal(await reader.read('a'), 1);
});

test('more than fits into a notification: everything is forgotten, at the commit and not before', skipUnless('postgres'), async (t) => {
  const world = await inProcess(t, ['a']);
  const reader = await world.reader(createInProcessCache(), { everyMs: 60_000 });
  t.equal(await reader.read('a'), 0);
  const [space, many] = [reader.spaces.of('toy'), Array.from({ length: 300 }, (_, index) => ({ key: viewKey('sum', `${index}-of-many-that-are-stale-at-once`), version: 1n }))];
  await inSchema(world.pool, schemaOf('toy', 1), async (tx) => {
    await tx.query('UPDATE sums SET events = 1');
    await sayStaleViews(tx, 'toy', many);
    t.equal(reader.spaces.of('toy'), space);
  });
  await eventually(() => reader.spaces.of('toy') !== space);
  t.equal(await reader.read('a'), 1);
  world.revisions.set('a', 1);
  const rolledBack = inSchema(world.pool, schemaOf('toy', 1), async (tx) => {
    await sayStaleViews(tx, 'toy', many);
    throw new Error('undone');
  });
  await t.rejects(rolledBack, { message: 'undone' });
  const before = reader.spaces.of('toy');
  await world.change('a');
  await eventually(async () => (await reader.read('a')) === 2);
  t.equal(reader.spaces.of('toy'), before);
});

test('a shared cache that does not confirm is made void by the transaction itself', skipUnless('postgres'), async (t) => {
  const cache = createInProcessCache();
  let away = false;
  const seenByProjector: Cache = { ...cache, invalidate: async (entries) => !away && cache.invalidate(entries) };
  const world = await shelf(t, ['a', 'b'], staleInSharedCache(seenByProjector), 'shared-cache');
  const reader = await world.reader(cache);
  t.same([await reader.read('a'), await reader.read('b')], [0, 0]);
  await world.change('a');
  t.same([await reader.read('a'), await reader.read('b'), reader.loads()], [1, 0, 3], 'at once: it was gone before the commit');
  away = true;
  const space = await spaceIn(world.pool);
  await world.change('a');
  t.not(await spaceIn(world.pool), space);
  await eventually(async () => (await reader.read('a')) === 2);
});

test('a batch with very many stale views does not take them out one by one', skipUnless('postgres'), async (t) => {
  const asked: number[] = [];
  const { tell } = staleInSharedCache({ ...createInProcessCache(), invalidate: async ({ length }) => asked.push(length) > 0 });
  const world = await shelf(t, [], undefined, 'shared-cache');
  const spaceAfter = async (count: number): Promise<string> => {
    await inSchema(world.pool, schemaOf('toy', 1), (tx) => tell(tx, 'toy', Array.from({ length: count }, (_, index) => ({ key: `sum:${index}`, version: 1n }))));
    return spaceIn(world.pool);
  };
  const space = await spaceIn(world.pool);
  t.equal(await spaceAfter(MOST_AT_ONCE), space);
  t.not(await spaceAfter(MOST_AT_ONCE + 1), space);
  t.same(asked, [MOST_AT_ONCE]);
});

test('a build that is switched to has a space of its own', skipUnless('postgres'), async (t) => {
  const world = await inProcess(t, ['a']);
  const reader = await world.reader(createInProcessCache(), { everyMs: 60_000 });
  t.equal(await reader.read('a'), 0);
  const before = reader.spaces.of('toy');
  await world.makeBuild(2);
  await eventually(() => reader.spaces.of('toy') !== before);
  await world.change('a', 2);
  await eventually(async () => (await reader.read('a')) === 1);
  const loads = reader.loads();
  await reader.read('a');
  t.equal(reader.loads(), loads);
});

test('where a projector goes another way, or none, nothing is cached', skipUnless('postgres'), async (t) => {
  const world = await inProcess(t, ['a']);
  const reader = await world.reader(createInProcessCache());
  for (const via of ['shared-cache', null]) {
    await world.pool.query('UPDATE projector.builds SET stale_views_via = $1', [via]);
    await eventually(() => reader.spaces.of('toy') === undefined);
    await world.pool.query(`UPDATE projector.builds SET stale_views_via = 'notifications'`);
    await eventually(() => reader.spaces.of('toy') !== undefined);
  }
});

const keys = toyProjection({ cacheKeys: (events) => [...new Map(events.map(({ stream, revision }) => [stream, revision]))].map(([stream, version]) => ({ key: stream, version })) });

test('the projector tells of every batch before its commit, and forgets all where that did not hold', skipUnless('postgres'), async (t) => {
  const told: string[] = [];
  const seen: string[] = [];
  let holds = true;
  const bank = await toyBank(t, {
    projections: [keys],
    staleViews: {
      via: 'shared-cache',
      async tell(tx, projection, stale) {
        told.push(...stale.map(({ key, version }) => `${projection} ${key} ${version}`));
        const outside = await bank.pool.query(`SELECT stream FROM toy.sums WHERE stream = 'thing-1'`);
        const inside = await tx.query(`SELECT stream FROM sums WHERE stream = 'thing-1'`);
        seen.push(`${inside.length} inside, ${outside.rowCount} outside`);
        return () => holds;
      },
    },
  });
  await eventually(() => bank.projector.ready());
  const space = await spaceIn(bank.pool);
  const append = async () => (await bank.store.append('thing-1', [toyEvent('ThingHappened', 1)], 'any')).position;
  t.equal(await bank.read.waitFor('toy', await append(), 10_000), true);
  t.same([told, seen], [['toy thing-1 0'], ['1 inside, 0 outside']]);
  t.equal(await spaceIn(bank.pool), space);
  holds = false;
  t.equal(await bank.read.waitFor('toy', await append(), 10_000), true);
  await eventually(async () => (await spaceIn(bank.pool)) !== space);
  t.same(told, ['toy thing-1 0', 'toy thing-1 1']);
});

test('what is applied again after it was parked makes everything forgotten', skipUnless('postgres'), async (t) => {
  let broken = '';
  const bank = await toyBank(t, { projections: [keys], codec: toyCodec((id) => id === broken), staleViews: staleByNotification });
  await eventually(() => bank.projector.ready());
  await appendToys(bank.store, 5, ['thing-0']);
  const event = toyEvent('ThingHappened', 1);
  broken = event.id;
  const { position } = await bank.store.append('thing-1', [event], 'any');
  t.equal(await bank.read.waitFor('toy', position, 10_000), true);
  const space = await spaceIn(bank.pool);
  broken = '';
  t.same(await bank.projector.replayParked('toy', 'thing-1'), { applied: 1 });
  t.not(await spaceIn(bank.pool), space);
});
