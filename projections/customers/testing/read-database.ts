import type { Recorded } from '../../../shared/events/definition.js';
import { createPool, withTransaction, type Queryable } from '../../../shared/read-store/pool.js';
import type { Projection, ReadStore, ReadTransaction } from '../../../shared/read-store/projection.js';
import { freshDatabase } from '../../../shared/testing/parts.js';

export interface ReadDatabase {
  readonly store: ReadStore;
  apply(events: readonly Recorded[]): Promise<void>;
  query: ReadTransaction['query'];
}

/** An empty database whose schema `customers` holds the projection's own tables. */
export async function readDatabase(t: { teardown(handler: () => unknown): void }, projection: Projection): Promise<ReadDatabase> {
  const pool = createPool(await freshDatabase(t, 'customers_read'), { applicationName: 'test', max: 2 });
  t.teardown(() => pool.end());
  await pool.query(`create schema customers; set search_path = customers; ${projection.tables} ${projection.indexes} set search_path = public`);
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
        await client.query('set local search_path = customers');
        await projection.apply(asTransaction(client), events);
      }),
  };
}
