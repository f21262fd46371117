import t from 'tap';
import { createMetrics } from '../telemetry/metrics.js';
import { createCachedViews, viewKey } from './cached-views.js';
import { createInProcessCache } from './in-process.js';

const name = { projection: 'books', kind: 'book', id: 'b1' };
const row = (revision: number, title = `edition ${revision}`) => ({ id: 'b1', revision, title });

/** A table of one row, and a cache before it. */
function library() {
  let [stored, space, era, loads] = [row(1), 's1' as string | undefined, 0, 0];
  const cache = { ...createInProcessCache(), era: () => era };
  const metrics = createMetrics();
  const views = createCachedViews({ cache, metrics, spaces: { of: (projection) => (projection === 'books' ? space : undefined), stop: async () => {} } });
  const load = async () => (loads++, stored);
  return {
    cache, views,
    store: (next: ReturnType<typeof row>) => void (stored = next),
    moveTo: (next: string | undefined) => void (space = next),
    loseConnection: () => void era++,
    read: (fresh = false, by: () => Promise<ReturnType<typeof row> | undefined> = load) => views.read(name, fresh, by),
    loads: () => loads,
    counts: async () => Object.fromEntries([...(await metrics.page()).text.matchAll(/bank_cache_reads_total\{view="book",outcome="(\w+)"\} (\d+)/g)].map(([, outcome, count]) => [outcome, Number(count)])),
  };
}

t.test('a view is loaded once, and again when it is stale', async (t) => {
  const { read, loads, cache, store, counts } = library();
  t.same([await read(), await read(), await read()], [row(1), row(1), row(1)]);
  t.equal(loads(), 1);
  store(row(2));
  t.same(await read(), row(1), 'nobody has said anything');
  await cache.invalidate([{ key: viewKey('book', 'b1'), version: 2n }]);
  t.same([await read(), await read()], [row(2), row(2)]);
  t.equal(loads(), 2);
  t.same(await counts(), { hit: 4, miss: 2 });
});

t.test('who asks for a position never gets a cached view, and leaves the newer one for others', async (t) => {
  const { read, loads, store, counts } = library();
  await read();
  store(row(2));
  t.same(await read(true), row(2));
  t.same(await read(), row(2));
  t.equal(loads(), 2);
  t.same(await counts(), { miss: 1, bypassed: 1, hit: 1 });
});

t.test('what is absent is not remembered', async (t) => {
  const { read } = library();
  t.equal(await read(false, async () => undefined), undefined);
  t.same(await read(), row(1));
});

t.test('a slow reader does not bring an old row back', async (t) => {
  const { read, cache, store, moveTo, loseConnection, loads } = library();
  /** Reads the old row; then, before it answers, the new one is there. */
  const slow = (meanwhile: () => unknown) => async () => (await meanwhile(), row(1));
  store(row(2));
  t.same(await read(false, slow(() => cache.invalidate([{ key: viewKey('book', 'b1'), version: 2n }]))), row(1), 'it read before');
  t.same(await read(), row(2));
  moveTo('s2');
  store(row(2, 'rebuilt'));
  await read(true, slow(() => moveTo('s3')));
  t.same(await read(), row(2, 'rebuilt'));
  moveTo('s4');
  await read(true, slow(() => loseConnection()));
  const before = loads();
  await read();
  t.equal(loads(), before + 1, 'what refused old versions may be gone: not filled');
});

t.test('another space is another world', async (t) => {
  const { read, store, moveTo, loads } = library();
  await read();
  store(row(1, 'the same revision, rebuilt'));
  moveTo('s2');
  t.same(await read(), row(1, 'the same revision, rebuilt'));
  moveTo('s1');
  t.equal((await read())!.title, 'the same revision, rebuilt', 'the last one that was put, in no space but its own');
  t.equal(loads(), 3);
});

t.test('while nobody knows what is stale, all is read from the table', async (t) => {
  const { read, store, moveTo, loads, counts } = library();
  await read();
  moveTo(undefined);
  store(row(2));
  t.same([await read(), await read()], [row(2), row(2)]);
  t.equal(loads(), 3);
  t.same(await counts(), { miss: 1, bypassed: 2 });
});

t.test('a value that is not the row asked for is a miss', async (t) => {
  for (const value of ['', 's1', 's1 {', 's1 null', 's1 []', 's1 "b1"', 's1 {"id":"b2","revision":7}', 's1 {"id":"b1","revision":6}', 's1{"id":"b1","revision":7}']) {
    const { read, cache, store } = library();
    store(row(8));
    await cache.put('book:b1', { version: 7n, value }, 60_000);
    t.same(await read(), row(8), value);
  }
});

t.test('a row dropped comes back with its next revision only', async (t) => {
  const { read, views, store, loads } = library();
  await read();
  await views.drop(name, 1);
  t.same([await read(), await read()], [row(1), row(1)]);
  t.equal(loads(), 3);
  store(row(2));
  t.same([await read(), await read()], [row(2), row(2)]);
  t.equal(loads(), 4);
});
