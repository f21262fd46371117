import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { startRedis } from '../../infra/redis/redis.js';
import { eventually } from '../testing/eventually.js';
import { skipUnless, uniqueName } from '../testing/parts.js';
import { countsOfProcess, ProcessCounts } from './counts.js';
import { redisCounts } from './redis-counts.js';

const logger = pino({ level: 'silent' });

t.test('windows begin with their first addition and end', async (t) => {
  let now = 0;
  const counts = new ProcessCounts(() => now);
  t.same([counts.look('a'), counts.add('a', 100), counts.add('a', 100)], [{ count: 0, endsInMs: 0 }, { count: 1, endsInMs: 100 }, { count: 2, endsInMs: 100 }]);
  now = 99;
  t.same([counts.look('a'), counts.add('b', 100)], [{ count: 2, endsInMs: 1 }, { count: 1, endsInMs: 100 }]);
  now = 100;
  t.same(counts.add('a', 100), { count: 1, endsInMs: 100 });
  for (let key = 0; key < 150_000; key++) counts.add(`flood ${key}`, 100);
  t.equal(counts.look('a').count, 0, 'a flood of keys is forgotten again, memory stays bounded');
  t.equal(counts.look('flood 149999').count, 1);
  t.same(await countsOfProcess(() => 0).add('a', 5), { count: 1, endsInMs: 5 });
});

t.test('all processes count together; without Redis each counts alone, never nobody', skipUnless('redis'), async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'passbook-redis-'));
  const redis = await startRedis({ dataDir, logger });
  const [one, two] = [redisCounts({ url: redis.url, logger, deadlineMs: 1_000 }), redisCounts({ url: redis.url, logger, deadlineMs: 1_000 })];
  t.teardown(async () => {
    await one.close();
    await two.close();
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const together = async (): Promise<boolean> => {
    const key = uniqueName('counts');
    await one.add(key, 60_000);
    return (await two.add(key, 60_000)).count === 2;
  };
  await eventually(together);
  const key = uniqueName('counts');
  for (let added = 1; added <= 6; added++) t.match(await (added % 2 ? one : two).add(key, 60_000), { count: added });
  await redis.kill9();
  const alone = [await one.add(key, 60_000), await one.add(key, 60_000)];
  t.same(alone.map(({ count }) => count), [4, 5], 'its own three, and on');
  await redis.restart();
  await eventually(together);
});
