import { pino } from 'pino';
import type { Codec } from '../../../shared/events/codec.js';
import type { Recorded } from '../../../shared/events/definition.js';
import { busEventOf, createTopicOf } from '../../../shared/event-bus/from-log.js';
import { createInProcessBus } from '../../../shared/event-bus/in-process.js';
import type { EventBus } from '../../../shared/event-bus/port.js';
import { memoryEventStore } from '../../../shared/event-store/memory.js';
import type { EventStore } from '../../../shared/event-store/port.js';
import { createPool, type Pool } from '../../../shared/read-store/pool.js';
import type { Projection } from '../../../shared/read-store/projection.js';
import { createReadStore } from '../../../shared/read-store/read-store.js';
import { freshDatabase, uniqueName } from '../../../shared/testing/parts.js';
import { startRelay, type Relay } from '../../../services/relay/relay.js';
import { startProjector, type Projector, type ProjectorOptions } from '../projector.js';

/** A small world for the runtime's own tests: things are counted, coins are summed; coins' lanes halt where things' streams park. */
const [things, coins] = [uniqueName('things'), uniqueName('coins')];
export const THINGS = `passbook.${things}.events`;
export const COINS = `passbook.${coins}.events`;
export const logger = pino({ level: 'silent' });

export const toyTopicOf = createTopicOf({
  ofType: (type) => (type.startsWith('Thing') ? things : type.startsWith('Coin') ? coins : undefined),
  ofCategory: (category) => ({ thing: things, coin: coins })[category],
});
export const toyTypes = (topic: string): string[] => (topic === THINGS ? ['ThingHappened', 'ThingIgnored'] : ['CoinPaid']);

/** Amounts add up and nothing repairs itself: an event lost or applied twice stays visible. */
export const toyProjection = (changes: Partial<Projection> = {}): Projection => ({
  name: 'toy',
  version: 1,
  topics: [THINGS, COINS],
  handles: ['ThingHappened', 'CoinPaid'],
  ignores: ['ThingIgnored'],
  opens: false,
  tables: 'CREATE TABLE sums (stream text PRIMARY KEY, events bigint NOT NULL, amount bigint NOT NULL);',
  indexes: 'CREATE INDEX sums_amount ON sums (amount);',
  views: ['sums'],
  async apply(tx, events) {
    const sums = new Map<string, { events: number; amount: number }>();
    for (const { stream, event } of events) {
      const { amount } = event.data as { amount: number };
      const sum = sums.get(stream) ?? { events: 0, amount: 0 };
      sums.set(stream, { events: sum.events + 1, amount: sum.amount + amount });
    }
    await tx.query(
      `INSERT INTO sums AS s SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])
       ON CONFLICT (stream) DO UPDATE SET events = s.events + excluded.events, amount = s.amount + excluded.amount`,
      [[...sums.keys()], [...sums.values()].map((sum) => sum.events), [...sums.values()].map((sum) => sum.amount)],
      'toy-sums',
    );
  },
  ...changes,
});

/** Reads everything but what `unreadable` names. */
export function toyCodec(unreadable: (id: string) => boolean = () => false): Codec {
  return {
    seal: () => Promise.reject(new Error('not in this world')),
    async read(stored) {
      return stored.map(({ id, stream, revision, position, type, data, metadata }): Recorded => {
        if (unreadable(id)) throw Object.assign(new Error(`${id} cannot be read`), { name: 'UnreadableEvent' });
        return { id, stream, revision, position, event: { type, data }, metadata: metadata as Recorded['metadata'] };
      });
    },
  };
}

let ids = 0;
export const newId = (): string => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;

export const toyEvent = (type: string, amount: number, id = newId()) => ({
  id,
  type,
  data: { amount },
  metadata: { schemaVersion: 1, recordedAt: new Date().toISOString() },
});

