import { test, type Test } from 'tap';
import { createInProcessCache } from '../../shared/cache/in-process.js';
import type { Cache, Cached } from '../../shared/cache/port.js';
import { createRedisCache } from '../../shared/cache/redis.js';
import { staleByNotification, staleInSharedCache, type StaleViews } from '../../shared/cache/stale-views.js';
import type { StaleViewsVia } from '../../shared/read-store/view-news.js';
import { eventually } from '../../shared/testing/eventually.js';
import { redisUrl, skipUnless, uniqueName } from '../../shared/testing/parts.js';
import { randomMoment } from '../../shared/testing/random-moment.js';
import { shelf } from './testing/shelf.js';
import { logger } from './testing/toy.js';

const RUN_MS = 2_500;

interface Race {
  readonly via: StaleViewsVia;
  readonly stale: StaleViews | undefined;
  /** One for each of two readers. */
  readonly caches: readonly [Cache, Cache];
}

/**
 * Writers change rows while two processes read them, some slowly. A read may be as old as its beginning, never older: what was committed (with a shared
 * cache), what was heard (within a process), and for who asks for a position what was committed, come what may.
 */
async function race(t: Test, { via, stale, caches }: Race) {
  const ids = Array.from({ length: 6 }, () => uniqueName('sum'));
  const world = await shelf(t, ids, stale, via);
  let [reads, old, oldThoughFresh, going] = [0, 0, 0, true];
  const readers = await Promise.all(caches.map(async (cache) => {
    const heard = new Map<string, number>();
    const reader = await world.reader(cache, { told: (key, version) => heard.set(key.slice('sum:'.length), Number(version)) });
    return { reader, floorOf: (id: string): number => (via === 'shared-cache' ? world.revisions.get(id)! : (heard.get(id) ?? 0)) };
  }));
  const anyId = (): string => ids[Math.floor(Math.random() * ids.length)]!;
  const writing = ids.map(async (id) => {
    while (going) {
      await world.change(id);
      await randomMoment(40);
    }
  });
  const reading = readers.flatMap(({ reader, floorOf }) => Array.from({ length: 5 }, async (_, index) => {
    while (going) {
      const id = anyId();
      const fresh = index === 0;
      const floor = fresh ? world.revisions.get(id)! : floorOf(id);
      const slowly = index > 2 ? () => randomMoment(60) : undefined;
      const revision = await reader.read(id, fresh, slowly);
      reads++;
      if (revision < floor && fresh) oldThoughFresh++;
      else if (revision < floor) old++;
      await randomMoment(4);
    }
  }));
  await randomMoment(1);
  const stopAt = performance.now() + RUN_MS;
  await eventually(() => performance.now() >= stopAt);
  going = false;
  await Promise.all([...writing, ...reading]);
  const loads = readers.reduce((sum, { reader }) => sum + reader.loads(), 0);
  const changes = [...world.revisions.values()].reduce((sum, revision) => sum + revision, 0);
  t.comment(`${reads} reads, ${reads - loads} from the cache, ${changes} changes, ${old} older than allowed`);
  return { reads, hits: reads - loads, old, oldThoughFresh, changes };
}

const redis = (t: Test): Cache => {
  const cache = createRedisCache({ url: redisUrl(), logger, deadlineMs: 2_000 });
  t.teardown(() => cache.close());
  return cache;
};
const wellRedis = async (t: Test): Promise<Cache> => {
  const cache = redis(t);
  await eventually(async () => {
    const key = uniqueName('well');
    await cache.put(key, { version: 0n, value: '' }, 1_000);
    return cache.get(key);
  });
  return cache;
};

/** What a cache without versions would be: a stale view is removed, and whoever comes late puts it back. */
function withoutVersions(): Cache {
  const values = new Map<string, Cached>();
  return {
    get: async (key) => values.get(key),
    put: async (key, value) => void values.set(key, value),
    invalidate: async (entries) => (entries.forEach(({ key }) => values.delete(key)), true),
    era: () => 0,
    close: async () => {},
  };
}

const soundly = (t: Test, { hits, old, oldThoughFresh, changes }: Awaited<ReturnType<typeof race>>): void => {
  t.equal(old, 0);
  t.equal(oldThoughFresh, 0);
  t.ok(hits > 50 && changes > 50, `${hits} from the cache, ${changes} changes`);
};

test('Redis: no read is older than what was committed when it began', skipUnless('postgres', 'redis'), async (t) => {
  const projector = await wellRedis(t);
  soundly(t, await race(t, { via: 'shared-cache', stale: staleInSharedCache(projector), caches: [await wellRedis(t), await wellRedis(t)] }));
});

test('within the process: no read is older than what was heard when it began', skipUnless('postgres'), async (t) => {
  soundly(t, await race(t, { via: 'notifications', stale: staleByNotification, caches: [createInProcessCache(), createInProcessCache()] }));
});

test('the race finds out a projector that tells nobody', skipUnless('postgres', 'redis'), async (t) => {
  const { old, oldThoughFresh } = await race(t, { via: 'shared-cache', stale: undefined, caches: [await wellRedis(t), await wellRedis(t)] });
  t.ok(old > 0);
  t.equal(oldThoughFresh, 0, 'who asks for a position is never harmed');
});

test('the race finds out a cache without versions', skipUnless('postgres'), async (t) => {
  const { old, oldThoughFresh } = await race(t, { via: 'notifications', stale: staleByNotification, caches: [withoutVersions(), withoutVersions()] });
  t.ok(old > 0);
  t.equal(oldThoughFresh, 0);
});

test('the race finds out a projector that tells after its commit', skipUnless('postgres'), async (t) => {
  const cache = createInProcessCache();
  const late: StaleViews = {
    via: 'shared-cache',
    tell: async (_tx, _projection, stale) => {
      void randomMoment(30).then(() => cache.invalidate(stale));
      return () => true;
    },
  };
  const { old } = await race(t, { via: 'shared-cache', stale: late, caches: [cache, cache] });
  t.ok(old > 0);
});
