import type { ReadTransaction } from '../../shared/read-store/projection.js';

/** Column name → Postgres type, in the order of the statement's columns. */
export type Columns = Readonly<Record<string, string>>;
export type Cell = string | number | bigint | boolean | null;
export type RowOf<C extends Columns> = { readonly [Name in keyof C]: Cell };

/**
 * `from unnest(…) as batch(…)`: a whole batch in one statement of constant text. Every column travels as one array; array and JSON columns
 * travel as text, because unnest would flatten an array of arrays.
 */
export const fromBatch = (columns: Columns): string => {
  const arrays = Object.values(columns).map((type, index) => `$${index + 1}::${travelsAsText(type) ? 'text' : type}[]`);
  return `from unnest(${arrays.join(', ')}) as batch(${Object.keys(columns).join(', ')})`;
};

/** A column of the batch in its own type. */
export const batchColumn = (columns: Columns, name: string): string => `batch.${name}${travelsAsText(columns[name]!) ? `::${columns[name]}` : ''}`;

export const insertBatch = (table: string, columns: Columns): string =>
  `insert into ${table} (${Object.keys(columns).join(', ')}) select ${Object.keys(columns).map((name) => batchColumn(columns, name)).join(', ')} ${fromBatch(columns)}`;

const travelsAsText = (type: string): boolean => type.endsWith('[]') || type === 'jsonb';

/** Runs a prepared statement made with `fromBatch` or `insertBatch`; nothing to do for no rows. */
export async function runBatch<C extends Columns>(tx: ReadTransaction, name: string, text: string, columns: C, rows: readonly RowOf<C>[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(text, Object.keys(columns).map((column) => rows.map((row) => row[column]!)), name);
}

/** A Postgres array literal of ids. */
export const uuidArray = (ids: readonly string[]): string => `{${ids.join(',')}}`;
