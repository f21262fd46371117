import type { ReadTransaction } from '../read-store/projection.js';
import { forgetViews, sayStaleViews, type StaleView, type StaleViewsVia } from '../read-store/view-news.js';
import type { Cache } from './port.js';

/** The projector's side of cached views. */
export interface StaleViews {
  readonly via: StaleViewsVia;
  /**
   * Called in the transaction that makes the views stale, last before its commit: a projector killed between commit and invalidation would leave them.
   * To be asked after the commit: whether it still holds; where not, `forgetViews` is due.
   */
  tell(tx: ReadTransaction, projection: string, stale: readonly StaleView[]): Promise<() => boolean>;
}

/** Each costs the projector some ten microseconds, in its transaction: beyond this many it is cheaper to read all again. */
export const MOST_AT_ONCE = 500;

/**
 * Through the cache that all share. Before the commit older versions are gone and refused, so that nobody can get one after it. What the cache does
 * not confirm, or what is too much for it, is made void by the very transaction.
 */
export const staleInSharedCache = (cache: Cache): StaleViews => ({
  via: 'shared-cache',
  async tell(tx, projection, stale) {
    const era = cache.era();
    if (stale.length <= MOST_AT_ONCE && (await cache.invalidate(stale))) return () => cache.era() === era;
    await forgetViews(tx, projection);
    return () => true;
  },
});

/** For caches within other processes. Postgres delivers with the commit or not at all; who has not listened meanwhile forgets everything by itself. */
export const staleByNotification: StaleViews = {
  via: 'notifications',
  async tell(tx, projection, stale) {
    await sayStaleViews(tx, projection, stale);
    return () => true;
  },
};
