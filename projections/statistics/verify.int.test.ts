import { test } from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import type { Recorded } from '../../shared/events/definition.js';
import { ledgerEvents } from '../../shared/events/ledger/events.js';
import { verifyWith } from '../../shared/read-store/verify.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { idOf, Story } from '../ledger/testing/story.js';
import { ANN, BOB, twoCustomers } from '../ledger/testing/two-customers.js';
import { statisticsProjection } from './projection.js';
import { accountDaysTable, accountsTable, branchMonthsTable, paymentsTable } from './tables.js';
import { statisticsVerifier } from './verify.js';

async function* told(events: readonly Recorded[]) {
  yield* events;
}

test('it names every event of the ledger, as handled or as ignored', async (t) => {
  t.same([...statisticsProjection.handles, ...statisticsProjection.ignores].sort(), ledgerEvents.map(({ type }) => type).sort());
});

test('verify is clean on what was applied, and names every kind of damage', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t, statisticsProjection);
  const events = await twoCustomers().sealed(createMemoryVault());
  const found = async (log: readonly Recorded[] = events): Promise<string[]> => {
    const texts: string[] = [];
    for await (const { table, key, kind, column, expected, found: row } of verifyWith([statisticsVerifier(database.query)], told(log)))
      texts.push(`${table} ${key} ${kind}${column === undefined ? '' : ` ${column}: ${expected} -> ${row}`}`);
    return texts;
  };
  const ann = idOf('ann');
  const copied = (table: string, other: string, where: string) => `insert into statistics.${table} select (jsonb_populate_record(one, '${other}')).* from statistics.${table} one where ${where}`;
  const rent = `debit_customer = '${ANN}' and kind = 'transfer'`;
  for (const [statement, ...differences] of [
    [`update statistics.accounts set branch = 'x' where id = '${ann}'`, `statistics.accounts ${ann} changed branch: 0101 -> x`],
    [`delete from statistics.accounts where id = '${ann}'`, `statistics.accounts ${ann} missing`],
    [copied('accounts', `{"id": "${idOf('nobody')}"}`, `id = '${ann}'`), `statistics.accounts ${idOf('nobody')} extra`],
    [`update statistics.account_days set credit = credit + 1, entries = 2 where account_id = '${ann}' and kind = 'deposit'`,
      `statistics.account_days ${ann}/2026-03-01/deposit changed credit: 10000 -> 10001`, `statistics.account_days ${ann}/2026-03-01/deposit changed entries: 1 -> 2`],
    [`delete from statistics.account_days where account_id = '${ann}' and kind = 'withdrawal'`, `statistics.account_days ${ann}/2026-02-28/withdrawal missing`],
    [copied('account_days', '{"booked_on": "2026-03-09"}', `account_id = '${ann}' and kind = 'deposit'`), `statistics.account_days ${ann}/2026-03-09/deposit extra`],
    [copied('account_days', '{"kind": "gift"}', `account_id = '${ann}' and kind = 'deposit'`), `statistics.account_days ${ann}/2026-03-01/gift extra`],
    [`update statistics.branch_months set debit = 0 where branch = '0101' and month = '2026-02-01'`, 'statistics.branch_months 2026-02-01/0101/withdrawal/counter/CNY/0 changed debit: 400 -> 0'],
    [`update statistics.branch_months set month = '2026-02-02' where branch = '0101' and month = '2026-02-01'`,
      'statistics.branch_months 2026-02-02/0101/withdrawal/counter/CNY/0 extra', 'statistics.branch_months 2026-02-01/0101/withdrawal/counter/CNY/0 missing'],
    [`update statistics.payments set amount = amount - 1 where ${rent}`, `statistics.payments ${ANN}/${BOB}/2026-03-01/transfer/CNY/0 changed amount: 4000 -> 3999`],
    [`delete from statistics.payments where ${rent}`, `statistics.payments ${ANN}/${BOB}/2026-03-01/transfer/CNY/0 missing`],
    [copied('payments', '{"shard": 1}', rent), `statistics.payments ${ANN}/${BOB}/2026-03-01/transfer/CNY/1 extra`],
  ] as const) {
    await database.query(statisticsProjection.views.map((table) => `delete from statistics.${table};`).join(' '));
    await database.apply(events);
    t.same(await found(), [], 'clean before');
    await database.query(statement);
    t.same(await found(), differences, statement);
  }
  const rows = await database.query<{ count: string }>(statisticsProjection.views.map((table) => `select count(*) from statistics.${table}`).join(' union all '));
  t.equal((await found([])).filter((text) => text.endsWith(' extra')).length, rows.reduce((all, { count }) => all + Number(count), 0), 'of an empty log every row is extra');
});

test('thousands of accounts and days are compared, with nothing between them overlooked', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t, statisticsProjection);
  const story = new Story();
  story.open('cash', { kind: 'general-ledger', normalSide: 'debit', currency: 'CNY' });
  for (let n = 0; n < 2_100; n++) story.open(`a${n}`, { currency: 'CNY', customerId: idOf(`c${n % 50}`) });
  for (let n = 0; n < 6_000; n++) story.at('2026-03-01T09:00:00.000Z', `2026-03-${String(1 + (n % 28)).padStart(2, '0')}`).transfer(`t${n}`, `a${n % 2_100}`, `a${(n * 7 + 1) % 2_100}`, BigInt(n + 1));
  for (let start = 0; start < story.events.length; start += 1_000) await database.apply(story.events.slice(start, start + 1_000));
  const found = async () => {
    const texts: string[] = [];
    for await (const { table, key, kind } of verifyWith([statisticsVerifier(database.query)], told(story.events))) texts.push(`${table} ${key} ${kind}`);
    return texts.sort();
  };
  t.same(await found(), []);
  await database.query(`delete from statistics.accounts where id in ('${idOf('a999')}', '${idOf('a1000')}', '${idOf('a2099')}')`);
  t.same(await found(), ['a999', 'a1000', 'a2099'].map((name) => `statistics.accounts ${idOf(name)} missing`).sort());
});

test('every column of every table is compared', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t, statisticsProjection);
  const columns = await database.query<{ name: string }>(`select table_schema || '.' || table_name || '.' || column_name as name from information_schema.columns where table_schema = 'statistics' order by 1`);
  t.same(columns.map(({ name }) => name), [accountsTable, accountDaysTable, branchMonthsTable, paymentsTable].flatMap(({ table, columns: own }) => Object.keys(own).map((column) => `${table}.${column}`)).sort());
});

test('an event of an account that was never opened stops the lane', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t, statisticsProjection);
  const events = await twoCustomers().sealed(createMemoryVault());
  await t.rejects(database.apply(events.filter(({ event }) => event.type === 'DepositPosted')), /was never opened/);
});
