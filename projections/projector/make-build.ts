import { lastPosition } from '../../shared/event-store/last-position.js';
import { withTransaction, type Pool } from '../../shared/read-store/pool.js';
import { goLive, makeIndexes, type Build } from './builds.js';
import { compareBuilds } from './compare.js';
import { createLanes } from './lane-table.js';
import { loadFromLog } from './load.js';
import type { ProjectionRuntime } from './runtime.js';
import { schemaOf } from './tables.js';
import { readTransaction } from './transaction.js';

/** So little is left that the bus may bring it. */
const NEARLY_NOTHING = 5_000;
const COMPARE_WITHIN_MS = 10_000;

/**
 * Brings a build from wherever it stands to live: loads the log in bulk, makes the indexes, lets it follow the bus beside the build that is shown,
 * compares the two, switches. Taken up again after a crash where it was left. Only one process does it; resolves at once where another one is at it.
 */
export async function makeBuild(runtime: ProjectionRuntime, begun: Build): Promise<void> {
  const {
    projection,
    setup: { pool },
  } = runtime;
  await underBuildLock(pool, schemaOf(projection.name, begun.build), async () => {
    if (begun.state === 'loading') await load(runtime, begun);
    if (runtime.signal.aborted) return;
    await runtime.follow(begun.build);
    await compareWithLive(runtime, begun.build);
    if (runtime.signal.aborted) return;
    await goLive(pool, projection, begun.build, () => runtime.setup.news.storeNow(projection.name));
    runtime.logger.info({ projection: projection.name, build: begun.build, version: begun.version }, 'the build is live');
  });
}

async function load(runtime: ProjectionRuntime, build: Build): Promise<void> {
  const {
    projection,
    setup: { pool, eventStore, topicOf, loadBatchSize },
    logger,
    meters,
    signal,
  } = runtime;
  const startedAt = performance.now();
  const end = (await lastPosition(eventStore)) ?? -1n;
  let position = build.loaded;
  let total = 0;
  const pass = async (): Promise<number> => {
    const read = await loadFromLog(
      {
        rules: runtime.rulesOf(build.build),
        pool,
        eventStore,
        topicOf,
        logger,
        signal,
        ...(loadBatchSize !== undefined && { batchSize: loadBatchSize }),
        onBatch: (reached) => meters.rebuilding(end > 0n ? Math.min(1, Number(reached) / Number(end)) : 1),
      },
      position,
    );
    position = read.position;
    total += read.looked;
    return read.looked;
  };
  while ((await pass()) > NEARLY_NOTHING);
  if (!build.indexed) await makeIndexes(pool, projection, build.build);
  while ((await pass()) > NEARLY_NOTHING);
  await withTransaction(pool, async (client) => {
    await client.query(`UPDATE projector.builds SET state = 'following', changed_at = now() WHERE projection = $1 AND build = $2`, [
      projection.name,
      build.build,
    ]);
    await createLanes(
      readTransaction(client, schemaOf(projection.name, build.build)),
      { projection: projection.name, build: build.build },
      runtime.lanes,
      position,
    );
  });
  logger.info(
    { projection: projection.name, build: build.build, events: total, seconds: (performance.now() - startedAt) / 1_000 },
    'the build is loaded',
  );
}

/** A difference does not stop the switch (the log is the truth, and repairing a wrong row is what a rebuild is for), but it is said and kept. */
async function compareWithLive({ projection, setup: { pool, news }, live, logger }: ProjectionRuntime, build: number): Promise<void> {
  if (!live || live.version !== projection.version) return;
  const comparison = await compareBuilds(pool, projection, [live.build, build], COMPARE_WITHIN_MS, () => news.storeNow(projection.name));
  await pool.query('UPDATE projector.builds SET comparison = $3 WHERE projection = $1 AND build = $2', [
    projection.name,
    build,
    JSON.stringify(comparison),
  ]);
  if (comparison.kind === 'compared' && comparison.same) logger.info({ comparison }, 'the new build equals the one shown');
  else logger.warn({ comparison }, 'the new build differs from the one shown, or could not be compared');
}

/** Whether some process has the build in hand at this moment. */
export async function isBeingMade(pool: Pool, schema: string): Promise<boolean> {
  const { rows } = await pool.query<{ held: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND classid = hashtext('passbook build')::oid AND objid = hashtext($1)::oid AND objsubid = 2) AS held`,
    [schema],
  );
  return rows[0]!.held;
}

async function underBuildLock(pool: Pool, schema: string, work: () => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let broken: unknown = true;
  try {
    const { rows } = await client.query<{ ours: boolean }>(`SELECT pg_try_advisory_lock(hashtext('passbook build'), hashtext($1)) AS ours`, [schema]);
    try {
      if (rows[0]!.ours) await work();
    } finally {
      await client.query('SELECT pg_advisory_unlock_all()');
    }
    broken = undefined;
  } finally {
    client.release(broken !== undefined);
  }
}
