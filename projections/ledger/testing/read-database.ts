import type { Recorded } from '../../../shared/events/definition.js';
import { createPool, withTransaction, type Queryable } from '../../../shared/read-store/pool.js';
import type { ReadStore, ReadTransaction } from '../../../shared/read-store/projection.js';
import { freshDatabase } from '../../../shared/testing/parts.js';
import { ledgerProjection } from '../projection.js';

export interface ReadDatabase {
  readonly store: ReadStore;
  apply(events: readonly Recorded[]): Promise<void>;
  /** Runs a statement as it is: for looking at rows and for damaging them. */
  query: ReadTransaction['query'];
  /** Every row of every table as text, in a fixed order. */
  everything(): Promise<Record<string, readonly string[]>>;
  empty(): Promise<void>;
}

/** An empty database whose schema `ledger` holds the projection's own tables. */
export async function readDatabase(t: { teardown(handler: () => unknown): void }): Promise<ReadDatabase> {
  // tap runs teardowns last first: the pool ends before its database goes.
  const pool = createPool(await freshDatabase(t, 'ledger_read'), { applicationName: 'test', max: 2 });
  t.teardown(() => pool.end());
  await pool.query(`create schema ledger; set search_path = ledger; ${ledgerProjection.tables} ${ledgerProjection.indexes} set search_path = public`);
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
        await client.query('set local search_path = ledger; set local synchronous_commit = off');
        await ledgerProjection.apply(asTransaction(client), events);
      }),
    async everything() {
      const tables = await Promise.all(ledgerProjection.views.map(async (table) => {
        const rows = await query<{ row: string }>(`select t::text as row from ledger.${table} as t order by 1`);
        return [table, rows.map(({ row }) => row)] as const;
      }));
      return Object.fromEntries(tables);
    },
    empty: async () => void (await query(ledgerProjection.views.map((table) => `delete from ledger.${table};`).join(' '))),
  };
}
