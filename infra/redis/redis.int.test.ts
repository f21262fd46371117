import { Redis } from 'ioredis';
import { test } from 'tap';
import { redisUrl, skipUnless, uniqueName } from '../../shared/testing/parts.js';

test('a real Redis: what is set is read, expires, and needs the password', skipUnless('redis'), async (t) => {
  const redis = new Redis(redisUrl(), { maxRetriesPerRequest: 1 });
  t.teardown(() => redis.quit());
  const key = uniqueName('smoke');
  t.equal(await redis.set(key, '张伟', 'PX', 60_000), 'OK');
  t.equal(await redis.get(key), '张伟');
  t.ok(await redis.pttl(key) > 0);
  t.equal(await redis.del(key), 1);

  const stranger = new Redis(redisUrl().replace(/\/\/:[^@]*@/, '//'), { maxRetriesPerRequest: 1, lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
  stranger.on('error', () => undefined);
  await t.rejects(stranger.get(key), /NOAUTH/);
  stranger.disconnect();
});
