import { pino } from 'pino';
import { test, type Test } from 'tap';
import { busEventOf, createTopicOf, UNKNOWN_TOPIC } from '../../shared/event-bus/from-log.js';
import { createInProcessBus } from '../../shared/event-bus/in-process.js';
import { createKafkaBus } from '../../shared/event-bus/kafka/kafka.js';
import { LaneStore, revisionsDense } from '../../shared/event-bus/contract-parts.js';
import { BusFailure, type BusEvent, type EventBus } from '../../shared/event-bus/port.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { createPool, type Pool } from '../../shared/read-store/pool.js';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { eventually } from '../../shared/testing/eventually.js';
import { freshDatabase, kafkaBrokers, skipUnless, uniqueName } from '../../shared/testing/parts.js';
import { startRelay, type Relay, type RelayOptions } from './relay.js';

const logger = pino({ level: process.env['PASSBOOK_TEST_LOG'] ?? 'silent' });
const WAIT = { deadlineMs: 30_000 };

interface World {
  readonly store: EventStore;
  readonly topics: readonly string[];
  readonly pool: Pool;
  readonly topicOf: RelayOptions['topicOf'];
  bus(): Promise<EventBus>;
  start(bus: EventBus, changes?: Partial<RelayOptions>): Promise<Relay>;
  append(count: number, type?: string): Promise<bigint>;
  savedPosition(): Promise<bigint>;
}

async function world(t: Test, kafka = false): Promise<World> {
  const url = await freshDatabase(t, 'relay');
  const pool = createPool(url, { applicationName: 'relay', max: 8, logger });
  t.teardown(() => pool.end());
  const store = memoryEventStore();
  t.teardown(() => store.close());
  const things = kafka ? uniqueName('passbook.things') : 'passbook.things.events';
  const known = createTopicOf({
    ofType: (type) => (type === 'ThingHappened' ? 'things' : undefined),
    ofCategory: (category) => (category === 'thing' ? 'things' : undefined),
  });
  const topicOf: RelayOptions['topicOf'] = (event) => (known(event) === UNKNOWN_TOPIC ? UNKNOWN_TOPIC : things);
  const topics = kafka ? [things] : [things, UNKNOWN_TOPIC];
  async function* readLog(after: bigint): AsyncIterable<BusEvent> {
    for await (const stored of store.readAll(after < 0n ? {} : { from: after })) if (stored.position > after) yield busEventOf(stored, topicOf);
  }
  let number = 0;
  return {
    store,
    topics,
    pool,
    topicOf,
    async bus() {
      const bus = kafka
        ? createKafkaBus({
            brokers: kafkaBrokers(),
            clientId: 'relay',
            logger,
            partitionsOf: () => 3,
            timings: { sessionTimeoutMs: 8_000, heartbeatIntervalMs: 500, maxWaitMs: 50 },
          })
        : createInProcessBus({ logger, partitionsOf: () => 3, readLog });
      t.teardown(() => bus.close());
      await bus.prepare(topics);
      return bus;
    },
    async start(bus, changes = {}) {
      const relay = await startRelay({ eventStore: store, bus, opsPool: pool, topics, topicOf, logger, batchSize: 50, ...changes });
      t.teardown(() => relay.stop());
      return relay;
    },
    async append(count, type = 'ThingHappened') {
      let last = -1n;
      for (let i = 0; i < count; i++, number++) {
        const event = {
          id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
          type,
          data: { number },
          metadata: { schemaVersion: 1, recordedAt: '2026-01-01T00:00:00.000Z' },
        };
        last = (await store.append(type === 'ThingHappened' ? `thing-${number % 9}` : 'strange-1', [event], 'any')).position;
      }
      return last;
    },
    async savedPosition() {
      const { rows } = await pool.query('SELECT last_event FROM relay.published').catch(() => ({ rows: [] }));
      return BigInt(rows[0]?.last_event ?? -1);
    },
  };
}

test('everything is published in order; the unknown too, under its own topic', skipUnless('postgres'), async (t) => {
  const { bus: makeBus, start, append, savedPosition, topics } = await world(t);
  const bus = await makeBus();
  const store = new LaneStore(bus, topics);
  await bus.subscribe('group', topics, store);
  const metrics = createMetrics();
  await append(100);
  const relay = await start(bus, { metrics });
  await append(5, 'StrangeThing');
  const end = await append(100);
  await eventually(() => store.lowest() >= end, WAIT);
  t.equal(store.applied.length, 205);
  t.ok(revisionsDense(store.applied));
  t.equal(store.applied.filter(({ event }) => event.topic === UNKNOWN_TOPIC).length, 5);
  await eventually(() => relay.status().caughtUp && relay.status().position === end, WAIT);
  await eventually(async () => (await savedPosition()) === end, WAIT);
  const { text } = await metrics.page();
  t.match(text, /bank_relay_events_total\{type="ThingHappened"\} 200/);
  t.match(text, /bank_relay_events_total\{type="unknown"\} 5/);
  t.match(text, new RegExp(`bank_relay_position ${end}`));
});

