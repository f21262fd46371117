import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { BankUnavailable } from './bank-client.js';
import { FakeBank } from './fake-bank.js';
import { loadMapping, MappingUnusable } from './load-mapping.js';
import { silentProgress } from './progress.js';
import { runImport, type ImportOptions } from './run-import.js';
import { isComplete, summaryInWords } from './summary.js';

// The compiled tests run in dist; mappings and fixtures are data and stay in the sources.
const SOURCES = new URL('../../../infra/import/', import.meta.url).pathname;
const FIXTURE = join(SOURCES, 'fixtures/small-berka');
const BALANCES = { '1': '3184.65', '2': '4193.77', '3': '-434.41', '4': '1147.53' };

interface Set {
  readonly bank: FakeBank;
  readonly dir: string;
  readonly data: string;
  readonly options: ImportOptions;
}

async function setUp(test: Test): Promise<Set> {
  const bank = new FakeBank();
  const dir = await mkdtemp(join(tmpdir(), 'import-'));
  const data = join(dir, 'data');
  await cp(FIXTURE, data, { recursive: true });
  test.teardown(async () => {
    await bank.close();
    await rm(dir, { recursive: true });
  });
  const options = {
    url: await bank.listen(), token: 'right', concurrency: 8, patienceMs: 20_000, projectionPatienceMs: 0,
    reportPath: join(dir, 'report.jsonl'), statePath: join(dir, 'state.jsonl'), progress: silentProgress,
  };
  return { bank, dir, data, options };
}

const berka = () => loadMapping(join(SOURCES, 'mappings/berka.json'));

