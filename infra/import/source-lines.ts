import { join } from 'node:path';
import { readCsvLines, type CsvLine } from './csv-lines.js';
import { readCell } from './column-values.js';
import type { LineFault } from './line-faults.js';
import { formatOf, type MappedFile, type Mapping } from './mapping.js';
import { MappingUnusable } from './load-mapping.js';

/** A line of a source file with its declared columns read by their types. */
export interface SourceLine {
  readonly file: string;
  readonly number: number;
  readonly bytesRead: number;
  readonly values: Readonly<Record<string, string | undefined>>;
  /** What could not be read. A column with a fault has no value. */
  readonly faults: readonly LineFault[];
}

/** Reads a file of the mapping. Throws MappingUnusable where the file is not there or lacks a declared column. */
export async function* readSourceLines(mapping: Mapping, name: string, dir: string): AsyncGenerator<SourceLine> {
  const file = mapping.files[name]!;
  const format = formatOf(mapping, file);
  let heading: readonly string[] | undefined = format.header ? undefined : Object.keys(file.columns);
  for await (const line of openedLines(join(dir, file.path), name, readCsvLines(join(dir, file.path), format))) {
    if (heading) yield readLine(line, file, heading);
    else heading = checkedHeading(line, file, name, dir);
  }
  if (!heading) throw new MappingUnusable(join(dir, file.path), ['is empty: a line with the names of its columns was expected']);
}

// A missing or unreadable file is the mapping's or the folder's fault, not a line's.
async function* openedLines(path: string, name: string, lines: AsyncIterable<CsvLine>): AsyncGenerator<CsvLine> {
  try {
    yield* lines;
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'syscall' in error) throw new MappingUnusable(path, [`files.${name}.path: ${error.message}`]);
    throw error;
  }
}

function checkedHeading(line: CsvLine, file: MappedFile, name: string, dir: string): readonly string[] {
  const path = join(dir, file.path);
  if (typeof line.cells === 'string')
    throw new MappingUnusable(path, [`its first line cannot be read (${line.cells}): is files.${name}.format right?`]);
  const heading = line.cells.map((cell) => cell.trim());
  const missing = Object.keys(file.columns).filter((column) => !heading.includes(column));
  if (missing.length > 0) {
    const fault = (column: string) => `files.${name}.columns.${column}: the file has no such column; it has ${heading.join(', ')}`;
    throw new MappingUnusable(path, missing.map(fault));
  }
  return heading;
}

function readLine(line: CsvLine, file: MappedFile, heading: readonly string[]): SourceLine {
  const at = { file: file.path, number: line.number, bytesRead: line.bytesRead };
  if (typeof line.cells === 'string') {
    return { ...at, values: {}, faults: [{ field: '(line)', code: `line_${line.cells}`, detail: DAMAGE[line.cells] }] };
  }
  if (line.cells.length !== heading.length) {
    const detail = `has ${line.cells.length} columns where the heading has ${heading.length}`;
    return { ...at, values: {}, faults: [{ field: '(line)', code: 'line_columns_wrong', detail }] };
  }
  const values: Record<string, string | undefined> = {};
  const faults: LineFault[] = [];
  for (const [column, type] of Object.entries(file.columns)) {
    const value = readCell(line.cells[heading.indexOf(column)]!, column, type);
    if (typeof value === 'object') faults.push(value);
    else values[column] = value;
  }
  return { ...at, values, faults };
}

const DAMAGE = {
  quotes_unbalanced: 'has a quotation mark that is not closed or stands inside a field',
  undecodable: 'holds bytes that are not text in the encoding of the file',
  too_long: 'is longer than a line may be',
} as const;
