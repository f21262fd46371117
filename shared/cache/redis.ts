import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { Breaker } from './breaker.js';
import { MAX_TTL_MS, type Cache, type Cached } from './port.js';
import { connectRedis, withDeadline, type RedisAccess } from './redis-connection.js';

export interface RedisCacheOptions extends RedisAccess {
  readonly logger: Logger;
  /** Within this any call has answered, in ms. */
  readonly deadlineMs?: number;
  /** A view that reaches Redis later than this after it was sent (Redis hung) is refused: what refuses older versions may have expired. In ms. */
  readonly lateAfterMs?: number;
  /** Called for each call that Redis did not answer. */
  readonly bypassed?: () => void;
}

/** Redis behind a deadline and a breaker: slow, hung or gone it is a miss. Values are "<version>:<value>", or "<version>!" where only older ones are refused. */
export function createRedisCache({ logger, deadlineMs = 100, lateAfterMs = MAX_TTL_MS / 2, bypassed, ...access }: RedisCacheOptions): Cache {
  const scripts = { putNewer: { lua: PUT_NEWER, numberOfKeys: 1 }, refuseOlder: { lua: REFUSE_OLDER, numberOfKeys: 1 } };
  const redis = connectRedis(access, { deadlineMs, logger, scripts }) as Redis & Scripts;
  let era = 0;
  redis.on('close', () => era++);
  const breaker = new Breaker({
    failures: 5,
    pauseMs: 1_000,
    changed: (state) => (state === 'open' ? logger.warn('Redis does not answer: views come from Postgres') : logger.info('Redis answers again')),
  });

  /** The answer, or undefined where there was none in time. */
  async function ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    if (redis.status === 'ready' && breaker.allows()) {
      try {
        const answer = await withDeadline(question(), deadlineMs);
        breaker.succeeded();
        return answer;
      } catch (error) {
        logger.debug({ err: error }, 'the cache gave no answer');
        breaker.didFail();
      }
    }
    bypassed?.();
    return undefined;
  }

  return {
    async get(key) {
      const stored = await ask(() => redis.get(key));
      return stored === undefined || stored === null ? undefined : parse(stored);
    },
    async put(key, { version, value }, ttlMs) {
      await ask(() => redis.putNewer(key, version.toString(), value, Math.max(1, Math.min(Math.round(ttlMs), MAX_TTL_MS)), Date.now() + lateAfterMs));
    },
    async invalidate(entries) {
      if (entries.length === 0) return true;
      // One by one in one batch: keys of one script call would have to live on one node of a cluster.
      return (await ask(() => Promise.all(entries.map(({ key, version }) => redis.refuseOlder(key, version.toString(), MAX_TTL_MS))))) !== undefined;
    },
    era: () => era,
    async close() {
      redis.disconnect();
    },
  };
}

interface Scripts {
  putNewer(key: string, version: string, value: string, ttlMs: number, lateAtMs: number): Promise<number>;
  refuseOlder(key: string, version: string, ttlMs: number): Promise<number>;
}

/** Versions are decimal text of any length; Lua's numbers would lose digits. */
const STORED_VERSION = `
local function older(a, b) return #a < #b or (#a == #b and a < b) end
local stored = redis.call('GET', KEYS[1])
local version = stored and string.match(stored, '^%d+')
`;
const PUT_NEWER = `
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(ARGV[4]) then return 0 end
${STORED_VERSION}
if version and older(ARGV[1], version) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'PX', ARGV[3])
return 1`;
const REFUSE_OLDER = `${STORED_VERSION}
if version and not older(version, ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. '!', 'PX', ARGV[2])
return 1`;

function parse(stored: string): Cached | undefined {
  const [, version, value] = /^(\d+):(.*)$/s.exec(stored) ?? [];
  return version === undefined ? undefined : { version: BigInt(version), value: value! };
}