for (const kafka of [false, true])
  test(
    `${kafka ? 'on Kafka' : 'within the process'}: killed after the bus took a batch and before the checkpoint, nothing is lost`,
    skipUnless('postgres', ...(kafka ? ['kafka' as const] : [])),
    async (t) => {
      const w = await world(t, kafka);
      const bus = await w.bus();
      const store = new LaneStore(bus, w.topics);
      await bus.subscribe(uniqueName('group'), w.topics, store);
      await w.append(120);
      let published = 0;
      let release = (_: Error): void => {};
      // Takes a batch and then never answers: the relay behind it is as good as killed at exactly that point.
      const dying: EventBus = {
        ...bus,
        prepare: (topics) => bus.prepare(topics),
        resumeFrom: (stored) => bus.resumeFrom(stored),
        async publish(events, upTo) {
          await bus.publish(events, upTo);
          published += events.length;
          if (published > 0)
            await new Promise((_, reject) => {
              release = reject;
            });
        },
      };
      const doomedPool = createPool(String((w.pool.options as { connectionString?: string }).connectionString), {
        applicationName: 'doomed',
        max: 4,
      });
      const doomed = await startRelay({
        eventStore: w.store,
        bus: dying,
        opsPool: doomedPool,
        topics: w.topics,
        topicOf: w.topicOf,
        logger,
        batchSize: 50,
      });
      await eventually(() => published > 0, WAIT);
      t.ok((await w.savedPosition()) < 0n, 'no checkpoint was written');
      await w.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'doomed'`);
      let again = 0;
      const counted: EventBus = {
        ...bus,
        prepare: (topics) => bus.prepare(topics),
        resumeFrom: (stored) => bus.resumeFrom(stored),
        publish: async (events, upTo) => {
          again += events.length;
          await bus.publish(events, upTo);
        },
      };
      await w.start(counted);
      const end = await w.append(60);
      await eventually(() => store.lowest() >= end, WAIT);
      const stopped = doomed.stop();
      release(new Error('the dead do not answer'));
      await stopped;
      await doomedPool.end();
      t.equal(again, 180, 'what had no checkpoint was offered again');
      t.equal(store.applied.length, 180, 'and is there once');
      t.ok(revisionsDense(store.applied));
    },
  );

test('of two relays one is active; the other takes over when its connection breaks', skipUnless('postgres'), async (t) => {
  const w = await world(t);
  const bus = await w.bus();
  const store = new LaneStore(bus, w.topics);
  await bus.subscribe('group', w.topics, store);
  const relays = [await w.start(bus, { instance: 'one' }), await w.start(bus, { instance: 'two' })];
  const active = (): number => relays.filter((relay) => relay.status().state === 'publishing').length;
  await w.append(50);
  await eventually(() => active() === 1, WAIT);
  for (let round = 0; round < 3; round++) {
    await w.pool.query(
      `SELECT pg_terminate_backend(l.pid) FROM pg_locks l
       WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    const end = await w.append(50);
    await eventually(() => store.lowest() >= end, WAIT);
  }
  await eventually(() => active() === 1, WAIT);
  t.equal(store.applied.length, 200);
  t.ok(revisionsDense(store.applied));
  const { rows } = await w.pool.query('SELECT name, epoch > 1 AS again FROM leases.leases');
  t.strictSame(rows, [{ name: 'relay', again: true }]);
});

test('an outage of the bus is outlived; an event that it will never take halts the relay', skipUnless('postgres'), async (t) => {
  const w = await world(t);
  const bus = await w.bus();
  const store = new LaneStore(bus, w.topics);
  await bus.subscribe('group', w.topics, store);
  let away: BusFailure | undefined;
  const troubled: EventBus = {
    ...bus,
    prepare: (topics) => bus.prepare(topics),
    resumeFrom: (stored) => bus.resumeFrom(stored),
    publish: (events, upTo) => (away && events.length > 0 ? Promise.reject(away) : bus.publish(events, upTo)),
  };
  const relay = await w.start(troubled);
  await eventually(() => relay.status().state === 'publishing', WAIT);
  away = new BusFailure('unavailable', 'gone');
  const end = await w.append(50);
  await eventually(() => relay.status().failure !== undefined, WAIT);
  t.equal(store.applied.length, 0);
  away = undefined;
  await eventually(() => store.lowest() >= end, WAIT);
  t.equal(store.applied.length, 50);
  await eventually(() => relay.status().state === 'publishing', WAIT);
  away = new BusFailure('too-large', 'far too large');
  await w.append(1);
  await eventually(() => relay.status().state === 'halted', WAIT);
  t.match(relay.status().failure, /far too large/);
  await relay.stop();
  t.equal(relay.status().state, 'stopped');
});
