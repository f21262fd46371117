import { rmSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { runTransfers } from '../../load-tests/transfer-workload.js';
import { createPool, type Pool } from '../../shared/read-store/pool.js';
import { eventually } from '../../shared/testing/eventually.js';
import { skipUnless } from '../../shared/testing/parts.js';
import type { Created } from '../demonstration/http-client.js';
import { startPostgres } from '../postgres/postgres.js';
import { readConnections } from '../supervisor/connections.js';
import { dataFolder, logTails, runTool, send, startBankUnderTest, type BankUnderTest } from './bank-under-test.js';
import { answersOf, indexedCommands, rowsOf } from './fixed-questions.js';
import { foundFullBank } from './full-bank.js';

for (const real of [false, true])
  t.test(`what is rebuilt equals what was there, on ${real ? 'a real Kafka and Redis' : 'embedded parts'}`, { timeout: 420_000, ...(real ? skipUnless('kafka', 'redis') : {}) }, async (t) => {
    const dataDir = dataFolder(t);
    let bank = await startBankUnderTest({ dataDir, real });
    t.teardown(() => bank.stop());
    t.on('fail', () => t.comment(logTails(dataDir)));
    const full = await foundFullBank(bank);
    const [from, to] = await twoMoreAccounts(bank, full.customers[0]!);
    const verified = async (t: Test, when: string): Promise<void> => {
      const { code, out, err } = await runTool(bank, 'audit', 'verify');
      t.equal(code, 0, `verify is clean ${when}: ${out}${err}`);
    };

    await t.test('every read model is rebuilt while the bank serves and moves money', async (t) => {
      const ending = new AbortController();
      const reading = readWithoutPause(bank, from, ending.signal);
      const working = runTransfers({ url: bank.url, token: bank.token, accounts: [from, to], workers: 4, thinkMs: 40, signal: ending.signal, settleMs: 30_000, random: Math.random, run: 'meanwhile' });
      const { code, out, err } = await runTool(bank, 'audit', 'rebuild');
      t.equal(code, 0, err);
      t.match(out, /^approvals build 2 is shown; it equals the one before it: .*\ncustomers build 2 is shown; it equals the one before it: .*\nledger build 2 is shown; it equals the one before it: .*\naccesses build 2 is shown; it equals the one before it: .*\nrisk build 2 is shown; it equals the one before it: .*\nstatistics build 2 is shown; it equals the one before it: .*\nmarketing build 2 is shown; it equals the one before it: /);
      ending.abort();
      const attempts = await working;
      t.ok(attempts.length > 50 && attempts.every(({ outcome }) => outcome.kind === 'answered'), `${attempts.length} transfers meanwhile, all answered`);
      const { reads, faults } = await reading;
      t.same(faults, [], 'no query failed or saw less than the one before it');
      t.ok(reads > 20, `${reads} queries meanwhile`);
      await verified(t, 'afterwards');
    });

    const asOf = new Date().toISOString();
    const last = await bank.client.post<Created>('/v1/transfers', { from, to, money: { amount: '1.00', currency: 'CNY' } }, 'the-last-one');
    const answers = await answersOf(bank, full, asOf, last.position);
    const pool = readPool(dataDir);
    t.teardown(() => pool.end());
    const rows = await rowsOf(pool);
    t.ok(Object.values(rows).every((view) => view.length > 0), `there are rows in ${Object.keys(rows).join(', ')}`);

    // What no bus has a part in is tried once.
    if (!real) await t.test('a damaged row is seen by verify and by the rebuild, which mends it', async (t) => {
      await pool.query('UPDATE ledger_b2.accounts SET balance = balance + 1 WHERE id = $1', [from]);
      await pool.query('DELETE FROM customers_b2.customers WHERE id = $1', [full.customers[1]]);
      const found = await runTool(bank, 'audit', 'verify');
      t.match(found, { code: 1, out: new RegExp(`row_changed  ledger.accounts ${from} `) });
      t.match(found.out, new RegExp(`row_missing  customers.customers ${full.customers[1]} `));
      t.notSame(await rowsOf(pool), rows);
      t.notSame(await answersOf(bank, full, asOf, last.position), answers);
      t.match(await runTool(bank, 'audit', 'rebuild'), { code: 1, out: /customers build 3 .*differs from.*customers 3 \(differs; had 2\)[^]*ledger build 3 .*differs from.*accounts \d+ \(differs/ });
      t.same(await rowsOf(pool), rows, 'every row is what it was');
      t.same(await answersOf(bank, full, asOf, last.position), answers, 'and every answer');
    });
    const commands = await eventually(async () => {
      const found = await indexedCommands(pool);
      return found.length > full.recorded.length && found;
    });

    const repeated = async (t: Test): Promise<void> => {
      for (const { path, body, key, answer } of full.recorded) {
        const again = await send(bank, 'POST', path, body, { 'idempotency-key': key });
        t.same(await again.json(), answer, `${key} gives its recorded answer`);
      }
    };
    /** Stops the bank, throws things away, starts it again: nobody can tell. */
    const restartedWithout = async (t: Test, throwAway: (postgresUrl: string) => Promise<void>): Promise<void> => {
      t.equal(await bank.stop(), 0);
      const postgres = await startPostgres({ dataDir: path.join(dataDir, 'postgres'), logger: pino({ level: 'silent' }) });
      try {
        await throwAway(postgres.url);
      } finally {
        await postgres.stop();
      }
      bank = await startBankUnderTest({ dataDir, real });
      t.same(await answersOf(bank, full, asOf, last.position), answers, 'every answer is byte for byte what it was');
      t.same(await rowsOf(pool), rows, 'every row');
      await repeated(t);
      t.same(await eventually(async () => {
        const found = await indexedCommands(pool);
        return found.length >= commands.length && found;
      }), commands, 'the index of commands is whole again');
      t.same(await answersOf(bank, full, asOf, last.position), answers, 'the repeated commands changed nothing');
    };

    await t.test('the whole read database is thrown away', (t) =>
      restartedWithout(t, (url) => query(url, 'DROP DATABASE read')));

    if (real) await t.test('snapshots and the index of commands, Kafka\'s topics and Redis are thrown away', (t) =>
      restartedWithout(t, async (url) => {
        await query(url.replace(/\/postgres$/, '/read'), 'DROP SCHEMA ledger_index, ledger_snapshots CASCADE');
        for (const part of ['kafka/log', 'redis']) rmSync(path.join(dataDir, part), { recursive: true });
      }));

    await t.test('the bank goes on', async (t) => {
      const next = await bank.client.post<Created>('/v1/transfers', { from, to, money: { amount: '2.00', currency: 'CNY' } }, 'after-all-that');
      t.match(await bank.client.get(`/v1/transfers/${next.id}?after=${next.position}`), { id: next.id });
      await verified(t, 'to the end');
    });

    if (!real) await t.test('an event that is missing in the log shows', async (t) => {
      t.equal(await bank.stop(), 0);
      const postgres = await startPostgres({ dataDir: path.join(dataDir, 'postgres'), logger: pino({ level: 'silent' }) });
      const { revision } = full.recorded[0]!.answer;
      await query(postgres.url.replace(/\/postgres$/, '/log'), `DELETE FROM append WHERE stream = 'ledger-0' AND revision = ${revision}`);
      await postgres.stop();
      t.match(await runTool(bank, 'audit', 'verify', '--log-only'), { code: 1, out: new RegExp(`log_gap  ledger-0/${revision + 1}  expected revision ${revision}`) });
    });
  });

async function twoMoreAccounts({ client }: BankUnderTest, customerId: string): Promise<[string, string]> {
  const open = async (key: string): Promise<string> => {
    const { id } = await client.post<Created>('/v1/accounts', { customerId, product: 'demand-savings', currency: 'CNY' }, `more-${key}`);
    const { position } = await client.post<Created>(`/v1/accounts/${id}/deposits`, { money: { amount: '100000.00', currency: 'CNY' }, channel: 'counter' }, `more-funds-${key}`);
    await client.get(`/v1/accounts/${id}?after=${position}`);
    return id;
  };
  return [await open('one'), await open('two')];
}

/** Reads one account and the trial balance without pause: every answer must be 200, sums must agree, and no revision may be older than the one before. */
async function readWithoutPause({ url, token }: BankUnderTest, account: string, signal: AbortSignal): Promise<{ reads: number; faults: string[] }> {
  const faults: string[] = [];
  let [reads, revision] = [0, -1];
  const get = async (question: string): Promise<Record<string, unknown>> => {
    const answer = await fetch(`${url}${question}`, { headers: { authorization: `Bearer ${token}` } });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${question}: ${answer.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  while (!signal.aborted) {
    try {
      const seen = (await get(`/v1/accounts/${account}`))['revision'] as number;
      if (seen < revision) faults.push(`revision ${seen} after ${revision}`);
      revision = seen;
      const { currencies } = (await get('/v1/ledger/trial-balance')) as { currencies: { difference: string }[] };
      for (const { difference } of currencies) if (Number(difference) !== 0) faults.push(`the trial balance differs by ${difference}`);
      const { items } = (await get('/v1/customers?limit=200')) as { items: unknown[] };
      if (items.length !== 3) faults.push(`${items.length} customers`);
      reads++;
    } catch (error) {
      faults.push(String(error));
    }
  }
  return { reads, faults };
}

const readPool = (dataDir: string): Pool =>
  createPool(readConnections(dataDir)!['PASSBOOK_POSTGRES_URL']!.replace(/\/postgres$/, '/read'), { applicationName: 'rebuild journey', max: 1 });

async function query(url: string, statement: string): Promise<void> {
  const pool = createPool(url, { applicationName: 'throwing away', max: 1 });
  try {
    await pool.query(statement);
  } finally {
    await pool.end();
  }
}