/** `count` events of amount 1, 2, 3 … over the streams, in append groups of up to ten; the position of the last. */
export async function appendToys(store: EventStore, count: number, streams: readonly string[]): Promise<bigint> {
  let last = -1n;
  for (let done = 0, group = 0; done < count; group++) {
    const stream = streams[group % streams.length]!;
    const size = Math.min(1 + (done % 10), count - done);
    const type = stream.startsWith('coin') ? 'CoinPaid' : 'ThingHappened';
    last = (
      await store.append(
        stream,
        Array.from({ length: size }, (_, i) => toyEvent(done % 7 === 3 && type !== 'CoinPaid' ? 'ThingIgnored' : type, done + i)),
        'any',
      )
    ).position;
    done += size;
  }
  return last;
}

/** What the projection must show: folded from the log itself. */
export async function expectedSums(store: EventStore): Promise<Record<string, { events: number; amount: number }>> {
  const sums: Record<string, { events: number; amount: number }> = {};
  for await (const { stream, type, data } of store.readAll()) {
    if (!['ThingHappened', 'CoinPaid'].includes(type)) continue;
    const sum = (sums[stream] ??= { events: 0, amount: 0 });
    sum.events++;
    sum.amount += (data as { amount: number }).amount;
  }
  return Object.fromEntries(Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export async function shownSums(pool: Pool, from = 'toy.sums'): Promise<Record<string, { events: number; amount: number }>> {
  const { rows } = await pool.query<{ stream: string; events: string; amount: string }>(`SELECT * FROM ${from} ORDER BY stream COLLATE "C"`);
  return Object.fromEntries(rows.map(({ stream, events, amount }) => [stream, { events: Number(events), amount: Number(amount) }]));
}

export interface ToyBank {
  readonly store: EventStore;
  readonly bus: EventBus;
  readonly pool: Pool;
  readonly relay: Relay;
  readonly projector: Projector;
  readonly read: ReturnType<typeof createReadStore>;
  /** Another projector of the same read store, as in another process. */
  another(changes?: Partial<ProjectorOptions>): Promise<Projector>;
}

type Teardown = { teardown(handler: () => unknown): void };

/** The whole pipeline over an event store in memory, a bus and a real Postgres. */
export async function toyBank(t: Teardown, changes: Partial<ProjectorOptions> = {}, makeBus?: (store: EventStore) => EventBus): Promise<ToyBank> {
  const url = await freshDatabase(t, 'toy');
  const store = memoryEventStore();
  const bus = makeBus?.(store) ?? createInProcessBus({ logger, partitionsOf: () => 3, readLog: (after) => readLog(store, after) });
  const poolOf = (max: number): Pool => createPool(url, { applicationName: 'toy', max, logger });
  const [pool, opsPool] = [poolOf(12), poolOf(4)];
  const projectorOf = (more: Partial<ProjectorOptions> = {}): Promise<Projector> =>
    startProjector({
      projections: [toyProjection()],
      bus,
      codec: toyCodec(),
      eventStore: store,
      topicOf: toyTopicOf,
      typesOf: toyTypes,
      readPool: pool,
      haltingTopics: [COINS],
      logger,
      ...changes,
      ...more,
    });
  const relay = await startRelay({ eventStore: store, bus, opsPool, topics: [THINGS, COINS], topicOf: toyTopicOf, logger });
  const projector = await projectorOf();
  const read = createReadStore({ pool: poolOf(4), logger });
  const others: Projector[] = [];
  t.teardown(async () => {
    await Promise.all([relay.stop(), projector.stop(), ...others.map((other) => other.stop())]);
    await bus.close();
    await store.close();
    await read.close();
    await Promise.all([pool.end(), opsPool.end()]);
  });
  return {
    store,
    bus,
    pool,
    relay,
    projector,
    read,
    async another(more) {
      const other = await projectorOf(more);
      others.push(other);
      return other;
    },
  };
}

export async function* readLog(store: EventStore, after: bigint) {
  for await (const stored of store.readAll(after < 0n ? {} : { from: after })) if (stored.position > after) yield busEventOf(stored, toyTopicOf);
}
