import { test, type Test } from 'tap';
import { createKafkaBus } from '../../shared/event-bus/kafka/kafka.js';
import type { EventBus } from '../../shared/event-bus/port.js';
import { eventually } from '../../shared/testing/eventually.js';
import { letTimePass } from '../../shared/testing/let-time-pass.js';
import { kafkaBrokers, skipUnless } from '../../shared/testing/parts.js';
import { randomMoment } from '../../shared/testing/random-moment.js';
import { appendToys, expectedSums, logger, shownSums, toyBank } from './testing/toy.js';

const streams = Array.from({ length: 20 }, (_, index) => `${index % 4 === 0 ? 'coin' : 'thing'}-${index}`);

const kafkaBus = (t: Test): EventBus => {
  const bus = createKafkaBus({
    brokers: kafkaBrokers(),
    clientId: 'toy',
    logger,
    partitionsOf: () => 3,
    timings: { sessionTimeoutMs: 8_000, heartbeatIntervalMs: 500 },
  });
  t.teardown(() => bus.close());
  return bus;
};

/** One test, because its topics are this file's: the log in memory is new each time, what a topic holds is not. */
test('over a real Kafka', skipUnless('postgres', 'kafka'), async (t) => {
  const bank = await toyBank(t, {}, () => kafkaBus(t));
  const other = await bank.another({ bus: kafkaBus(t) });
  await eventually(() => bank.projector.ready() && other.ready(), { deadlineMs: 30_000 });
  const isEqual = async (): Promise<boolean> => t.strictSame(await shownSums(bank.pool), await expectedSums(bank.store));

  await t.test('a waiting query is answered soon', async (t) => {
    t.equal(await bank.read.waitFor('toy', await appendToys(bank.store, 200, streams), 30_000), true);
    await isEqual();
    const waits: number[] = [];
    for (let round = 0; round < 20; round++) {
      const position = await appendToys(bank.store, 1, [streams[round]!]);
      const startedAt = performance.now();
      t.equal(await bank.read.waitFor('toy', position, 5_000), true);
      waits.push(performance.now() - startedAt);
      await letTimePass(30, 'each write finds the ticks at rest');
    }
    waits.sort((a, b) => a - b);
    t.comment(`waited: median ${waits[10]!.toFixed(1)} ms, slowest ${waits[19]!.toFixed(1)} ms`);
    t.ok(waits[10]! < 400);
  });

  await t.test('broken connections and a member that leaves lose and double nothing', async (t) => {
    let position = -1n;
    for (let round = 0; round < 10; round++) {
      position = await appendToys(bank.store, 80, streams);
      await randomMoment(80);
      await bank.pool
        .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
        .catch(() => {});
      if (round === 5) await other.stop();
    }
    t.equal(await bank.read.waitFor('toy', position, 60_000), true);
    await isEqual();
  });

  await t.test('a rebuild beside takes its place on the bus from the build before it', async (t) => {
    let appending = true;
    const appends = (async () => {
      while (appending) {
        await appendToys(bank.store, 5, streams);
        await randomMoment(30);
      }
    })();
    await bank.projector.rebuild('toy');
    appending = false;
    await appends;
    t.equal(await bank.read.waitFor('toy', await appendToys(bank.store, 10, streams), 30_000), true);
    await isEqual();
    const {
      rows: [{ comparison }],
    } = await bank.pool.query('SELECT comparison FROM projector.builds WHERE build = 2');
    t.match(comparison, { kind: 'compared', same: true });
  });

  await t.test('idle, it takes next to nothing', async (t) => {
    await letTimePass(1_500, 'the last ticks are stored');
    const before = process.cpuUsage();
    await letTimePass(4_000, 'what idleness costs is measured over a while');
    const { user, system } = process.cpuUsage(before);
    const percent = (user + system) / 40_000;
    t.comment(`${percent.toFixed(2)} % of a core for relay, one projection, one consumer`);
    t.ok(percent < 10);
  });
});
