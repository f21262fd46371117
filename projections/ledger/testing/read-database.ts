import { readDatabase as readDatabaseOf, type ReadDatabase } from '../../../shared/testing/read-database.js';
import { ledgerProjection } from '../projection.js';

export interface LedgerReadDatabase extends ReadDatabase {
  /** Every row of every table as text, in a fixed order. */
  everything(): Promise<Record<string, readonly string[]>>;
  empty(): Promise<void>;
}

/** The ledger's read model on an empty database, with its rows at hand. */
export async function readDatabase(t: { teardown(handler: () => unknown): void }): Promise<LedgerReadDatabase> {
  const database = await readDatabaseOf(t, ledgerProjection);
  const { query } = database;
  return {
    ...database,
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
