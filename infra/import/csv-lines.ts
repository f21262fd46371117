import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { CsvFormat } from './mapping.js';

/** One line of a CSV file, as text. `number` counts from 1, the heading included. */
export interface CsvLine {
  readonly number: number;
  /** About how many bytes of the file are read, for progress. */
  readonly bytesRead: number;
  readonly cells: readonly string[] | 'quotes_unbalanced' | 'undecodable' | 'too_long';
}

const BATCH_LINES = 500;
const MAX_LINE_CHARACTERS = 1_000_000;
const MAX_JOINED_LINES = 100;

interface RawLine {
  readonly number: number;
  readonly text: string;
  readonly bytesRead: number;
}

/**
 * Reads a file line by line, in bounded memory; a damaged line is answered as such and harms no other.
 * Empty lines are passed over. Throws what opening or reading the file throws.
 */
export async function* readCsvLines(path: string, format: CsvFormat): AsyncGenerator<CsvLine> {
  let batch: RawLine[] = [];
  for await (const line of format.multilineFields ? joinQuoted(textLines(path, format.encoding), format.quote) : textLines(path, format.encoding)) {
    if (line.text.trim() === '') continue;
    batch.push(line);
    if (batch.length < BATCH_LINES) continue;
    yield* cellsOf(batch, format);
    batch = [];
  }
  yield* cellsOf(batch, format);
}

// One call of the parser for many lines is several times faster than one for each; lines it could misread never reach it.
function* cellsOf(batch: readonly RawLine[], format: CsvFormat): Generator<CsvLine> {
  const damage = batch.map((line) => damageOf(line.text, format.quote));
  const sound = batch.filter((_, index) => damage[index] === undefined);
  const records = parseAll(sound.map((line) => line.text), format);
  let next = 0;
  for (const [index, { number, bytesRead }] of batch.entries()) {
    yield { number, bytesRead, cells: damage[index] ?? records[next++]! };
  }
}

type Damage = Exclude<CsvLine['cells'], readonly string[]>;

function damageOf(text: string, quote: string): Damage | undefined {
  if (text.length > MAX_LINE_CHARACTERS) return 'too_long';
  if (text.includes('\uFFFD')) return 'undecodable';
  return isBalanced(text, quote) ? undefined : 'quotes_unbalanced';
}

function parseAll(lines: readonly string[], format: CsvFormat): (string[] | Damage)[] {
  const options = { delimiter: format.delimiter, quote: format.quote, relax_column_count: true, record_delimiter: '\n', escape: format.quote };
  try {
    const records: string[][] = parse(lines.join('\n'), options);
    if (records.length === lines.length) return records;
  } catch {
    // One of them is malformed: each alone will tell which.
  }
  return lines.map((line) => {
    try {
      const records: string[][] = parse(line, options);
      return records.length === 1 ? records[0]! : 'quotes_unbalanced';
    } catch {
      return 'quotes_unbalanced';
    }
  });
}

async function* textLines(path: string, encoding: string): AsyncGenerator<RawLine> {
  const decoder = new TextDecoder(encoding);
  let rest = '';
  let number = 0;
  let bytesRead = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    bytesRead += (chunk as Buffer).length;
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = lines.pop()!;
    // A file without line breaks must not fill the memory: what is longer than any line may be is cut, and will be refused.
    if (rest.length > 2 * MAX_LINE_CHARACTERS) rest = rest.slice(0, MAX_LINE_CHARACTERS + 1);
    const bytesBefore = bytesRead - (chunk as Buffer).length;
    for (const [index, text] of lines.entries()) {
      const part = Math.floor(((chunk as Buffer).length * (index + 1)) / lines.length);
      yield { number: ++number, text: withoutReturn(text), bytesRead: bytesBefore + part };
    }
  }
  rest += decoder.decode();
  if (rest !== '') yield { number: ++number, text: withoutReturn(rest), bytesRead };
}

/** Joins lines while a quoted field is open; the number is that of the first. */
async function* joinQuoted(lines: AsyncIterable<RawLine>, quote: string): AsyncGenerator<RawLine> {
  let open: RawLine | undefined;
  for await (const line of lines) {
    const joined: RawLine = open ? { ...line, number: open.number, text: `${open.text}\n${line.text}` } : line;
    // A quote that is never closed may not swallow the rest of the file.
    open = isBalanced(joined.text, quote) || line.number - joined.number >= MAX_JOINED_LINES ? undefined : joined;
    if (!open) yield joined;
  }
  if (open) yield open;
}

const isBalanced = (text: string, quote: string): boolean => text.split(quote).length % 2 === 1;
const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);
