import type { Logger } from 'pino';
import { listen } from './listener.js';
import { sqlStateOf, type Pool, type PoolClient } from './pool.js';
import { readNews, VIEWS_CHANGED, type StaleView, type StaleViewsVia } from './view-news.js';

/** Which space a projection's views belong to now. What was cached in another one is not served. */
export interface ViewSpaces {
  /** Undefined: not known at this moment, so nothing may come from a cache. */
  of(projection: string): string | undefined;
  stop(): Promise<void>;
}

export interface ViewSpacesOptions {
  readonly pool: Pool;
  readonly logger: Logger;
  readonly via: StaleViewsVia;
  /** Told what notifications say. */
  readonly onStale?: (stale: readonly StaleView[]) => void;
  /** How often the connection is tried, in ms. */
  readonly everyMs?: number;
}

const UNDEFINED_SCHEMA_OR_TABLE_OR_COLUMN = ['3F000', '42P01', '42703'];

/**
 * Follows the spaces on a connection of its own. A connection that has not answered for a while (broken, or silently dead) may have kept news back:
 * then no space is known until it, or another one, answers again.
 */
export function watchViewSpaces({ pool, logger, via, onStale, everyMs = 1_000 }: ViewSpacesOptions): ViewSpaces {
  let spaces = new Map<string, string>();
  let answeredAt = -Infinity;
  /** What notifications carry is lost with a connection: what was cached before belongs to no later one. */
  let connection = 0;
  /** Said while the question was under way: newer than its answer. */
  let said = new Set<string>();
  const nameOf = (space: string): string => (via === 'notifications' ? `${space}/${connection}` : space);

  async function ask(client: PoolClient): Promise<void> {
    const askedAt = performance.now();
    said = new Set();
    const found = await client.query<{ projection: string; view_space: string }>({
      text: `SELECT projection, view_space FROM projector.builds WHERE state = 'live' AND stale_views_via = $1`, values: [via], query_timeout: everyMs,
    } as never).catch((error: unknown) => {
      // No projector has been here yet.
      if (UNDEFINED_SCHEMA_OR_TABLE_OR_COLUMN.includes(sqlStateOf(error) ?? '')) return { rows: [] };
      throw error;
    });
    const answered = new Map(found.rows.map((row) => [row.projection, nameOf(row.view_space)]));
    for (const projection of said) {
      const space = spaces.get(projection);
      if (space === undefined) answered.delete(projection);
      else answered.set(projection, space);
    }
    spaces = answered;
    answeredAt = askedAt;
  }

  const listener = listen(pool, VIEWS_CHANGED, (payload) => {
    const news = readNews(payload);
    if ('stale' in news) return onStale?.(news.stale);
    said.add(news.projection);
    if (news.via === via) spaces.set(news.projection, nameOf(news.space));
    else spaces.delete(news.projection);
  }, logger, {
    everyMs,
    whileListening: ask,
    broken() {
      connection++;
      spaces = new Map();
      answeredAt = -Infinity;
    },
  });

  return {
    of: (projection) => (performance.now() - answeredAt <= 2.5 * everyMs ? spaces.get(projection) : undefined),
    stop: () => listener.stop(),
  };
}
