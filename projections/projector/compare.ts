import { setTimeout as pause } from 'node:timers/promises';
import { quoteName, type Pool, type PoolClient } from '../../shared/read-store/pool.js';
import type { Projection } from '../../shared/read-store/projection.js';
import { schemaOf } from './tables.js';

export interface ViewComparison {
  readonly view: string;
  readonly rows: readonly [number, number];
  readonly same: boolean;
}

/** never-level: within the time given the two never stood at the same positions. */
export type Comparison =
  { readonly kind: 'compared'; readonly same: boolean; readonly views: readonly ViewComparison[] } | { readonly kind: 'never-level' };

/** Compares what two builds of one version show, at a moment when every lane of both stands at the same position. */
export async function compareBuilds(
  pool: Pool,
  projection: Projection,
  builds: readonly [number, number],
  withinMs: number,
  hurry: () => Promise<void>,
): Promise<Comparison> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    await hurry();
    const views = await inSnapshot(pool, async (client) =>
      (await areLevel(client, projection.name, builds)) ? compareViews(client, projection, builds) : undefined,
    );
    if (views) return { kind: 'compared', same: views.every(({ same }) => same), views };
    if (Date.now() >= deadline) return { kind: 'never-level' };
    await pause(20);
  }
}

/** One snapshot for all statements: neither build moves while it is looked at, and neither has to wait. */
async function inSnapshot<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0');
    const result = await work(client);
    await client.query('COMMIT');
    broken = false;
    return result;
  } finally {
    client.release(broken);
  }
}

async function areLevel(client: PoolClient, projection: string, [one, other]: readonly [number, number]): Promise<boolean> {
  const { rows } = await client.query<{ uneven: string; lanes: string }>(
    `SELECT count(*) AS lanes, count(*) FILTER (WHERE a.position IS DISTINCT FROM b.position) AS uneven
     FROM (SELECT * FROM projector.lanes WHERE projection = $1 AND build = $2) a
     FULL JOIN (SELECT * FROM projector.lanes WHERE projection = $1 AND build = $3) b USING (topic, partition)`,
    [projection, one, other],
  );
  return rows[0]!.lanes !== '0' && rows[0]!.uneven === '0';
}

async function compareViews(client: PoolClient, projection: Projection, [one, other]: readonly [number, number]): Promise<ViewComparison[]> {
  const compared: ViewComparison[] = [];
  for (const view of projection.views) {
    const [a, b] = [await contentOf(client, projection, one, view), await contentOf(client, projection, other, view)];
    compared.push({ view, rows: [a.rows, b.rows], same: a.rows === b.rows && a.hash === b.hash });
  }
  return compared;
}

/** Independent of the rows' order: the sum of the rows' hashes. */
async function contentOf(client: PoolClient, { name, sealedAnew = [] }: Projection, build: number, view: string): Promise<{ rows: number; hash: string }> {
  const row = sealedAnew.length === 0 ? 'v::text' : '(to_jsonb(v) - $1::text[])::text';
  const { rows } = await client.query<{ rows: string; hash: string }>({
    text: `SELECT count(*) AS rows, coalesce(sum(('x' || left(md5(${row}), 15))::bit(60)::bigint), 0) AS hash
      FROM ${quoteName(schemaOf(name, build))}.${quoteName(view)} v`,
    ...(sealedAnew.length > 0 && { values: [[...sealedAnew]] }),
    query_timeout: HOURS,
  } as never);
  return { rows: Number(rows[0]!.rows), hash: rows[0]!.hash };
}

const HOURS = 12 * 3_600_000;
