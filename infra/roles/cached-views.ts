import { createCachedViews, type CachedViews } from '../../shared/cache/cached-views.js';
import { createInProcessCache } from '../../shared/cache/in-process.js';
import { createRedisCache } from '../../shared/cache/redis.js';
import { sealedCache } from '../../shared/cache/sealed.js';
import { staleByNotification, staleInSharedCache, type StaleViews } from '../../shared/cache/stale-views.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { Pool } from '../../shared/read-store/pool.js';
import { watchViewSpaces } from '../../shared/read-store/view-spaces.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { readTls } from '../../shared/tls/tls-files.js';
import type { Parts } from './parts.js';

/** Where views are read: in Redis, sealed, where one is configured, else within this process. */
export async function cachedViews(parts: Parts, { vault, readPool, metrics }: { readonly vault: Vault; readonly readPool: Pool; readonly metrics: Metrics }): Promise<CachedViews> {
  const { config: { redisUrl: url, tls }, logger } = parts;
  const unanswered = metrics.counter({ name: 'bank_cache_unanswered_total', help: 'Calls that Redis did not answer in time' });
  const cache = url === undefined
    ? createInProcessCache()
    : sealedCache(createRedisCache({ url, logger, ...(tls && { tls: readTls(tls) }), bypassed: () => unanswered.add(1) }), await vault.secret('command'));
  parts.keep(cache, () => cache.close());
  const spaces = watchViewSpaces({
    pool: readPool, logger, via: url === undefined ? 'notifications' : 'shared-cache', onStale: (stale) => void cache.invalidate(stale),
  });
  parts.keep(spaces, () => spaces.stop());
  return createCachedViews({ cache, spaces, metrics });
}

/** Where rows change: the same Redis, or word to the processes that read. */
export function staleViews(parts: Parts): StaleViews {
  const { config: { redisUrl: url, tls }, logger } = parts;
  if (url === undefined) return staleByNotification;
  const cache = createRedisCache({ url, logger, ...(tls && { tls: readTls(tls) }) });
  parts.keep(cache, () => cache.close());
  return staleInSharedCache(cache);
}
