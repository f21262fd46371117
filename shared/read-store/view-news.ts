import type { ReadTransaction } from './projection.js';

/** The projector says here, as part of its transaction, which views it makes stale. */
export const VIEWS_CHANGED = 'passbook_views';

/** A view as caches know it, and the version that takes the place of all older ones. */
export interface StaleView {
  /** Without spaces. */
  readonly key: string;
  readonly version: bigint;
}

/** How stale views come to be known: the projector removes them from the cache that all share, or says them in notifications. */
export type StaleViewsVia = 'shared-cache' | 'notifications';

/** These views of a projection are stale; or everything remembered of it is, and what is read from now on belongs to another space. */
export type ViewNews = { readonly projection: string } & ({ readonly stale: readonly StaleView[] } | { readonly space: string; readonly via: string });

/** Postgres refuses a payload of 8,000 bytes or more. */
const MOST_BYTES = 7_999;

/** A notification's payload; undefined where the views do not fit into one: then all must be forgotten. */
export function staleNews(projection: string, stale: readonly StaleView[]): string | undefined {
  const payload = [projection, ...stale.map(({ key, version }) => `${key}=${version}`)].join(' ');
  return Buffer.byteLength(payload) <= MOST_BYTES ? payload : undefined;
}

export function readNews(payload: string): ViewNews {
  const [projection = '', ...words] = payload.split(' ');
  if (words[0]?.startsWith('=')) return { projection, space: words[0].slice(1), via: words[1] ?? '' };
  return {
    projection,
    stale: words.map((word) => {
      const at = word.lastIndexOf('=');
      return { key: word.slice(0, at), version: BigInt(word.slice(at + 1)) };
    }),
  };
}

/** For those who listen: where the views' present space stands. Follows `WITH changed AS (… RETURNING ${SAID_OF_BUILD})`. */
export const SAY_SPACE = `SELECT pg_notify('${VIEWS_CHANGED}', projection || ' =' || view_space || ' ' || coalesce(stale_views_via, '')) FROM changed`;
export const SAID_OF_BUILD = 'projection, view_space, stale_views_via';

const FORGET = `
  WITH changed AS (UPDATE projector.builds SET view_space = gen_random_uuid() WHERE projection = $1 AND state = 'live' RETURNING ${SAID_OF_BUILD})
  ${SAY_SPACE}`;

/** Whatever caches hold of the projection's live build is not served any more, from the commit of the caller's transaction on. */
export async function forgetViews({ query }: Pick<ReadTransaction, 'query'>, projection: string): Promise<void> {
  await query(FORGET, [projection], 'forget-views');
}

/** Says within the caller's transaction which views it makes stale: heard after its commit, by whoever listens then. */
export async function sayStaleViews(tx: Pick<ReadTransaction, 'query'>, projection: string, stale: readonly StaleView[]): Promise<void> {
  const payload = staleNews(projection, stale);
  if (payload === undefined) await forgetViews(tx, projection);
  else await tx.query('SELECT pg_notify($1, $2)', [VIEWS_CHANGED, payload], 'say-stale-views');
}
