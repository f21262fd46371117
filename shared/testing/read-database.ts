import type { Recorded } from '../events/definition.js';
import { createPool, quoteName, withTransaction, type Queryable } from '../read-store/pool.js';
import type { Projection, ReadStore, ReadTransaction } from '../read-store/projection.js';
import { freshDatabase } from './parts.js';

export interface ReadDatabase {
  readonly store: ReadStore;
  apply(events: readonly Recorded[]): Promise<void>;
  /** Runs a statement as it is: for looking at rows and for damaging them. */
  query: ReadTransaction['query'];
}

/** An empty database whose stable schema holds the projection's own tables: apply and queries without the runtime. */
export async function readDatabase(t: { teardown(handler: () => unknown): void }, projection: Projection): Promise<ReadDatabase> {
  const schema = quoteName(projection.name);
  // tap runs teardowns last first: the pool ends before its database goes.
  const pool = createPool(await freshDatabase(t, `${projection.name}_read`), { applicationName: 'test', max: 2 });
  t.teardown(() => pool.end());
  await pool.query(`create schema ${schema}; set search_path = ${schema}; ${projection.tables} ${projection.indexes} set search_path = public`);
  const asTransaction = (client: Queryable): ReadTransaction => ({
    async query<Row extends object>(text: string, values: readonly unknown[] = [], name?: string) {
      const result = await client.query({ text, values: [...values], ...(name !== undefined && { name }) });
      return result.rows as Row[];
    },
  });
  const { query } = asTransaction(pool);
  return {
    query,
    store: { query, waitFor: async () => true, ping: async () => {}, close: async () => {} },
    apply: (events) =>
      withTransaction(pool, async (client) => {
        await client.query(`set local search_path = ${schema}; set local synchronous_commit = off`);
        await projection.apply(asTransaction(client), events);
      }),
  };
}