async function results(options: ImportOptions): Promise<Record<string, unknown>[]> {
  const lines = (await readFile(options.reportPath, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  return lines.filter((line) => !('summary' in line));
}

/** By the source's account ids, as the accounts came in. */
async function balancesOf({ bank, options }: Set): Promise<Record<string, string>> {
  const accounts = (await results(options)).filter((line) => line['as'] === 'account' && line['outcome'] !== 'refused');
  return Object.fromEntries(accounts.map((line) => {
    const minor = bank.accounts.get(line['bankId'] as string)!.balance;
    return [line['id'], `${minor < 0n ? '-' : ''}${String(minor).replace('-', '').padStart(3, '0').replace(/(..)$/, '.$1')}`];
  }));
}

t.test('nothing is sent before every file is there with its columns; all that is missing is told at once', async (t) => {
  const { bank, data, options } = await setUp(t);
  await rm(join(data, 'trans.asc'));
  const accounts = (await readFile(join(data, 'account.asc'), 'latin1')).replace('account_id', 'account');
  await writeFile(join(data, 'account.asc'), accounts, 'latin1');
  const error: unknown = await runImport(await berka(), data, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof MappingUnusable)) throw error;
  t.match([...error.faults].sort(), [/^files\.accounts\.columns\.account_id: the file has no such column/, /^files\.transactions\.path: ENOENT/]);
  t.equal(error.faults.length, 2);
  t.same([bank.customers.size, bank.accounts.size, bank.posted.length], [0, 0, 0]);
});

t.test('a whole folder comes in, and what cannot is named by line, field and code', async (t) => {
  const set = await setUp(t);
  const summary = await runImport(await berka(), set.data, set.options);

  t.match(summary.lines, {
    customer: { accepted: 5, refused: 1 },
    account: { accepted: 4, refused: 1 },
    holder: { accepted: 1, refused: 3 },
    deposit: { accepted: 15, refused: 0 },
    withdrawal: { accepted: 18, refused: 0 },
    movement: { accepted: 0, refused: 8 },
  });
  t.same(await balancesOf(set), BALANCES);
  t.same(summary.bankBalances, { checked: 4, differing: [] });
  t.equal(isComplete(summary), false);

  const all = await results(set.options);
  const refused = all.filter((line) => line['outcome'] === 'refused');
  t.strictSame(refused.map(({ file, line, id, code, errors }) => [file, line, id, code, (errors as { field: string }[])[0]!.field]).sort(), [
    ['account.asc', 6, '5', 'customer_not_imported', 'accounts.owner'],
    ['client.asc', 7, '6', 'birth_number_malformed', 'sex'],
    ['disp.asc', 10, undefined, 'account_not_imported', 'accounts.holders'],
    ['disp.asc', 8, undefined, 'customer_not_imported', 'accounts.holders.customer'],
    ['disp.asc', 9, undefined, 'account_not_imported', 'accounts.holders'],
    ['trans.asc', 10, undefined, 'decimal_malformed', 'amount'],
    ['trans.asc', 11, '2003', 'account_not_imported', 'movements.account'],
    ['trans.asc', 23, '2004', 'value_not_mapped', 'movements.kind'],
    ['trans.asc', 24, '2005', 'account_not_imported', 'movements.account'],
    ['trans.asc', 25, undefined, 'line_quotes_unbalanced', '(line)'],
    ['trans.asc', 28, undefined, 'line_columns_wrong', '(line)'],
    ['trans.asc', 29, '1021', 'line_duplicate', 'movements.id'],
    ['trans.asc', 9, undefined, 'date_malformed', 'date'],
  ]);
  const transactions = all.filter((line) => line['file'] === 'trans.asc').map((line) => line['line'] as number).sort((a, b) => a - b);
  t.strictSame(transactions, Array.from({ length: 41 }, (_, index) => index + 2), 'one result a line');

  const against = (line: string | undefined) => set.bank.posted.filter((posted) => posted.against === line).length;
  t.strictSame([against('interest-expense'), against('fee-income'), against(undefined)], [7, 8, 18]);

  const first = [...set.bank.customers.values()].find((customer) => customer['name'] === 'Client 1');
  t.strictSame(first, {
    kind: 'individual', channel: 'batch', notDuplicateOf: 'any', name: 'Client 1', sex: 'female', birthDate: '1970-12-13',
    idDocument: { type: 'FOREIGN-ID', number: 'BERKA-1', country: 'CZ' },
    phones: ['+420730000001'], addresses: [{ kind: 'home', country: 'CZ', cityCode: '1', city: 'Hl.m. Praha', line: 'Hl.m. Praha, Prague' }],
  });
  const second = [...set.bank.customers.values()].find((customer) => customer['name'] === 'Client 2');
  t.match(second, { addresses: [{ city: 'Kutná Hora' }] }, 'latin-1 is read as such');
  const joint = [...set.bank.accounts.values()].find(({ body }) => body['holders'] !== undefined)!;
  const third = [...set.bank.customers].find(([, customer]) => customer['name'] === 'Client 3')![0];
  t.strictSame(joint.body['holders'], [{ customerId: third, role: 'signatory' }]);
});

t.test('the recorded balances are checked against the one before and against our own', async (t) => {
  const set = await setUp(t);
  const summary = await runImport(await berka(), set.data, set.options);
  t.strictSame(summary.recordedBalances, [{
    currency: 'CZK',
    againstRecordedBefore: { checked: 33, reconciled: 32, share: '96.96', worstDifference: '0.20', worstLine: 35 },
    againstOwn: { checked: 33, reconciled: 31, share: '93.93', worstDifference: '0.20', worstLine: 35 },
  }]);
  t.match(summaryInWords(summary), /32 of 33 \(96.96 %\), worst 0.20 on line 35/);
  const dates = set.bank.posted.map(({ bookingDate }) => bookingDate);
  t.strictSame(dates, [...dates].sort(), 'posted in booking order');
  const account = (await results(set.options)).find((line) => line['as'] === 'account' && line['id'] === '1')!['bankId'];
  const fifth = set.bank.posted.filter(({ accountId, bookingDate }) => accountId === account && bookingDate === '1993-01-05');
  t.strictSame(fifth.map(({ minor }) => minor), [373650n, -100000n, -25000n], 'in the order the balances tell, not that of the file');
});

t.test('a run that is broken off goes on without doubling, with its state file and without', async (t) => {
  for (const keepState of [true, false]) {
    await t.test(keepState ? 'with' : 'without', async (t) => {
      const set = await setUp(t);
      // From the twentieth command on the bank carries out and does not answer any more.
      set.bank.fault = (number) => (number > 20 ? { status: 503, when: 'after' } : undefined);
      await t.rejects(runImport(await berka(), set.data, { ...set.options, patienceMs: 200 }), { name: 'BankUnavailable' });
      t.ok(set.bank.posted.length > 0 && set.bank.posted.length < 33);
      set.bank.fault = () => undefined;
      if (!keepState) await rm(set.options.statePath);
      const commandsBefore = set.bank.commands;
      const summary = await runImport(await berka(), set.data, set.options);
      t.equal(set.bank.posted.length, 33);
      t.equal(set.bank.customers.size, 5);
      t.equal(set.bank.accounts.size, 4);
      t.same(await balancesOf(set), BALANCES);
      t.strictSame(summary.bankBalances.differing, []);
      const known = Object.values(summary.lines).reduce((sum, counts) => sum + counts.known, 0);
      t.equal(known > 0, keepState);
      t.equal(set.bank.commands - commandsBefore < 42, keepState, 'the state file spares what was answered');
    });
  }
});

t.test('the doubling that the keys prevent is one that this test can see', async (t) => {
  const set = await setUp(t);
  set.bank.forgetful = true;
  // Of movements only: a bank that answers a fault after every command would never let one through.
  set.bank.fault = (number) => (number > 20 && number % 2 === 0 ? { status: 503, when: 'after' } : undefined);
  const summary = await runImport(await berka(), set.data, set.options);
  t.ok(set.bank.posted.length > 33, 'a forgetful bank doubles');
  t.not(summary.bankBalances.differing.length, 0, 'and the comparison at the end shows it');
  t.equal(isComplete(summary), false);
});

t.test('503 before and after the command is sent again with the same key', async (t) => {
  const set = await setUp(t);
  set.bank.fault = (number) => (number % 3 === 0 ? { status: 503, when: number % 2 === 0 ? 'before' : 'after' } : undefined);
  const summary = await runImport(await berka(), set.data, set.options);
  t.equal(set.bank.posted.length, 33);
  t.ok(summary.retries > 10);
  t.same(await balancesOf(set), BALANCES);
  const dates = set.bank.posted.map(({ bookingDate }) => bookingDate);
  t.strictSame(dates, [...dates].sort());
});

t.test('an answer of 500 that stays costs that line only', async (t) => {
  const set = await setUp(t);
  set.bank.fault = (number) => (number >= 30 && number <= 32 ? { status: 500, when: 'before' } : undefined);
  const summary = await runImport(await berka(), set.data, { ...set.options, concurrency: 1 });
  t.equal(set.bank.posted.length, 32);
  t.equal(summary.refusals['outage'], 1);
});

t.test('a person who is there already is linked', async (t) => {
  const set = await setUp(t);
  set.bank.customers.set('11111111-1111-4111-8111-111111111111', { idDocument: { type: 'FOREIGN-ID', number: 'BERKA-2' } });
  const summary = await runImport(await berka(), set.data, set.options);
  t.match(summary.lines['customer'], { accepted: 4, linked: 1, refused: 1 });
  t.equal(set.bank.customers.size, 5);
  const second = [...set.bank.accounts.values()].filter(({ body }) => body['customerId'] === '11111111-1111-4111-8111-111111111111');
  t.equal(second.length, 1, 'and the account is that person\'s');
  t.same(await balancesOf(set), BALANCES);
});

t.test('a line changed after it came in is refused, not booked again', async (t) => {
  const set = await setUp(t);
  await runImport(await berka(), set.data, set.options);
  const path = join(set.data, 'trans.asc');
  await writeFile(path, (await readFile(path, 'latin1')).replace('1000.00;3436.50', '1000.01;3436.50'), 'latin1');
  const summary = await runImport(await berka(), set.data, set.options);
  t.equal(summary.refusals['idempotency_key_reused'], 1);
  t.equal(set.bank.posted.length, 33);
  t.equal(summary.bankBalances.differing.length, 1, 'what it made of the balance is said');
});

t.test('a corrected line comes in by itself', async (t) => {
  const set = await setUp(t);
  await runImport(await berka(), set.data, set.options);
  const path = join(set.data, 'trans.asc');
  await writeFile(path, (await readFile(path, 'latin1')).replace('12,x;100.00', '12.00;666.50'), 'latin1');
  const summary = await runImport(await berka(), set.data, set.options);
  t.match(summary.lines['deposit'], { accepted: 1, known: 15 });
  t.equal(set.bank.posted.length, 34);
});

t.test('the state file of a bank that was founded anew is not believed', async (t) => {
  const set = await setUp(t);
  await runImport(await berka(), set.data, set.options);
  const fresh = await setUp(t);
  const state = (await readFile(set.options.statePath, 'utf8')).replace(set.options.url, fresh.options.url);
  await writeFile(fresh.options.statePath, state);
  await runImport(await berka(), fresh.data, fresh.options);
  t.equal(fresh.bank.posted.length, 33);
});

t.test('no bank, a wrong token, a folder without the files', async (t) => {
  const set = await setUp(t);
  await t.rejects(runImport(await berka(), set.data, { ...set.options, token: 'wrong' }), { name: 'BankUnavailable', why: 'unauthorised' });
  await t.rejects(runImport(await berka(), set.dir, set.options), { name: 'MappingUnusable', message: /files\.\w+\.path: ENOENT/ });
  await set.bank.close();
  const error = await runImport(await berka(), set.data, { ...set.options, patienceMs: 300 }).catch((error: unknown) => error);
  t.ok(error instanceof BankUnavailable && error.why === 'unreachable');
});
