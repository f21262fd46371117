import { letTimePass } from '../../shared/testing/let-time-pass.js';
import { randomMoment } from '../../shared/testing/random-moment.js';
import { test } from 'tap';
import { createInProcessBus } from '../../shared/event-bus/in-process.js';
import { busEventOf } from '../../shared/event-bus/from-log.js';
import { partitionOf } from '../../shared/event-bus/partitions.js';
import type { BusEvent, EventBus, LaneBatch, LaneConsumer, LaneProgress } from '../../shared/event-bus/port.js';
import { lastPosition } from '../../shared/event-store/last-position.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import type { Pool } from '../../shared/read-store/pool.js';
import { createPool, withTransaction } from '../../shared/read-store/pool.js';
import { eventually } from '../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { beginBuild, goLive, makeIndexes, prepareBuilds } from './builds.js';
import { createDecoder } from '../../shared/event-bus/decode.js';
import { Follower } from './follower.js';
import { createLanes, readProgress } from './lane-table.js';
import { projectorMeters } from './meters.js';
import {
  appendToys,
  COINS,
  expectedSums,
  logger,
  readLog,
  shownSums,
  THINGS,
  toyBank,
  toyCodec,
  toyEvent,
  toyProjection,
  toyTopicOf,
} from './testing/toy.js';

const streams = ['thing-a', 'thing-b', 'thing-c', 'thing-d', 'coin-a', 'coin-b'];

/** Breaks every connection to the database but the test's own, as a restarted Postgres does. */
async function cutConnections(pool: Pool): Promise<void> {
  await pool
    .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
    .catch(() => {});
}

test('connections that break at any moment lose and double nothing', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  const other = await bank.another();
  await eventually(() => bank.projector.ready() && other.ready());
  let position = -1n;
  for (let round = 0; round < 12; round++) {
    position = await appendToys(bank.store, 60, streams);
    await randomMoment(60);
    await cutConnections(bank.pool);
  }
  t.equal(await bank.read.waitFor('toy', position, 30_000), true);
  t.strictSame(await shownSums(bank.pool), await expectedSums(bank.store));
});

/** What a projector without the guards would be: effects first, progress afterwards, nothing compared. */
class Unguarded implements LaneConsumer {
  private readonly kept = new Map<string, LaneProgress>();
  constructor(private readonly pool: Pool) {}
  progressOf = async ({ topic, partition }: { topic: string; partition: number }): Promise<LaneProgress> =>
    this.kept.get(`${topic}/${partition}`) ?? { position: -1n, cursor: null };
  async handle({ lane, messages, next }: LaneBatch): Promise<void> {
    const events = messages.filter((message) => message.kind === 'event').filter(({ type }) => type !== 'ThingIgnored');
    const recorded = events.map(({ type, data, ...event }) => ({ ...event, event: { type, data }, metadata: {} as never }));
    await withTransaction(this.pool, async (client) => {
      await client.query('SET LOCAL search_path = naive');
      if (recorded.length > 0)
        await toyProjection().apply({ query: async (text, values) => (await client.query(text, values && [...values])).rows }, recorded);
    });
    await this.pool.query('SELECT 1'); // where progress would be stored: the connection may be gone by now
    this.kept.set(`${lane.topic}/${lane.partition}`, next);
  }
}

test('control: without the guards the same faults leave wrong sums', skipUnless('postgres'), async (t) => {
  const pool = createPool(await freshDatabase(t, 'naive'), { applicationName: 'naive', max: 8 });
  t.teardown(() => pool.end());
  await pool.query(`CREATE SCHEMA naive; CREATE TABLE naive.sums (stream text PRIMARY KEY, events bigint NOT NULL, amount bigint NOT NULL)`);
  const store = memoryEventStore();
  const bus = createInProcessBus({ logger, partitionsOf: () => 3, readLog: (after) => readLog(store, after) });
  t.teardown(() => bus.close());
  let stores = 0;
  const consumer = new Unguarded(
    new Proxy(pool, {
      get: (target, name, receiver) =>
        name === 'query' && ++stores % 3 === 0 ? () => Promise.reject(new Error('the connection is gone')) : Reflect.get(target, name, receiver),
    }),
  );
  await bus.subscribe('naive', [THINGS, COINS], consumer);
  await bus.resumeFrom(-1n);
  await appendToys(store, 200, streams);
  for await (const event of readLog(store, -1n)) await bus.publish([event], event.position);
  const expected = await expectedSums(store);
  await eventually(async () => Object.values(await shownSums(pool, 'naive.sums')).length === Object.keys(expected).length);
  await letTimePass(300, 'a repair, if there were one, would have come by now');
  t.notSame(await shownSums(pool, 'naive.sums'), expected);
});

