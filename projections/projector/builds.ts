import { setTimeout as pause } from 'node:timers/promises';
import { migrate } from '../../shared/read-store/migrate.js';
import { quoteName, sqlStateOf, withTransaction, type Pool } from '../../shared/read-store/pool.js';
import type { Projection } from '../../shared/read-store/projection.js';
import { SAID_OF_BUILD, SAY_SPACE } from '../../shared/read-store/view-news.js';
import { buildTables, schemaOf, steps } from './tables.js';

/** loading: read from the log in bulk. following: has its lanes, not yet shown. live: what queries see. retired: was live. */
export type BuildState = 'loading' | 'following' | 'live' | 'retired';

export interface Build {
  readonly projection: string;
  readonly build: number;
  readonly version: number;
  readonly state: BuildState;
  /** Log position that loading has reached. */
  readonly loaded: bigint;
  readonly indexed: boolean;
}

export const prepareBuilds = (pool: Pool): Promise<void> => migrate(pool, 'projector', steps);

export async function buildsOf(pool: Pool, projection: string): Promise<Build[]> {
  const { rows } = await pool.query<Omit<Build, 'loaded'> & { loaded: string }>({
    name: 'builds-of',
    text: `SELECT projection, build, version, state, loaded, indexed FROM projector.builds
      WHERE projection = $1 AND state <> 'retired' ORDER BY build`,
    values: [projection],
  });
  return rows.map((row) => ({ ...row, loaded: BigInt(row.loaded) }));
}

/** Begins a build beside whatever there is; the runtime then loads it. Does nothing while one of this version is being made. */
export async function beginBuild(pool: Pool, projection: Projection): Promise<void> {
  await withTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('passbook begin build'), hashtext($1))`, [projection.name]);
    const { rows } = await client.query<{ next: number; making: boolean | null }>(
      `SELECT coalesce(max(build), 0) + 1 AS next, bool_or(version = $2 AND state IN ('loading', 'following')) AS making
       FROM projector.builds WHERE projection = $1`,
      [projection.name, projection.version],
    );
    const { next, making } = rows[0]!;
    if (making) return;
    await client.query(buildTables(projection, next));
    await client.query(`INSERT INTO projector.builds (projection, build, version, state) VALUES ($1, $2, $3, 'loading')`, [
      projection.name,
      next,
      projection.version,
    ]);
  });
}

export async function makeIndexes(pool: Pool, projection: Projection, build: number): Promise<void> {
  const schema = schemaOf(projection.name, build);
  await withTransaction(pool, async (client) => {
    await client.query(`SET LOCAL statement_timeout = 0; SET LOCAL search_path = ${quoteName(schema)}, public`);
    const makeThem = { text: projection.indexes, query_timeout: HOURS };
    if (projection.indexes.trim() !== '') await client.query(makeThem);
    await client.query('UPDATE projector.builds SET indexed = true WHERE projection = $1 AND build = $2', [projection.name, build]);
  });
  const { rows } = await pool.query<{ tablename: string }>('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema]);
  for (const { tablename } of rows) await pool.query(`ANALYZE ${quoteName(schema)}.${quoteName(tablename)}`);
}

/**
 * Points the stable schema's views at the build, in one transaction: a query sees all of one build or all of the other. Nothing seen before is
 * taken back: no lane of the new build may be behind the one shown. `hurry` stores what has been heard by ticks.
 */
export async function goLive(pool: Pool, projection: Projection, build: number, hurry: () => Promise<void>): Promise<void> {
  const stable = quoteName(projection.name);
  await patiently(async () => {
    await hurry();
    await withTransaction(pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = '1s'`);
      await client.query(
        `SELECT 1 FROM projector.lanes JOIN projector.builds b USING (projection, build)
         WHERE projection = $1 AND b.state = 'live' ORDER BY topic, partition FOR UPDATE OF lanes`,
        [projection.name],
      );
      const behind = await client.query(
        `SELECT 1 FROM projector.lanes n JOIN projector.lanes o USING (projection, topic, partition)
         JOIN projector.builds b ON b.projection = o.projection AND b.build = o.build
         WHERE n.projection = $1 AND n.build = $2 AND b.state = 'live' AND n.position < o.position LIMIT 1`,
        [projection.name, build],
      );
      if (behind.rowCount !== 0) throw new NotLevel(`build ${build} of ${projection.name} is behind the one shown`);
      await client.query(`CREATE SCHEMA IF NOT EXISTS ${stable}`);
      const old = await client.query<{ viewname: string }>('SELECT viewname FROM pg_views WHERE schemaname = $1', [projection.name]);
      for (const { viewname } of old.rows) await client.query(`DROP VIEW ${stable}.${quoteName(viewname)}`);
      for (const view of projection.views)
        await client.query(
          `CREATE VIEW ${stable}.${quoteName(view)} AS SELECT * FROM ${quoteName(schemaOf(projection.name, build))}.${quoteName(view)}`,
        );
      await client.query(
        `UPDATE projector.builds SET state = 'retired', changed_at = now()
         WHERE projection = $1 AND build <> $2 AND state <> 'retired' AND version <= $3`,
        [projection.name, build, projection.version],
      );
      await client.query(
        `WITH changed AS (UPDATE projector.builds SET state = 'live', changed_at = now() WHERE projection = $1 AND build = $2 RETURNING ${SAID_OF_BUILD})
         ${SAY_SPACE}`,
        [projection.name, build],
      );
    });
  });
}

/** Removes what was live long enough ago that nobody reads or writes it any more. */
export async function dropRetired(pool: Pool, projection: string, afterMs: number): Promise<void> {
  const { rows } = await pool.query<{ build: number }>(
    `SELECT build FROM projector.builds WHERE projection = $1 AND state = 'retired' AND changed_at < now() - $2 * interval '1 ms'
       AND EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = projection || '_b' || build)`,
    [projection, afterMs],
  );
  for (const { build } of rows)
    await patiently(() =>
      withTransaction(pool, async (client) => {
        await client.query(`SET LOCAL lock_timeout = '1s'`);
        await client.query(`DROP SCHEMA IF EXISTS ${quoteName(schemaOf(projection, build))} CASCADE`);
        for (const table of ['lanes', 'parked'])
          await client.query(`DELETE FROM projector.${table} WHERE projection = $1 AND build = $2`, [projection, build]);
      }),
    );
}

class NotLevel extends Error {}

const HOURS = 12 * 3_600_000;
const TRIES = 100;
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';

/** A lock is asked for briefly and often, so that queries never queue behind the wait for it. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++)
    try {
      return await work();
    } catch (error) {
      const passes = error instanceof NotLevel || [LOCK_NOT_AVAILABLE, DEADLOCK].includes(sqlStateOf(error) ?? '');
      if (tries >= TRIES || !passes) throw error;
      await pause(20);
    }
}
