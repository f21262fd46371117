import { pino } from 'pino';
import { test, type Test } from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { CLOCK_STREAM } from '../../shared/events/clock/events.js';
import { createCodec } from '../../shared/events/codec.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { StoreFailure, type EventStore, type StoredEvent } from '../../shared/event-store/port.js';
import { createPool } from '../../shared/read-store/pool.js';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { eventually } from '../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { startClock, type Clock, type ClockOptions } from './clock.js';

const logger = pino({ level: process.env['PASSBOOK_TEST_LOG'] ?? 'silent' });
const WAIT = { deadlineMs: 30_000 };

async function world(t: Test) {
  const opsPool = createPool(await freshDatabase(t, 'clock'), { applicationName: 'clock', max: 8, logger });
  t.teardown(() => opsPool.end());
  const store = memoryEventStore();
  const codec = createCodec(createMemoryVault());
  let time = Date.parse('2026-03-02T01:02:03.004Z');
  const read = async (): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const event of store.readAll()) events.push(event);
    return events;
  };
  return {
    opsPool, store, read,
    ticks: async () => (await read()).map(({ data }) => (data as { at: string }).at),
    set: (text: string) => (time = Date.parse(text)),
    start(changes: Partial<ClockOptions> = {}): Clock {
      const clock = startClock({ eventStore: store, opsPool, codec, tickSeconds: 300, now: () => new Date(time), logger, lookEveryMs: 5, ...changes });
      t.teardown(() => clock.stop());
      return clock;
    },
  };
}

test('the clock ticks at round times, once each, and never backwards', skipUnless('postgres'), async (t) => {
  const w = await world(t);
  const metrics = createMetrics();
  const clock = w.start({ metrics });
  await eventually(async () => (await w.ticks()).length === 1, WAIT);
  w.set('2026-03-02T01:04:59.999Z');
  w.set('2026-03-02T01:05:00.000Z');
  await eventually(async () => (await w.ticks()).length === 2, WAIT);
  w.set('2026-03-01T00:00:00.000Z');
  w.set('2026-03-02T09:11:00.000Z');
  await eventually(async () => (await w.ticks()).length === 3, WAIT);
  t.same(await w.ticks(), ['2026-03-02T01:00:00.000Z', '2026-03-02T01:05:00.000Z', '2026-03-02T09:10:00.000Z'], 'the round times that nobody saw are not made up for');
  clock.check();
  t.match((await metrics.page()).text, /bank_clock_last_tick_timestamp_seconds 1772442600/);
  await clock.stop();

  w.set('2026-03-02T09:05:01.000Z');
  const another = w.start();
  await eventually(() => w.opsPool.query(`SELECT 1 FROM leases.leases WHERE name = 'clock' AND epoch = 2`).then(({ rowCount }) => rowCount === 1), WAIT);
  w.set('2026-03-02T09:16:00.000Z');
  await eventually(async () => (await w.ticks()).length === 4, WAIT);
  t.equal((await w.ticks())[3], '2026-03-02T09:15:00.000Z', 'one that starts before the last tick waits until it has passed');
  await another.stop();
});

test('a late double, and one who ticks without the lease, change nothing', skipUnless('postgres'), async (t) => {
  const w = await world(t);
  let sends = 0;
  const doubling: EventStore = {
    ...w.store,
    async append(stream, events, expected) {
      sends++;
      const first = await w.store.append(stream, events, expected);
      await w.store.append(stream, events, expected);
      return first;
    },
  };
  const clock = w.start({ eventStore: doubling });
  await eventually(() => sends === 1, WAIT);
  await eventually(async () => (await w.ticks()).length === 1, WAIT);
  const [stored] = await w.read();
  // Another clock was here meanwhile.
  await w.store.append(CLOCK_STREAM, [{ ...stored!, id: '00000000-0000-4000-8000-000000000001', data: { at: '2026-03-02T01:15:00.000Z' } }], 0n);
  w.set('2026-03-02T01:10:00.000Z');
  await eventually(() => sends === 2, WAIT);
  w.set('2026-03-02T01:20:00.000Z');
  await eventually(async () => (await w.ticks()).length === 3, WAIT);
  t.same((await w.ticks()).slice(1), ['2026-03-02T01:15:00.000Z', '2026-03-02T01:20:00.000Z'], 'what came too late was refused');
  clock.check();
});

test('a store that is away is outlived, and said', skipUnless('postgres'), async (t) => {
  const w = await world(t);
  let away = true;
  const troubled: EventStore = { ...w.store, append: (...args) => (away ? Promise.reject(new StoreFailure('unavailable', 'gone')) : w.store.append(...args)) };
  const clock = w.start({ eventStore: troubled });
  const standsStill = (): boolean => {
    try {
      clock.check();
      return false;
    } catch (error) {
      return /stands still.*gone/.test(String(error));
    }
  };
  await eventually(standsStill, WAIT);
  away = false;
  await eventually(async () => (await w.ticks()).length === 1, WAIT);
  await eventually(() => !standsStill(), WAIT);
});

test('of two clocks one ticks, and the other goes on after it; without an interval there is none', skipUnless('postgres'), async (t) => {
  const w = await world(t);
  w.start({ tickSeconds: 0 }).check();
  const clocks = [w.start({ instance: 'one' }), w.start({ instance: 'two' })];
  await eventually(async () => (await w.ticks()).length === 1, WAIT);
  await clocks[0]!.stop();
  w.set('2026-03-02T01:05:00.000Z');
  await eventually(async () => (await w.ticks()).length === 2, WAIT);
  await clocks[1]!.stop();
  w.set('2026-03-02T02:05:00.000Z');
  t.equal((await w.ticks()).length, 2);
});