/** A follower fed by hand. */
async function byHand(t: { teardown(handler: () => unknown): void }) {
  const pool = createPool(await freshDatabase(t, 'by_hand'), { applicationName: 'by hand', max: 6 });
  t.teardown(() => pool.end());
  const projection = toyProjection();
  const store = memoryEventStore();
  await prepareBuilds(pool);
  await beginBuild(pool, projection);
  await makeIndexes(pool, projection, 1);
  const lanes = [THINGS, COINS].map((topic) => ({ topic, partition: 0 }));
  await withTransaction(pool, async (client) =>
    createLanes(
      { query: async (text, values) => (await client.query(text, values && [...values])).rows },
      { projection: 'toy', build: 1 },
      lanes,
      -1n,
    ),
  );
  await goLive(pool, projection, 1, async () => {});
  const follower = () =>
    new Follower({
      rules: { projection, build: 1, decoder: createDecoder(toyCodec()), haltingTopics: new Set([COINS]) },
      pool,
      logger,
      meters: projectorMeters(undefined, 'toy'),
      async readStream(stream, from, to) {
        const events: BusEvent[] = [];
        for await (const stored of store.readStream(stream, { from, limit: Number(to - from) + 1 })) events.push(busEventOf(stored, toyTopicOf));
        return events;
      },
      onProgress: () => {},
      onTick: () => {},
    });
  const lane = lanes[0]!;
  const feed = (to: Follower, messages: readonly BusEvent[]) =>
    to.handle({
      lane,
      messages,
      next: { position: messages[messages.length - 1]!.position, cursor: `after ${messages[messages.length - 1]!.position}` },
    });
  const log = async (): Promise<BusEvent[]> => {
    const events: BusEvent[] = [];
    for await (const event of readLog(store, -1n)) events.push(event);
    return events;
  };
  return { pool, store, follower, lane, feed, log };
}

test('of two projectors that hold one lane, the second is fenced', skipUnless('postgres'), async (t) => {
  const { pool, store, follower, lane, feed, log } = await byHand(t);
  await store.append('thing-a', [toyEvent('ThingHappened', 1), toyEvent('ThingHappened', 2)], 'any');
  const [one, two] = await log();
  const [awake, frozen] = [follower(), follower()];
  await Promise.all([awake.progressOf(lane), frozen.progressOf(lane)]);
  await feed(awake, [one!]);
  await t.rejects(feed(frozen, [one!, two!]), { name: 'Fenced' });
  t.strictSame(await shownSums(pool), { 'thing-a': { events: 1, amount: 1 } });
  await frozen.progressOf(lane);
  await feed(frozen, [one!, two!]);
  await t.rejects(feed(awake, [two!]), { name: 'Fenced' });
  t.strictSame(await shownSums(pool), { 'thing-a': { events: 2, amount: 3 } });
  t.strictSame(await readProgress(pool, { projection: 'toy', build: 1 }, lane), { position: two!.position, cursor: `after ${two!.position}` });
});

test('at the very same moment only one of two gets through', skipUnless('postgres'), async (t) => {
  const { pool, store, follower, lane, feed, log } = await byHand(t);
  for (let round = 0; round < 20; round++) {
    await store.append('thing-a', [toyEvent('ThingHappened', 1)], 'any');
    const last = (await log()).at(-1)!;
    const both = [follower(), follower()];
    await Promise.all(both.map((one) => one.progressOf(lane)));
    const outcomes = await Promise.allSettled(both.map((one) => feed(one, [last])));
    t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  }
  t.strictSame(await shownSums(pool), { 'thing-a': { events: 20, amount: 20 } });
});

test('a hole on the bus is filled from the log; one in the log too halts the lane', skipUnless('postgres'), async (t) => {
  const { pool, store, follower, lane, feed, log } = await byHand(t);
  await store.append(
    'thing-a',
    [1, 2, 4, 8].map((amount) => toyEvent('ThingHappened', amount)),
    'any',
  );
  await store.append('thing-b', [toyEvent('ThingHappened', 100)], 'any');
  const events = await log();
  const one = follower();
  await one.progressOf(lane);
  await feed(one, [events[0]!, events[3]!, events[4]!]);
  t.strictSame(await shownSums(pool), { 'thing-a': { events: 4, amount: 15 }, 'thing-b': { events: 1, amount: 100 } });
  const beyond = { ...events[4]!, revision: 7n, position: events[4]!.position + 50n };
  await t.rejects(feed(one, [beyond]), { name: 'LaneHalted', message: /revisions 1 to 6 are missing, and the log does not have them/ });
  t.match(one.status()[0], { halted: /missing/ });
  t.strictSame(await shownSums(pool), { 'thing-a': { events: 4, amount: 15 }, 'thing-b': { events: 1, amount: 100 } });
});

test('another number of partitions loses and doubles nothing', skipUnless('postgres'), async (t) => {
  let partitions = 2;
  const changing = (store: Parameters<typeof readLog>[0]): EventBus =>
    createInProcessBus({ logger, partitionsOf: () => partitions, readLog: (after) => readLog(store, after) });
  const bank = await toyBank(t, {}, changing);
  await eventually(() => bank.projector.ready());
  await bank.read.waitFor('toy', await appendToys(bank.store, 100, streams), 5_000);
  await Promise.all([bank.projector.stop(), bank.relay.stop()]);
  // The lanes of one partition count stand at different positions; the slowest decides.
  await bank.pool.query(`UPDATE projector.lanes SET position = 20 WHERE topic = $1 AND partition = $2`, [THINGS, partitionOf('thing-a', 2)]);
  partitions = 5;
  const bus = changing(bank.store);
  t.teardown(() => bus.close());
  await bus.resumeFrom(-1n);
  const projector = await bank.another({ bus });
  await eventually(() => projector.ready() && projector.status()[0]!.builds[0]!.lanes.length === 10);
  await eventually(
    async () =>
      (await bank.pool.query('SELECT count(*)::int AS n FROM projector.lanes WHERE position >= $1', [(await lastPosition(bank.store) ?? -1n).toString()]))
        .rows[0].n === 10,
  );
  t.strictSame(await shownSums(bank.pool), await expectedSums(bank.store));
});
