import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { FakeBank } from './fake-bank.js';
import { parseMapping } from './load-mapping.js';
import { silentProgress } from './progress.js';
import { runImport } from './run-import.js';

const european = { type: 'decimal', decimalMark: ',', groupMark: '.' };
const column = (name: string) => ({ from: 'column', name });

/** Files as unlike the other set's as the mapping allows: UTF-8 with BOM, commas, signed amounts, no heading, no date order, transfers, openings. */
const MAPPING = {
  name: 'other',
  files: {
    people: { path: 'people.csv', columns: { number: { type: 'text' }, name: { type: 'text' } } },
    accounts: {
      path: 'accounts.csv', format: { delimiter: '|', header: false },
      columns: { id: { type: 'text' }, owner: { type: 'text' }, opening: { type: 'decimal' }, opened: { type: 'date', format: 'YYYY-MM-DD' } },
    },
    moves: {
      path: 'moves.csv', format: { multilineFields: true },
      columns: {
        id: { type: 'text' }, day: { type: 'date', format: 'DD.MM.YYYY' }, account: { type: 'text' }, to: { type: 'text' },
        amount: european, balance: european, text: { type: 'text' },
      },
    },
  },
  customers: {
    file: 'people', id: column('number'),
    body: { kind: 'individual', name: column('name'), idDocument: { type: 'FOREIGN-ID', number: column('number') } },
  },
  accounts: {
    file: 'accounts', id: column('id'), owner: column('owner'), product: 'demand-savings', currency: 'CZK',
    openingBalance: { amount: column('opening'), bookingDate: column('opened') },
  },
  movements: {
    file: 'moves', id: column('id'), account: column('account'), bookingDate: column('day'),
    kind: {
      from: 'choice', of: column('to'), otherwise: 'transfer',
      cases: {
        '': { from: 'choice', of: { from: 'sign', of: column('amount') }, cases: { positive: 'deposit', negative: 'withdrawal', zero: 'deposit' } },
      },
    },
    to: column('to'), amount: { from: 'magnitude', of: column('amount') }, channel: 'online',
    memo: column('text'), inDateOrder: false,
    recordedBalance: { value: column('balance'), tolerance: '0' },
  },
};

t.test('signed amounts, transfers and opening balances, in a file without order', async (t) => {
  const bank = new FakeBank();
  const dir = await mkdtemp(join(tmpdir(), 'import-'));
  t.teardown(async () => {
    await bank.close();
    await rm(dir, { recursive: true });
  });
  await writeFile(join(dir, 'people.csv'), '\uFEFFnumber,name\nA-1,"Li, Wei"\nB-2,Żółć\n');
  await writeFile(join(dir, 'accounts.csv'), '1|A-1|100.00|2024-01-01\n2|B-2|0|2024-01-01\n');
  await writeFile(join(dir, 'moves.csv'), [
    'id,day,account,to,amount,balance,text',
    'm3,03.01.2024,1,2,"-1.000,50","99,50",rent',
    'm4,04.01.2024,2,,"-0,50","1.000,00","a fee\nof two lines"',
    'm1,02.01.2024,1,,"1.000,00","1.100,00",',
    'm5,04.01.2024,2,,"0,00","1.000,00",nothing',
    'm6,05.01.2024,2,7,"-1,00","999,00",to nobody',
  ].join('\r\n'));
  const summary = await runImport({ mapping: parseMapping(JSON.stringify(MAPPING), 'other.json'), digest: '' }, dir, {
    url: await bank.listen(), token: 'right', concurrency: 4, patienceMs: 5_000, projectionPatienceMs: 0,
    reportPath: join(dir, 'report.jsonl'), statePath: join(dir, 'state.jsonl'), progress: silentProgress,
  });
  t.strictSame(bank.posted.map(({ minor, bookingDate }) => [bookingDate, minor]), [
    ['2024-01-01', 10000n], ['2024-01-02', 100000n], ['2024-01-03', -100050n], ['2024-01-03', 100050n], ['2024-01-04', -50n],
  ]);
  t.strictSame(summary.refusals, { amount_not_positive: 1, account_not_imported: 1 });
  t.match(summary.recordedBalances, [{ againstRecordedBefore: { checked: 3, reconciled: 3 }, againstOwn: { checked: 3, reconciled: 3 } }]);
  t.match(summary.lines, { 'opening-balance': { accepted: 1 }, transfer: { accepted: 1 } });
  t.strictSame(summary.bankBalances, { checked: 2, differing: [] });
  t.strictSame([...bank.customers.values()].map((customer) => customer['name']).sort(), ['Li, Wei', 'Żółć']);
  t.match(await readFile(join(dir, 'report.jsonl'), 'utf8'), /"line":7,"id":"m6"/, 'lines are counted as an editor shows them');
});
