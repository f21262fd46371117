import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { startRedis, type RunningRedis } from '../../infra/redis/redis.js';
import { eventually } from '../testing/eventually.js';
import { redisUrl, skipUnless, uniqueName } from '../testing/parts.js';
import { cacheContract } from './contract.js';
import type { Cache } from './port.js';
import { createRedisCache } from './redis.js';

const logger = pino({ level: 'silent' });
const view = { version: 1n, value: 'view' };
const DEADLINE_MS = 100;
/** What a loaded machine may add to a timer. */
const GRACE_MS = 400;

const answers = async (cache: Cache, key = uniqueName('cache')): Promise<boolean> => {
  await cache.put(key, view, 60_000);
  return (await cache.get(key)) !== undefined;
};

async function ownRedis(t: Test): Promise<RunningRedis> {
  const dataDir = await mkdtemp(join(tmpdir(), 'passbook-redis-'));
  const redis = await startRedis({ dataDir, logger });
  t.teardown(async () => {
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  return redis;
}

function cacheOn(t: Test, url: string): { cache: Cache; bypassed: () => number } {
  let count = 0;
  const cache = createRedisCache({ url, logger, deadlineMs: DEADLINE_MS, bypassed: () => count++ });
  t.teardown(() => cache.close());
  return { cache, bypassed: () => count };
}

/** Every call answers in time, and with a miss. */
async function missesInTime(t: Test, cache: Cache, key: string): Promise<number[]> {
  const took: number[] = [];
  for (let call = 0; call < 12; call++) {
    const start = performance.now();
    t.equal(await cache.get(key), undefined);
    await cache.put(key, view, 60_000);
    t.equal(await cache.invalidate([{ key, version: 0n }, { key: uniqueName('other'), version: 2n }]), false, 'nobody may believe it');
    took.push(performance.now() - start);
  }
  t.ok(Math.max(...took) < 3 * DEADLINE_MS + GRACE_MS, `the slowest three calls took ${Math.round(Math.max(...took))} ms`);
  return took;
}

t.test('contract', skipUnless('redis'), async (t) => {
  const { cache } = cacheOn(t, redisUrl());
  await eventually(() => answers(cache));
  await cacheContract(t, cache);
});

t.test('a key that holds something foreign is a miss', skipUnless('redis'), async (t) => {
  const { cache } = cacheOn(t, redisUrl());
  await eventually(() => answers(cache));
  const { Redis } = await import('ioredis');
  const raw = new Redis(redisUrl());
  t.teardown(() => raw.disconnect());
  const [text, list] = [uniqueName('cache'), uniqueName('cache')];
  await raw.set(`passbook:${text}`, 'nonsense', 'PX', 60_000);
  await raw.lpush(`passbook:${list}`, 'a');
  t.equal(await cache.get(text), undefined);
  t.equal(await cache.get(list), undefined);
  await cache.put(text, view, 60_000);
  t.same(await cache.get(text), view);
  await raw.del(`passbook:${list}`);
});

t.test('Redis hung: misses within the deadline, then at once, and back when it wakes', skipUnless('redis'), async (t) => {
  const redis = await ownRedis(t);
  const { cache, bypassed } = cacheOn(t, redis.url);
  await eventually(() => answers(cache));
  const before = bypassed();
  process.kill(redis.pid, 'SIGSTOP');
  t.teardown(() => process.kill(redis.pid, 'SIGCONT'));
  const took = await missesInTime(t, cache, uniqueName('cache'));
  t.ok(took.at(-1)! < 20, `with the breaker open three calls took ${took.at(-1)!.toFixed(1)} ms`);
  t.ok(bypassed() - before >= 36);
  process.kill(redis.pid, 'SIGCONT');
  await eventually(() => answers(cache));
});

t.test('a fill that a hung Redis finds late is refused', skipUnless('redis'), async (t) => {
  const redis = await ownRedis(t);
  t.teardown(() => process.kill(redis.pid, 'SIGCONT'));
  const caches = [50, 60_000].map((lateAfterMs) => createRedisCache({ url: redis.url, logger, deadlineMs: DEADLINE_MS, lateAfterMs }));
  t.teardown(() => Promise.all(caches.map((cache) => cache.close())));
  for (const cache of caches) await eventually(() => answers(cache));
  const keys = caches.map(() => uniqueName('cache'));
  process.kill(redis.pid, 'SIGSTOP');
  await Promise.all(caches.map((cache, index) => cache.put(keys[index]!, view, 60_000))); // each waits its deadline
  process.kill(redis.pid, 'SIGCONT');
  await eventually(async () => (await caches[1]!.get(keys[1]!)) !== undefined);
  t.equal(await caches[0]!.get(keys[0]!), undefined);
  t.equal(await answers(caches[0]!, keys[0]), true, 'a timely one is taken');
});

t.test('Redis killed: misses at once, and back when it starts again', skipUnless('redis'), async (t) => {
  const redis = await ownRedis(t);
  const { cache } = cacheOn(t, redis.url);
  const key = uniqueName('cache');
  await eventually(() => answers(cache, key));
  const era = cache.era();
  await redis.kill9();
  await missesInTime(t, cache, key);
  await eventually(() => cache.era() > era); // what it refused is forgotten
  await redis.restart();
  await eventually(() => answers(cache));
});

t.test('Redis never there: misses at once', async (t) => {
  const { cache } = cacheOn(t, 'redis://127.0.0.1:1');
  const took = await missesInTime(t, cache, 'k');
  t.ok(Math.max(...took) < DEADLINE_MS);
});

t.test('a server that takes connections and never says a word', async (t) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { cache } = cacheOn(t, `redis://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await eventually(() => sockets.size > 0);
  await missesInTime(t, cache, 'k');
});
