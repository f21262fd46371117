import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { eventually } from '../../shared/testing/eventually.js';
import type { Created } from '../demonstration/http-client.js';
import { hasLivingOwner } from '../processes/owner-lock.js';
import { dataFolder, logTails, program, runTool, startBankUnderTest } from './bank-under-test.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const money = (amount: string) => ({ amount, currency: 'CNY' });

/** The audit tool as an auditor uses it, on a running bank and on a stopped one: what was asked for, what does not exist, what is cut short. */
t.test('an auditor at work', { timeout: 300_000 }, async (t) => {
  const dataDir = dataFolder(t);
  const bank = await startBankUnderTest({ dataDir });
  t.teardown(() => bank.stop());
  t.on('fail', () => t.comment(logTails(dataDir)));
  const { client } = bank;
  const audit = (...words: (string | Record<string, string>)[]) => runTool({ dataDir }, 'audit', ...words);

  const customer = await client.post<Created>('/v1/customers', {
    kind: 'individual', name: '张伟', sex: 'male', birthDate: '1980-01-01', idDocument: { type: 'CN-RIC', number: '34052419800101001X' }, phones: ['+8613800138000'],
  });
  const account = await client.post<Created>('/v1/accounts', { customerId: customer.id, product: 'demand-savings', currency: 'CNY' });
  const deposits: Created[] = [];
  for (let n = 1; n <= 200; n++) deposits.push(await client.post<Created>(`/v1/accounts/${account.id}/deposits`, { money: money('1.00'), channel: 'counter' }, `deposit-${n}`));
  const last = deposits.at(-1)!;
  await client.get(`/v1/accounts/${account.id}?after=${last.position}`);

  const questions = async (t: Test) => {
    const history = await audit('history', '--account', account.id);
    t.equal(history.code, 0, history.err);
    t.equal(history.out.match(/DepositPosted/g)?.length, 200);
    const steps = (await audit('history', '--customer', customer.id, '--json')).out.trim().split('\n').map((line) => JSON.parse(line) as object);
    t.match(steps, [{ type: 'CustomerRegistered', stream: `customer-${customer.id}`, changes: [{ before: null }] }]);
    t.match(JSON.parse((await audit('record', '--account', account.id, '--as-of', deposits[9]!.position)).out), { balance: '10.00', status: 'open' });
    t.match(JSON.parse((await audit('record', '--account', account.id)).out), { balance: '200.00' });
    t.match(await audit('diff', '--account', account.id, '--from', deposits[9]!.position, '--to', last.position), { code: 1, out: '    balance: 10.00 -> 200.00\n' });
    t.match(await audit('diff', '--account', account.id, '--from', last.position, '--to', last.position), { code: 0, out: 'nothing changed\n' });
    const replayed = (await audit('replay', '--stream', 'ledger-0', '--type', 'DepositPosted', '--from', deposits[9]!.position, '--to', deposits[11]!.position)).out.trim().split('\n');
    t.same(replayed.map((line) => (JSON.parse(line) as { position: string }).position), deposits.slice(9, 12).map(({ position }) => position));
    t.match(await audit('verify', '--log-only'), { code: 0, out: '' });
  };

  /** What does not exist, or cannot be. */
  const refusals = async (t: Test) => {
    for (const [code, err, ...words] of [
      [4, `no customer ${NOBODY}\n`, 'history', '--customer', NOBODY],
      [4, `no account ${NOBODY}\n`, 'history', '--account', NOBODY],
      [4, `no account ${customer.id}\n`, 'record', '--account', customer.id],
      [4, `no account ${account.id} at that moment\n`, 'record', '--account', account.id, '--as-of', customer.position],
      [4, `no customer ${NOBODY} at that moment\n`, 'diff', '--customer', NOBODY, '--from', '1', '--to', '2'],
      [4, /ledger-9/, 'replay', '--stream', 'ledger-9'],
      [4, /^no event of type DepositPosed; the types are AccessesRecorded, .*DepositPosted/, 'replay', '--type', 'DepositPosed'],
      [0, 'no event is selected by that\n', 'replay', '--type', 'AccountClosed'],
      [2, /^the log ends at position \d+\n$/, 'record', '--account', account.id, '--as-of', '9999999999999999999'],
      [2, /^\S+ is in the future\n$/, 'record', '--account', account.id, '--as-of', '2999-01-01T00:00:00Z'],
      [2, /in the future/, 'diff', '--account', account.id, '--from', '1', '--to', '2999-01-01T00:00:00Z'],
    ] as const) {
      const found = await audit(...words);
      t.match({ ...found, out: found.out }, { code, err, out: '' }, words.join(' '));
    }
  };

  const unread = async (t: Test) => {
    const child = spawned(dataDir, 'replay');
    child.stdout!.destroy();
    t.same(await ended(child), { code: 141, err: '' });
  };

  const exporting = async (t: Test) => {
    const file = path.join(path.dirname(dataDir), `export-${t.name.replaceAll(/\W/g, '-')}.jsonl`);
    t.match(await audit('export', '--stream', 'ledger-0', '--type', 'DepositPosted', '--out', file), { code: 0, out: '', err: `200 events in ${file}\n` });
    t.equal(readFileSync(file, 'utf8').trim().split('\n').length, 200);
    t.equal(statSync(file).mode & 0o777, 0o600);
    writeFileSync(file, 'mine');
    t.match(await audit('export', '--out', file), { code: 2, err: `error: ${file} exists already\n` });
    t.equal(readFileSync(file, 'utf8'), 'mine', 'it is left as it is');
    t.match(await audit('export', '--out', path.join(dataDir, 'no', 'such', 'folder')), { code: 3, err: /cannot be written: ENOENT/ });
    t.match(await audit('export', '--stream', 'ledger-9', '--out', `${file}.none`), { code: 4 });
    t.notOk(existsSync(`${file}.none`) || existsSync(`${file}.none.incomplete`), 'nothing is left of an export that came to nothing');
  };

  await t.test('what is asked', questions);
  await t.test('what is not there', refusals);
  for (const state of ['running', 'stopped'] as const) {
    if (state === 'stopped') t.equal(await bank.stop(), 0);
    t.match(JSON.parse((await audit('record', '--account', account.id)).out), { balance: '200.00' }, state);
    t.match(await audit('verify'), { code: 0, out: '', err: /clean: \d+ events in \d+ streams/ }, state);
    await t.test(`${state}: a file`, exporting);
    await t.test(`${state}: nobody reads what it prints`, unread);
  }
  await t.test('Ctrl-C ends it with the servers that it started', async (t) => {
    const postgres = path.join(dataDir, 'postgres');
    const child = spawned(dataDir, 'verify');
    const end = ended(child);
    await eventually(() => hasLivingOwner(postgres));
    child.kill('SIGINT');
    t.same(await end, { code: 130, err: '' });
    t.notOk(hasLivingOwner(postgres));
    t.match(await audit('verify'), { code: 0, out: '' }, 'and the next finds all as it was');
  });
  await t.test('after all that the bank opens again', async (t) => {
    const again = await startBankUnderTest({ dataDir });
    t.teardown(() => again.stop());
    t.match(await again.client.get(`/v1/accounts/${account.id}`), { balance: money('200.00') });
  });
});

