import { createCachedViews, viewKey, type CachedViews } from '../../../shared/cache/cached-views.js';
import type { Cache } from '../../../shared/cache/port.js';
import type { StaleViews } from '../../../shared/cache/stale-views.js';
import { createPool, type Pool } from '../../../shared/read-store/pool.js';
import type { StaleViewsVia } from '../../../shared/read-store/view-news.js';
import { watchViewSpaces, type ViewSpaces } from '../../../shared/read-store/view-spaces.js';
import { eventually } from '../../../shared/testing/eventually.js';
import { freshDatabase } from '../../../shared/testing/parts.js';
import { beginBuild, goLive, makeIndexes, prepareBuilds } from '../builds.js';
import { noteStaleViewsVia } from '../lane-table.js';
import { schemaOf } from '../tables.js';
import { inSchema } from '../transaction.js';
import { logger, toyProjection } from './toy.js';

export interface Sum {
  readonly id: string;
  readonly revision: number;
}

type Teardown = { teardown(handler: () => unknown): void };

/** A reader as in a process of its own: its cache (or its connection to the shared one), its ear. */
export interface Reader {
  readonly views: CachedViews;
  readonly spaces: ViewSpaces;
  /** `slowly` is waited for between the row's reading and its answer. */
  read(id: string, fresh?: boolean, slowly?: () => Promise<unknown>): Promise<number>;
  /** How many reads came to the table. */
  loads(): number;
}

/** Rows that only have a revision, changed as a projector changes them, without a bus. */
export async function shelf(t: Teardown, ids: readonly string[], stale: StaleViews | undefined, via: StaleViewsVia) {
  const url = await freshDatabase(t, 'shelf');
  const pools: Pool[] = [];
  t.teardown(() => Promise.all(pools.map((each) => each.end())));
  const poolOf = (max: number): Pool => {
    const pool = createPool(url, { applicationName: 'shelf', max, logger });
    pools.push(pool);
    return pool;
  };
  const pool = poolOf(8);
  const toy = toyProjection();
  const revisions = new Map(ids.map((id) => [id, 0]));
  await prepareBuilds(pool);
  await makeBuild(1);

  async function makeBuild(build: number): Promise<void> {
    await beginBuild(pool, toy);
    await inSchema(pool, schemaOf('toy', build), async (tx) => {
      await tx.query('INSERT INTO sums SELECT stream, revision, 0 FROM unnest($1::text[], $2::int[]) AS had(stream, revision)', [[...revisions.keys()], [...revisions.values()]]);
      await noteStaleViewsVia(tx, { projection: 'toy', build }, via);
    });
    await makeIndexes(pool, toy, build);
    await goLive(pool, toy, build, async () => {});
  }

  return {
    pool,
    /** What is committed. */
    revisions,
    makeBuild,
    /** The row's next revision, told as `stale` does it. */
    async change(id: string, build = 1): Promise<void> {
      const revision = revisions.get(id)! + 1;
      let holds = (): boolean => true;
      await inSchema(pool, schemaOf('toy', build), async (tx) => {
        await tx.query('UPDATE sums SET events = $2 WHERE stream = $1', [id, revision]);
        if (stale) holds = await stale.tell(tx, 'toy', [{ key: viewKey('sum', id), version: BigInt(revision) }]);
      });
      revisions.set(id, revision);
      if (!holds()) throw new Error('what was told does not hold: a follower would forget all views here');
    },
    async reader(cache: Cache, { everyMs = 200, told }: { readonly everyMs?: number; readonly told?: (key: string, version: bigint) => void } = {}): Promise<Reader> {
      const readPool = poolOf(12);
      const spaces = watchViewSpaces({
        pool: readPool, logger, via, everyMs,
        onStale: (views) => void cache.invalidate(views).then(() => views.forEach(({ key, version }) => told?.(key, version))),
      });
      t.teardown(() => spaces.stop());
      const views = createCachedViews({ cache, spaces });
      let loads = 0;
      await eventually(() => spaces.of('toy') !== undefined);
      return {
        views, spaces,
        loads: () => loads,
        async read(id, fresh = false, slowly) {
          const row = await views.read<Sum>({ projection: 'toy', kind: 'sum', id }, fresh, async () => {
            loads++;
            const { rows } = await readPool.query<{ events: string }>('SELECT events FROM toy.sums WHERE stream = $1', [id]);
            await slowly?.();
            return { id, revision: Number(rows[0]!.events) };
          });
          return row!.revision;
        },
      };
    },
  };
}

export type Shelf = Awaited<ReturnType<typeof shelf>>;
