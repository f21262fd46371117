import { pino } from 'pino';
import { test, type Test } from 'tap';
import { memoryEventStore } from '../event-store/memory.js';
import type { EventStore, SubscribeAll } from '../event-store/port.js';
import { commandIdOf, eventIdOf } from '../kernel/ids.js';
import { eventually } from '../testing/eventually.js';
import { fillFromLog } from './fill-from-log.js';
import { busEventOf } from './from-log.js';
import { createInProcessBus } from './in-process.js';
import { BEGINNING, type OrderedProgress } from './lane-merge.js';
import { subscribeInOrder } from './ordered.js';

const TOPICS = ['passbook.things.events', 'passbook.coins.events'];
const topicOf = ({ stream }: { stream: string }): string => (stream.startsWith('coin-') ? TOPICS[1]! : TOPICS[0]!);
const logger = pino({ level: 'silent' });

function filled(t: Test, change: (store: EventStore) => Partial<EventStore> = () => ({})) {
  const store = memoryEventStore();
  const bus = createInProcessBus({
    logger, partitionsOf: () => 1,
    async *readLog(after) {
      for await (const stored of store.readAll(after < 0n ? {} : { from: after })) if (stored.position > after) yield busEventOf(stored, topicOf);
    },
  });
  const filling = fillFromLog({ eventStore: { ...store, ...change(store) }, bus, topicOf, logger, batchSize: 7 });
  let progress: OrderedProgress = BEGINNING;
  const seen: string[] = [];
  const feed = subscribeInOrder({
    bus, group: 'one', topics: TOPICS, logger, load: async () => progress,
    handle: async ({ events, next }) => {
      seen.push(...events.map(({ id }) => id));
      progress = next;
    },
  });
  t.teardown(async () => {
    await feed.stop();
    await filling.stop();
    await bus.close();
  });
  let number = 0;
  const sent: string[] = [];
  return {
    filling, seen, sent,
    async append(count: number) {
      for (let i = 0; i < count; i++) {
        const id = eventIdOf(commandIdOf('fill', 'test', String(number++)), 0);
        sent.push(id);
        await store.append(`${number % 3 === 0 ? 'coin' : 'thing'}-${number % 5}`, [{ id, type: 'Happened', data: {}, metadata: {} }], 'any');
      }
    },
  };
}

test('what was there before and what comes afterwards, each once, in the log\'s order', async (t) => {
  const one = filled(t);
  for (let round = 0; round < 5; round++) {
    await one.append(40);
    await eventually(() => one.seen.length >= one.sent.length);
  }
  t.same(one.seen, one.sent);
  t.doesNotThrow(() => one.filling.check());
});

test('a log that breaks off again and again loses and doubles nothing; while it is away, it says so', async (t) => {
  let away = false;
  let broken = 0;
  const one = filled(t, (store) => ({
    async *subscribeAll(options: SubscribeAll) {
      let given = 0;
      for await (const item of store.subscribeAll(options)) {
        if (away || ++given > 15) {
          broken++;
          throw new Error('the log is away');
        }
        yield item;
      }
    },
  }));
  for (let round = 0; round < 4; round++) {
    await one.append(40);
    await eventually(() => one.seen.length >= one.sent.length, { deadlineMs: 20_000 });
  }
  t.same(one.seen, one.sent);
  t.ok(broken > 0, `control: it broke off ${broken} times`);
  away = true;
  await one.append(1);
  await eventually(() => { try { one.filling.check(); return false; } catch (error) { return /the log is away/.test(String(error)); } });
});
