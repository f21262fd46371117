import type { Recorded } from '../events/definition.js';
import { NumberColumn } from '../kernel/columns.js';
import type { KeyTable } from '../kernel/key-table.js';
import type { ReadTransaction } from './projection.js';

/** One place where a read model is not what the log says. Sealed values stay sealed in it. */
export interface Difference {
  readonly projection: string;
  readonly table: string;
  /** The row's key, its columns joined by "/". */
  readonly key: string;
  readonly kind: 'missing' | 'extra' | 'changed';
  /** Only where changed. */
  readonly column?: string;
  readonly expected?: string | null;
  readonly found?: string | null;
}

/** Reads inside one repeatable-read transaction, so that rows and checkpoint belong together. */
export type ReadRows = ReadTransaction['query'];

/** A row as text, column by column: amounts and dates as Postgres prints them, times by `timeText`, JSON by `jsonText`. */
export type TextRow = Readonly<Record<string, string | null>>;

/**
 * Computes from the log what a read model must hold, on its own and in the simplest way: it shares no code with the projection's `apply`.
 * Gets every event up to the checkpoint, personal fields still sealed.
 */
export interface Verifier {
  /** Takes the next event; now and then gives the differences of a stretch that is complete. */
  take(recorded: Recorded): AsyncIterable<Difference> | undefined;
  /** After the last event: all that is left to compare, rows that should not be there included. */
  finish(): AsyncIterable<Difference>;
}

export async function* verifyWith(verifiers: readonly Verifier[], events: AsyncIterable<Recorded>): AsyncGenerator<Difference> {
  for await (const recorded of events)
    for (const verifier of verifiers) {
      const differences = verifier.take(recorded);
      if (differences) yield* differences;
    }
  for (const verifier of verifiers) yield* verifier.finish();
}

/** A table as `verify` reads it. */
export interface VerifiedTable {
  readonly projection: string;
  /** Qualified: the stable schema's view. */
  readonly table: string;
  /** Names among the columns, unique together. */
  readonly key: readonly string[];
  /** Every column with its Postgres type. */
  readonly columns: Readonly<Record<string, string>>;
}

const PAGE = 5_000;

/** All rows, or those that `where` (over $1, $2 …) names, by keyset, a page in memory at a time. */
export async function* readRows(read: ReadRows, table: VerifiedTable, where = 'true', values: readonly unknown[] = []): AsyncGenerator<TextRow> {
  const columns = Object.entries(table.columns).map(([name, type]) => `${asText(name, type)} as ${name}`);
  const key = table.key.join(', ');
  const place = table.key.map((name, index) => `$${values.length + index + 1}::${table.columns[name]}`).join(', ');
  for (let after: readonly unknown[] = []; ; ) {
    const rows = await read<Record<string, string | null>>(
      `select ${columns.join(', ')} from ${table.table} as found
       where (${where}) ${after.length > 0 ? `and (${key}) > (${place})` : ''} order by ${table.key.map((name) => `found.${name}`).join(', ')} limit ${PAGE}`,
      [...values, ...after],
    );
    for (const row of rows) yield canonical(row, table);
    if (rows.length < PAGE) return;
    after = table.key.map((name) => rows.at(-1)![name]);
  }
}

/** Compares the rows found with those expected by key; takes from `expected` what it has met. One difference per changed column. */
export async function* compareRows<T>(
  table: VerifiedTable,
  expected: Map<string, T>,
  textOf: (expected: T) => TextRow,
  found: AsyncIterable<TextRow>,
): AsyncGenerator<Difference> {
  for await (const row of found) {
    const key = keyText(table, row);
    const wanted = expected.get(key);
    yield* compareRow(table, wanted && textOf(wanted), row);
    expected.delete(key);
  }
  for (const key of expected.keys()) yield missingRow(table, key);
  expected.clear();
}

/** The same for what is expected of very many rows: `keys` names them, `textOf` writes out the row of a slot. */
export async function* compareSlots(table: VerifiedTable, keys: KeyTable, textOf: (slot: number) => TextRow, found: AsyncIterable<TextRow>): AsyncGenerator<Difference> {
  const met = new NumberColumn(Uint8Array);
  for await (const row of found) {
    const slot = keys.find(keyText(table, row));
    yield* compareRow(table, slot >= 0 ? textOf(slot) : undefined, row);
    if (slot >= 0) met.set(slot, 1);
  }
  for (const slot of keys.slots()) if (met.get(slot) === 0) yield missingRow(table, keys.keyOf(slot));
}

export function* compareRow({ projection, table, key, columns }: VerifiedTable, wanted: TextRow | undefined, row: TextRow): Generator<Difference> {
  const at = { projection, table, key: keyText({ key }, row) };
  if (wanted === undefined) return yield { ...at, kind: 'extra' };
  for (const column of Object.keys(columns))
    if (wanted[column] !== row[column]) yield { ...at, kind: 'changed', column, expected: wanted[column] ?? null, found: row[column] ?? null };
}

export const missingRow = ({ projection, table }: VerifiedTable, key: string): Difference => ({ projection, table, key, kind: 'missing' });

export async function* inBatches<T>(items: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** The same table with the named columns alone. */
export const columnsOf = (table: VerifiedTable, names: readonly string[]): VerifiedTable =>
  ({ ...table, columns: Object.fromEntries(Object.entries(table.columns).filter(([name]) => names.includes(name))) });

export const keyText = ({ key }: Pick<VerifiedTable, 'key'>, row: TextRow): string => key.map((name) => row[name]).join('/');

/** As `readRows` gives a timestamptz: microseconds, UTC. Times in read models are whole milliseconds. */
export const timeText = (iso: string): string => `${new Date(iso).toISOString().slice(0, -1)}000Z`;

/** JSON with its keys in order, so that equal values are equal text. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );

function asText(name: string, type: string): string {
  if (type === 'timestamptz') return `to_char(found.${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  if (type === 'date') return `to_char(found.${name}, 'YYYY-MM-DD')`;
  return `found.${name}::text`;
}

function canonical(row: Record<string, string | null>, { columns }: VerifiedTable): TextRow {
  for (const [name, type] of Object.entries(columns)) {
    const text = row[name];
    if (type === 'jsonb' && text != null) row[name] = jsonText(JSON.parse(text));
  }
  return row;
}
