import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readDate, readCell } from './column-values.js';
import { readCsvLines } from './csv-lines.js';
import { evaluate, evaluateBody } from './evaluate.js';
import { Lookups } from './lookups.js';
import { mappingSchema, type Expression } from './mapping.js';
import { minorUnits } from './minor-units.js';
import type { SourceLine } from './source-lines.js';

const dir = await mkdtemp(join(tmpdir(), 'import-'));
t.teardown(() => rm(dir, { recursive: true }));
const none = await Lookups.load(mappingSchema.parse({ name: 'x', files: {} }), dir);
const line = (values: Record<string, string | undefined>): SourceLine => ({ file: 'f', number: 3, bytesRead: 0, values, faults: [] });
const value = (expression: Expression, values: Record<string, string | undefined>) => evaluate(expression, line(values), none, 'field');
const of = { from: 'column', name: 'v' } as const;

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

t.test('dates', async (t) => {
  t.equal(readDate('930228', 'YYMMDD', 1900), '1993-02-28');
  t.equal(readDate('930229', 'YYMMDD', 1900), undefined);
  t.equal(readDate('960229', 'YYMMDD', 1900), '1996-02-29');
  t.equal(readDate('28.02.2024', 'DD.MM.YYYY', undefined), '2024-02-28');
  t.equal(readDate('28x02x2024', 'DD.MM.YYYY', undefined), undefined);
  t.equal(readDate('9302281', 'YYMMDD', 1900), undefined);
  t.equal(readDate('0000-02-28', 'YYYY-MM-DD', undefined), undefined, 'no bank has a year 0');
  t.equal(readDate('0001-02-28', 'YYYY-MM-DD', undefined), '0001-02-28');
});

t.test('decimals are exact, whatever their marks', async (t) => {
  const european = { type: 'decimal', decimalMark: ',', groupMark: '.' } as const;
  t.equal(readCell('1.234.567,80', 'amount', european), '1234567.80');
  t.equal(readCell('-0007', 'amount', { type: 'decimal', decimalMark: '.' }), '-7');
  t.equal(readCell('  ', 'amount', european), undefined);
  t.strictSame(readCell('12,x', 'amount', european), { field: 'amount', code: 'decimal_malformed', detail: 'is not a decimal' });
  t.equal(minorUnits('700', 'CZK', 'amount'), 70000n);
  t.equal(minorUnits('-700.500', 'CZK', 'amount'), -70050n);
  t.equal(minorUnits('700', 'JPY', 'amount'), 700n);
  t.match(thrownBy(() => minorUnits('0.005', 'CZK', 'amount')), { faults: [{ code: 'amount_scale' }] });
});

t.test('the named functions', async (t) => {
  t.equal(value({ from: 'birthNumberDate', of }, { v: '706213' }), '1970-12-13');
  t.equal(value({ from: 'birthNumberSex', of }, { v: '706213' }), 'female');
  t.equal(value({ from: 'birthNumberSex', of }, { v: '450204' }), 'male');
  t.match(thrownBy(() => value({ from: 'birthNumberDate', of }, { v: '451304' })), { faults: [{ field: 'field', code: 'birth_number_malformed' }] });
  t.equal(value({ from: 'phoneNumber', prefix: '+42073', digits: 7, of }, { v: '42' }), '+420730000042');
  t.match(thrownBy(() => value({ from: 'phoneNumber', prefix: '+42073', digits: 2, of }, { v: '421' })), { faults: [{ code: 'number_unfit' }] });
  t.equal(value({ from: 'text', template: 'Client {v}' }, { v: '1' }), 'Client 1');
  t.equal(value({ from: 'text', template: 'Client {v}' }, {}), undefined);
  t.equal(value({ from: 'first', of: [of, 'else'] }, {}), 'else');
  t.equal(value({ from: 'join', parts: ['a', of, 'c'], separator: '-', max: 2 }, {}), 'a-');
  t.equal(value({ from: 'lineNumber' }, {}), '3');
  t.equal(value('', {}), undefined);
  t.equal(value({ from: 'sign', of }, { v: '-0.01' }), 'negative');
  t.equal(value({ from: 'sign', of }, { v: '-0.00' }), 'zero');
  t.equal(value({ from: 'magnitude', of }, { v: '-0.01' }), '0.01');
  const choice = { from: 'choice', of, cases: { PRIJEM: 'deposit', '': 'none' } } as const;
  t.equal(value(choice, { v: 'PRIJEM' }), 'deposit');
  t.equal(value(choice, {}), 'none');
  t.match(thrownBy(() => value(choice, { v: 'toString' })), { faults: [{ code: 'value_not_mapped' }] });
});

t.test('a body leaves out what has no value and names all faults', async (t) => {
  const birth = { from: 'birthNumberDate', of } as const;
  t.strictSame(evaluateBody({ a: of, b: [of, 'x'], c: { d: of, e: 1 } }, line({}), none), { b: ['x'], c: { e: 1 } });
  t.match(thrownBy(() => evaluateBody({ a: birth, b: { c: [birth] } }, line({ v: 'x' }), none)), { faults: [{ field: 'a' }, { field: 'b.c.0' }] });
});

async function cellsOf(bytes: Buffer | string, format: Partial<Parameters<typeof readCsvLines>[1]> = {}): Promise<unknown[]> {
  const path = join(dir, 'file.csv');
  await writeFile(path, bytes);
  const lines: unknown[] = [];
  const whole = { encoding: 'utf-8', delimiter: ';', quote: '"', header: true, multilineFields: false, ...format };
  for await (const { number, cells } of readCsvLines(path, whole)) lines.push([number, cells]);
  return lines;
}

t.test('files of every kind', async (t) => {
  const mixed = [[1, ['a', 'b']], [2, ['x "y"', '2']], [4, ['3', '4;5']]];
  t.strictSame(await cellsOf('\uFEFFa;b\r\n"x ""y""";2\n\n3;"4;5"'), mixed, 'BOM, mixed line ends, an empty line, no end');
  t.strictSame(await cellsOf(Buffer.from([0x4b, 0xe1, 0x3b, 0x31])  , { encoding: 'latin1' }), [[1, ['Ká', '1']]]);
  const notUtf8 = Buffer.from([0x61, 0x0a, 0xe1, 0x0a, 0x62]);
  t.strictSame(await cellsOf(notUtf8), [[1, ['a']], [2, 'undecodable'], [3, ['b']]], 'bytes that are not UTF-8 cost their line');
  const open = [[1, ['a', 'b']], [2, 'quotes_unbalanced'], [3, ['3', '4']], [4, 'quotes_unbalanced'], [5, ['7', '8']]];
  t.strictSame(await cellsOf('a;b\n"1;2\n3;4\n5";6\n7;8'), open);
  t.strictSame(await cellsOf('a;b\nx"y"z;2\n3;4'), [[1, ['a', 'b']], [2, 'quotes_unbalanced'], [3, ['3', '4']]]);
  t.strictSame(await cellsOf('a;b\n"1\n2";3\n4;5', { multilineFields: true }), [[1, ['a', 'b']], [2, ['1\n2', '3']], [4, ['4', '5']]]);
  const many = await cellsOf(Array.from({ length: 20_000 }, (_, index) => `${index};"é${index}"`).join('\n'));
  t.equal(many.length, 20_000);
  t.strictSame(many[19_999], [20_000, ['19999', 'é19999']], 'across the pieces in which a file is read');
});
