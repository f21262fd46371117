import { letTimePass } from '../../shared/testing/let-time-pass.js';
import { randomMoment } from '../../shared/testing/random-moment.js';
import { test } from 'tap';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { appendToys, expectedSums, shownSums, toyBank, toyProjection, type ToyBank } from './testing/toy.js';

const streams = Array.from({ length: 40 }, (_, index) => `${index % 4 === 0 ? 'coin' : 'thing'}-${index}`);

/** Reads without pause until told to stop: how many reads, and the fewest events any of them saw. */
function readWithoutPause(bank: ToyBank): { stop(): Promise<{ reads: number; fewest: number; failures: unknown[] }> } {
  let stopped = false;
  const result = { reads: 0, fewest: Number.MAX_SAFE_INTEGER, failures: [] as unknown[] };
  const running = (async () => {
    while (!stopped)
      try {
        const [row] = await bank.read.query<{ n: string }>('SELECT coalesce(sum(events), 0) AS n FROM toy.sums', [], 'sum-of-events');
        result.reads++;
        result.fewest = Math.min(result.fewest, Number(row!.n));
      } catch (error) {
        result.failures.push(error);
      }
  })();
  return {
    async stop() {
      stopped = true;
      await running;
      return result;
    },
  };
}

const comparisonOf = async (bank: ToyBank, build: number) =>
  (await bank.pool.query('SELECT comparison FROM projector.builds WHERE build = $1', [build])).rows[0].comparison;
const eventsShown = async (bank: ToyBank): Promise<number> => Object.values(await shownSums(bank.pool)).reduce((sum, { events }) => sum + events, 0);

test('a rebuild beside equals the live build, and queries never see less', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  await eventually(() => bank.projector.ready());
  await bank.read.waitFor('toy', await appendToys(bank.store, 3_000, streams), 10_000);
  const before = await eventsShown(bank);
  const readers = readWithoutPause(bank);
  let appending = true;
  const appends = (async () => {
    while (appending) {
      await appendToys(bank.store, 5, streams);
      await randomMoment(30);
    }
  })();
  await bank.projector.rebuild('toy');
  await letTimePass(100, 'readers go on after the switch');
  appending = false;
  await appends;
  const seen = await readers.stop();
  t.strictSame(seen.failures, []);
  t.ok(seen.reads > 20, `${seen.reads} reads`);
  t.ok(seen.fewest >= before, 'no read saw less than was there before');
  t.match(await comparisonOf(bank, 2), { kind: 'compared', same: true, views: [{ view: 'sums', same: true }] });
  const position = await appendToys(bank.store, 50, streams);
  t.equal(await bank.read.waitFor('toy', position, 5_000), true);
  t.strictSame(await shownSums(bank.pool), await expectedSums(bank.store));
  t.strictSame(
    bank.projector.status()[0]!.builds.map(({ build, state }) => [build, state]),
    [[2, 'live']],
  );
});

test('a damaged row is found by the comparison and mended by the rebuild', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  await eventually(() => bank.projector.ready());
  await bank.read.waitFor('toy', await appendToys(bank.store, 500, streams), 10_000);
  await bank.pool.query(`UPDATE toy_b1.sums SET amount = amount + 1 WHERE stream = 'coin-0'`);
  t.notSame(await shownSums(bank.pool), await expectedSums(bank.store));
  await bank.projector.rebuild('toy');
  t.match(await comparisonOf(bank, 2), { kind: 'compared', same: false, views: [{ view: 'sums', rows: [40, 40], same: false }] });
  t.strictSame(await shownSums(bank.pool), await expectedSums(bank.store));
});

test('a new version is built beside by the new program; the old one lets go', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t);
  await eventually(() => bank.projector.ready());
  await bank.read.waitFor('toy', await appendToys(bank.store, 2_000, streams), 10_000);
  const before = await eventsShown(bank);
  const readers = readWithoutPause(bank);
  const tables = `CREATE TABLE sums (stream text PRIMARY KEY, events bigint NOT NULL, amount bigint NOT NULL, note text NOT NULL DEFAULT 'new');`;
  const apply = toyProjection().apply;
  const newer = await bank.another({
    projections: [
      toyProjection({
        version: 2,
        tables,
        apply: (tx, events) =>
          apply(
            { query: (text, values, name) => tx.query(text.replace('AS s SELECT', 'AS s (stream, events, amount) SELECT'), values, name) },
            events,
          ),
      }),
    ],
  });
  await eventually(() => newer.ready(), { deadlineMs: 20_000 });
  const position = await appendToys(bank.store, 100, streams);
  t.equal(await bank.read.waitFor('toy', position, 5_000), true);
  const seen = await readers.stop();
  t.strictSame(seen.failures, []);
  t.ok(seen.fewest >= before);
  t.strictSame(await shownSums(bank.pool), await expectedSums(bank.store));
  t.equal((await bank.pool.query('SELECT note FROM toy.sums LIMIT 1')).rows[0].note, 'new');
  await eventually(() => bank.projector.status()[0]!.builds.every(({ lanes }) => lanes.length === 0));
  t.strictSame(
    newer.status()[0]!.builds.map(({ build, version, state }) => [build, version, state]),
    [[2, 2, 'live']],
  );
});

test('a build that was cut off is taken up where it stood', skipUnless('postgres'), async (t) => {
  const bank = await toyBank(t, { loadBatchSize: 50 });
  await eventually(() => bank.projector.ready());
  await bank.read.waitFor('toy', await appendToys(bank.store, 6_000, streams), 20_000);
  const rebuilt = bank.projector.rebuild('toy').catch((error: unknown) => error);
  await eventually(() => bank.projector.status()[0]!.builds.some(({ build, loaded }) => build === 2 && loaded > 0n), { everyMs: 2 });
  await bank.projector.stop();
  await rebuilt;
  const {
    rows: [half],
  } = await bank.pool.query('SELECT state, loaded FROM projector.builds WHERE build = 2');
  t.equal(half.state, 'loading');
  const next = await bank.another();
  await eventually(() => next.status()[0]!.builds.some(({ build, state }) => build === 2 && state === 'live'), { deadlineMs: 20_000 });
  t.strictSame(await shownSums(bank.pool), await expectedSums(bank.store));
});

test('the log is loaded in bulk', skipUnless('postgres'), async (t) => {
  const store = memoryEventStore();
  await appendToys(
    store,
    40_000,
    Array.from({ length: 400 }, (_, index) => `thing-${index}`),
  );
  const bank = await toyBank(t, { eventStore: store });
  const startedAt = performance.now();
  await eventually(() => bank.projector.status()[0]!.builds.some(({ state }) => state === 'live'), { deadlineMs: 30_000, everyMs: 10 });
  t.comment(`${Math.round(40_000 / ((performance.now() - startedAt) / 1_000))} events/s`);
  t.strictSame(await shownSums(bank.pool), await expectedSums(store));
});
