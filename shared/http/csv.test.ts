import { parse } from 'csv-parse/sync';
import { test } from 'tap';
import { csvText } from './csv.js';

const text = (...cells: (string | number | undefined)[]): string => csvText({ header: cells.map((_, index) => `c${index}`), rows: [cells] }).split('\r\n').slice(1).join('\r\n');

test('lines end as RFC 4180 has them; what holds a comma, a quote or a line is quoted', async (t) => {
  t.equal(csvText({ header: ['month', 'in (CNY)'], rows: [['2026-01', '1.00'], ['2026-02', undefined], ['2026-03', 7]] }), 'month,in (CNY)\r\n2026-01,1.00\r\n2026-02,\r\n2026-03,7\r\n');
  for (const hard of ['a,b', 'say "yes"', 'two\r\nlines', 'two\nlines', 'two\rlines', '银行']) t.same(parse(text(hard, 'next'), { record_delimiter: '\r\n' }), [[hard, 'next']]);
});

test('no text is a formula, and an amount below zero stays a number', async (t) => {
  for (const formula of ['=1+1', '+1+1', '-1+1', '-cmd', '@SUM(A1)', '\t=1', '\r=1', '=HYPERLINK("http://x","y")']) t.same(parse(text(formula, 'next'), { record_delimiter: '\r\n' }), [[`'${formula}`, 'next']], JSON.stringify(formula));
  t.equal(text('-12.00', '-500', -3), '-12.00,-500,-3\r\n');
  t.equal(csvText({ header: ['=x'], rows: [] }), '\'=x\r\n');
});