t.test('what cannot be opened is said in a line, and nothing is made of it', async (t) => {
  const dataDir = dataFolder(t);
  t.match(await runTool({ dataDir }, 'audit', 'verify'), { code: 3, err: `the records cannot be opened: there is no bank in ${dataDir}; PASSBOOK_DATA_DIR names its folder\n` });
  t.notOk(existsSync(dataDir));
  const nowhere = { PASSBOOK_POSTGRES_URL: 'postgres://127.0.0.1:1/postgres', PASSBOOK_EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false' };
  t.match(await runTool({ dataDir }, nowhere, 'audit', 'verify'), { code: 3, err: 'the records cannot be opened: connect ECONNREFUSED 127.0.0.1:1\n' });
});

t.test('wrong usage is said before anything is opened', async (t) => {
  const dataDir = dataFolder(t);
  for (const [err, ...words] of [
    ['error: give either --customer or --account\n', 'history'],
    [/cannot be used with/, 'history', '--customer', NOBODY, '--account', NOBODY],
    [/must be a UUID/, 'record', '--customer', 'x'],
    [/give a time with its zone/, 'record', '--account', NOBODY, '--as-of', '2026-11-23'],
    [/give a time with its zone/, 'record', '--account', NOBODY, '--as-of', '2026-02-30T00:00:00Z'],
    [/give a time with its zone/, 'record', '--account', NOBODY, '--as-of', '-5'],
    [/required option '--to/, 'diff', '--account', NOBODY, '--from', '1'],
    ['error: --from is later than --to\n', 'diff', '--account', NOBODY, '--from', '2', '--to', '1'],
    ['error: --from is later than --to\n', 'replay', '--from', '2026-01-02T00:00:00Z', '--to', '2026-01-02T00:00:00+08:00'],
    [/required option '--out/, 'export'],
    [/unknown option/, 'verify', '--nope'],
    [/too many arguments/, 'verify', 'everything'],
    [/unknown command/, 'nope'],
  ] as const)
    t.match(await runTool({ dataDir }, 'audit', ...words), { code: 2, out: '', err }, words.join(' '));
});

const spawned = (dataDir: string, ...words: string[]): ChildProcess =>
  spawn(process.execPath, [program, 'audit', ...words], { env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PASSBOOK_DATA_DIR: dataDir }, stdio: ['ignore', 'pipe', 'pipe'] });

function ended(child: ChildProcess): Promise<{ code: number | null; err: string }> {
  let err = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, err })));
}
