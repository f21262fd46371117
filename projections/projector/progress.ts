import type { Pool } from '../../shared/read-store/pool.js';

/** How far the build of a projection that queries see has come. */
export interface ProjectionProgress {
  readonly projection: string;
  /** Position of its slowest lane; -1n where nothing is live. */
  readonly position: bigint;
  readonly live: boolean;
  readonly halted: readonly { readonly lane: string; readonly reason: string }[];
  /** Events set aside with their streams. */
  readonly parked: number;
}

/** As the projectors have stored it, whichever process they are in; one for each name. */
export async function progressOf(readPool: Pool, projections: readonly string[]): Promise<ProjectionProgress[]> {
  const { rows: there } = await readPool.query<{ found: boolean }>(`SELECT to_regclass('projector.lanes') IS NOT NULL AS found`);
  const { rows } = there[0]?.found ? await readPool.query<ProgressRow>({ name: 'projection-progress', text: PROGRESS }) : { rows: [] };
  return projections.map((projection) => {
    const row = rows.find((one) => one.projection === projection);
    if (!row) return { projection, position: -1n, live: false, halted: [], parked: 0 };
    return { projection, position: BigInt(row.position), live: true, halted: row.halted ?? [], parked: Number(row.parked) };
  });
}

interface ProgressRow {
  readonly projection: string;
  readonly position: string;
  readonly halted: { lane: string; reason: string }[] | null;
  readonly parked: string;
}

const PROGRESS = `
  SELECT b.projection, min(l.position) AS position,
    json_agg(json_build_object('lane', l.topic || '/' || l.partition, 'reason', l.halted) ORDER BY l.topic, l.partition) FILTER (WHERE l.halted IS NOT NULL) AS halted,
    (SELECT count(*) FROM projector.parked p WHERE p.projection = b.projection AND p.build = b.build) AS parked
  FROM projector.builds b JOIN projector.lanes l USING (projection, build) WHERE b.state = 'live' GROUP BY b.projection, b.build`;
