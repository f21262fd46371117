import type { ReadTransaction } from './projection.js';

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

/** A prepared statement with its values. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}
/** What a part has to write, made one by one as asked for; undefined where there is nothing. */
export type Statements = Iterable<Statement | undefined>;

/** A statement made with `fromBatch` or `insertBatch`; undefined for no rows. */
export const batchStatement = <C extends Columns>(name: string, text: string, columns: C, rows: readonly RowOf<C>[]): Statement | undefined =>
  rows.length === 0 ? undefined : { name, text, values: Object.keys(columns).map((column) => arrayLiteral(rows.map((row) => row[column]!))) };

/** Runs them one after the other; while Postgres works on one, the next is made. */
export async function runInTurn(tx: ReadTransaction, statements: Statements): Promise<void> {
  let running: Promise<unknown> | undefined;
  try {
    for (const statement of statements) {
      if (!statement) continue;
      await running;
      running = tx.query(statement.text, statement.values, statement.name);
      running.catch(() => {}); // awaited in its turn; making the next statement must not leave it unobserved
    }
  } finally {
    await running;
  }
}

/** A Postgres array literal. Written here because the client library's own costs more than all the rest of a batch. */
const arrayLiteral = (cells: readonly Cell[]): string => `{${cells.map((cell) => (cell === null ? 'NULL' : typeof cell === 'string' ? quote(cell) : cell)).join(',')}}`;

const quote = (text: string): string => `"${/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`;

/** A Postgres array literal of ids. */
export const uuidArray = (ids: readonly string[]): string => `{${ids.join(',')}}`;
