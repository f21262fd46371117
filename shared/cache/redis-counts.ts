import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { Breaker } from './breaker.js';
import { ProcessCounts, type Counted, type Counts } from './counts.js';
import { connectRedis, withDeadline, type RedisAccess } from './redis-connection.js';

const DEADLINE_MS = 100;

const ADD = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`;

interface Scripts {
  addToWindow(key: string, windowMs: number): Promise<[number, number]>;
}

/**
 * Counts that all processes share. Each process counts beside it, so that it goes on with its own counts, never with none, where Redis does not answer;
 * the greater of the two counts.
 */
export function redisCounts({ logger, deadlineMs = DEADLINE_MS, ...access }: RedisAccess & { readonly logger: Logger; readonly deadlineMs?: number }): Counts {
  const redis = connectRedis(access, { deadlineMs, logger, scripts: { addToWindow: { lua: ADD, numberOfKeys: 1 } } }) as Redis & Scripts;
  const own = new ProcessCounts();
  const breaker = new Breaker({
    failures: 3,
    pauseMs: 1_000,
    changed: (state) => (state === 'open' ? logger.warn('Redis does not count: each process counts alone') : logger.info('Redis counts again')),
  });

  async function shared(key: string, windowMs: number): Promise<Counted | undefined> {
    if (redis.status !== 'ready' || !breaker.allows()) return undefined;
    try {
      const [count, endsInMs] = await withDeadline(redis.addToWindow(`counts:${key}`, windowMs), deadlineMs);
      breaker.succeeded();
      return { count, endsInMs };
    } catch {
      breaker.didFail();
      return undefined;
    }
  }

  return {
    async add(key, windowMs) {
      const alone = own.add(key, windowMs);
      const together = await shared(key, windowMs);
      return together !== undefined && together.count > alone.count ? together : alone;
    },
    async close() {
      redis.disconnect();
    },
  };
}
