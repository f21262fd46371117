import type { LaneId, LaneProgress } from '../../shared/event-bus/port.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { ReadTransaction } from '../../shared/read-store/projection.js';
import { SAID_OF_BUILD, SAY_SPACE, type StaleViewsVia } from '../../shared/read-store/view-news.js';
import { Fenced } from './failures.js';

export interface BuildKey {
  readonly projection: string;
  readonly build: number;
}

export interface LaneMove {
  readonly lane: LaneId;
  readonly from: bigint;
  readonly to: LaneProgress;
}

export async function readProgress(pool: Pool, { projection, build }: BuildKey, { topic, partition }: LaneId): Promise<LaneProgress> {
  const { rows } = await pool.query<{ position: string; cursor: string | null }>({
    name: 'lane-progress',
    text: 'SELECT position, cursor FROM projector.lanes WHERE projection = $1 AND build = $2 AND topic = $3 AND partition = $4',
    values: [projection, build, topic, partition],
  });
  if (!rows[0]) throw new Error(`build ${build} of ${projection} has no lane ${topic}/${partition}`);
  return { position: BigInt(rows[0].position), cursor: rows[0].cursor };
}

/** Part of the batch's transaction. The row's lock and the position expected keep out a projector that was frozen or replaced. */
export async function moveLane(tx: ReadTransaction, { projection, build }: BuildKey, { lane, from, to }: LaneMove): Promise<void> {
  const moved = await tx.query(
    `UPDATE projector.lanes SET position = $5, cursor = $6, halted = NULL
     WHERE projection = $1 AND build = $2 AND topic = $3 AND partition = $4 AND position = $7 RETURNING 1`,
    [projection, build, lane.topic, lane.partition, to.position.toString(), to.cursor, from.toString()],
    'lane-move',
  );
  if (moved.length !== 1) throw new Fenced(`${projection} build ${build}: another projector has moved lane ${lane.topic}/${lane.partition}`);
}

/**
 * Lanes that only heard ticks, all in one statement: nothing lies between `from` and `to`, so a lane that stands anywhere between may go to `to`.
 * Gives each lane's stored position afterwards, also where the answer to an earlier attempt was lost; absent where the lane stands before `from`.
 */
export async function moveIdleLanes(pool: Pool, { projection, build }: BuildKey, moves: readonly LaneMove[]): Promise<Map<LaneMove, bigint>> {
  const { rows } = await pool.query<{ at: number; position: string }>({
    name: 'lanes-move',
    text: `WITH m AS (
        SELECT * FROM unnest($3::text[], $4::int[], $5::bigint[], $6::text[], $7::bigint[], $8::int[])
          AS m (topic, partition, position, cursor, expected, at)),
      moved AS (UPDATE projector.lanes l SET position = m.position, cursor = m.cursor
        FROM m WHERE l.projection = $1 AND l.build = $2 AND l.topic = m.topic AND l.partition = m.partition
          AND l.position BETWEEN m.expected AND m.position
        RETURNING m.at, l.position)
      SELECT at, position FROM moved
      UNION ALL SELECT m.at, l.position FROM m
      JOIN projector.lanes l ON l.projection = $1 AND l.build = $2 AND l.topic = m.topic AND l.partition = m.partition
      WHERE l.position > m.position`,
    values: [
      projection,
      build,
      moves.map(({ lane }) => lane.topic),
      moves.map(({ lane }) => lane.partition),
      moves.map(({ to }) => to.position.toString()),
      moves.map(({ to }) => to.cursor),
      moves.map(({ from }) => from.toString()),
      moves.map((_, index) => index),
    ],
  });
  return new Map(rows.map(({ at, position }) => [moves[at]!, BigInt(position)]));
}

export async function noteHalt(pool: Pool, { projection, build }: BuildKey, { topic, partition }: LaneId, reason: string): Promise<void> {
  await pool.query('UPDATE projector.lanes SET halted = $5 WHERE projection = $1 AND build = $2 AND topic = $3 AND partition = $4', [
    projection,
    build,
    topic,
    partition,
    reason,
  ]);
}

/**
 * Gives a build its lanes at one log position. A cursor is taken from another build's lane that is not further on: reading from there repeats,
 * but skips nothing.
 */
export async function createLanes(tx: ReadTransaction, { projection, build }: BuildKey, lanes: readonly LaneId[], position: bigint): Promise<void> {
  await tx.query(
    `INSERT INTO projector.lanes (projection, build, topic, partition, position, cursor)
     SELECT $1, $2, n.topic, n.partition, $5,
       (SELECT o.cursor FROM projector.lanes o WHERE o.projection = $1 AND o.topic = n.topic AND o.partition = n.partition AND o.position <= $5
        ORDER BY o.position DESC LIMIT 1)
     FROM unnest($3::text[], $4::int[]) AS n (topic, partition)`,
    [projection, build, lanes.map(({ topic }) => topic), lanes.map(({ partition }) => partition), position.toString()],
  );
}

/** Another bus, another number of partitions: every lane of the topic begins again where the slowest was. What is seen twice is dropped. */
export async function fitLanes(tx: ReadTransaction, { projection, build }: BuildKey, topic: string, partitions: number): Promise<boolean> {
  const rows = await tx.query<{ partition: number; position: string }>(
    'SELECT partition, position FROM projector.lanes WHERE projection = $1 AND build = $2 AND topic = $3 FOR UPDATE',
    [projection, build, topic],
  );
  if (rows.length === partitions) return false;
  const slowest = rows
    .map(({ position }) => BigInt(position))
    .reduce((low, position) => (position < low ? position : low), rows[0] ? BigInt(rows[0].position) : -1n);
  await tx.query('DELETE FROM projector.lanes WHERE projection = $1 AND build = $2 AND topic = $3', [projection, build, topic]);
  await tx.query(
    `INSERT INTO projector.lanes (projection, build, topic, partition, position) SELECT $1, $2, $3, p, $5 FROM generate_series(0, $4::int - 1) p`,
    [projection, build, topic, partitions, slowest.toString()],
  );
  return true;
}

/** Which way caches learn of this build's stale views; said again to those who listen where it has changed. */
export async function noteStaleViewsVia(tx: ReadTransaction, { projection, build }: BuildKey, via: StaleViewsVia | undefined): Promise<void> {
  await tx.query(
    `WITH changed AS (UPDATE projector.builds SET stale_views_via = $3, view_space = gen_random_uuid()
       WHERE projection = $1 AND build = $2 AND stale_views_via IS DISTINCT FROM $3 RETURNING state, ${SAID_OF_BUILD})
     ${SAY_SPACE} WHERE state = 'live'`,
    [projection, build, via ?? null],
  );
}
