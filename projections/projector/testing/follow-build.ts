import type { Recorded } from '../../../shared/events/definition.js';
import { createPool, type Pool } from '../../../shared/read-store/pool.js';
import type { Projection } from '../../../shared/read-store/projection.js';
import { freshDatabase } from '../../../shared/testing/parts.js';
import { beginBuild, goLive, makeIndexes, prepareBuilds } from '../builds.js';
import { schemaOf } from '../tables.js';
import { inSchema } from '../transaction.js';

export interface ProjectionFixture {
  readonly pool: Pool;
  /** Applies the events as one batch, in one transaction. */
  apply(events: readonly Recorded[]): Promise<void>;
  /** The rows of a statement on the stable schema, as queries see it. */
  rows<Row extends object = Record<string, unknown>>(statement: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A projection's real tables, indexes and views in an empty database: given events, when applied, then these rows. */
export async function projectionFixture(t: { teardown(handler: () => unknown): void }, projection: Projection): Promise<ProjectionFixture> {
  // tap runs teardowns last first: the pool ends before its database goes.
  const pool = createPool(await freshDatabase(t, projection.name), { applicationName: 'projection test', max: 3 });
  t.teardown(() => pool.end());
  await prepareBuilds(pool);
  await beginBuild(pool, projection);
  await makeIndexes(pool, projection, 1);
  await goLive(pool, projection, 1, async () => {});
  return {
    pool,
    apply: (events) => inSchema(pool, schemaOf(projection.name, 1), (tx) => projection.apply(tx, events)),
    rows: async <Row extends object>(statement: string, values: readonly unknown[] = []) => (await pool.query(statement, [...values])).rows as Row[],
  };
}
