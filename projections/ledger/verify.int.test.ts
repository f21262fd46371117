import { test } from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import type { Recorded } from '../../shared/events/definition.js';
import { jsonText, type Difference, type VerifiedTable } from '../../shared/read-store/verify.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { accountsTable } from './accounts/verify.js';
import { holdsTable } from './holds/verify.js';
import { readDatabase } from './testing/read-database.js';
import { idOf, Story } from './testing/story.js';
import { twoCustomers } from './testing/two-customers.js';
import { entriesTable, movementsTable } from './transactions/verify.js';
import { bookedDaysTable, recordedDaysTable, recordedMinutesTable } from './trial-balance/verify.js';
import { verifyAccounts, verifyHolds, verifyLedger, verifyTransactions, verifyTrialBalance } from './verify.js';

const told = async function* (events: readonly Recorded[]) {
  yield* events;
};
const all = async (differences: AsyncIterable<Difference>): Promise<string[]> => {
  const texts: string[] = [];
  for await (const { table, key, kind, column, expected, found } of differences)
    texts.push(`${table} ${key} ${kind}${column === undefined ? '' : ` ${column}: ${expected} -> ${found}`}`);
  return texts;
};

test('verify is clean on what was applied, and names every kind of damage', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  const events = await twoCustomers().sealed(createMemoryVault());
  const revisionOf = (movement: string) => events.find((e) => (e.event.data as { movementId?: string }).movementId === idOf(movement))!.revision;
  const memoOf = (movement: string) => (events[Number(revisionOf(movement))]!.event.data as { legs: { memo?: object }[] }).legs[0]!.memo!;
  const rent = revisionOf('rent');

  const damages: readonly { readonly name: string; readonly statement: string; readonly found: readonly string[] }[] = [
    { name: 'a changed balance', statement: `update ledger.accounts set balance = balance + 1 where id = '${idOf('ann')}'`, found: [`ledger.accounts ${idOf('ann')} changed balance: 7000 -> 7001`] },
    { name: 'a time moved by a microsecond', statement: `update ledger.accounts set opened_at = opened_at + interval '1 microsecond' where id = '${idOf('bob')}'`,
      found: [`ledger.accounts ${idOf('bob')} changed opened_at: 2026-03-01T09:00:00.000000Z -> 2026-03-01T09:00:00.000001Z`] },
    { name: 'an account thawed', statement: `update ledger.accounts set status = 'open' where id = '${idOf('ann')}'`, found: [`ledger.accounts ${idOf('ann')} changed status: frozen-debit-only -> open`] },
    { name: 'an account gone', statement: `delete from ledger.accounts where id = '${idOf('fees')}'`, found: [`ledger.accounts ${idOf('fees')} missing`] },
    { name: 'an account made up', statement: `insert into ledger.accounts select (jsonb_populate_record(a, '{"id": "${idOf('nobody')}"}')).* from ledger.accounts a where id = '${idOf('ann')}'`,
      found: [`ledger.accounts ${idOf('nobody')} extra`] },
    { name: 'a deleted entry', statement: `delete from ledger.entries where revision = ${rent} and leg = 1`, found: [`ledger.entries 0/${rent}/1 missing`] },
    { name: 'an extra entry', statement: `insert into ledger.entries select (jsonb_populate_record(e, '{"leg": 5}')).* from ledger.entries e where revision = ${rent} and leg = 1`, found: [`ledger.entries 0/${rent}/5 extra`] },
    { name: 'an extra entry after the last', statement: `insert into ledger.entries select (jsonb_populate_record(e, '{"revision": 4000}')).* from ledger.entries e where revision = ${rent} and leg = 1`,
      found: ['ledger.entries 0/4000/1 extra'] },
    { name: 'a movement of a shard that is not there', statement: `insert into ledger.movements select (jsonb_populate_record(m, '{"shard": 3, "id": "${idOf('nobody')}"}')).* from ledger.movements m where revision = ${rent}`,
      found: [`ledger.movements 3/${rent} extra`] },
    { name: 'a changed sealed memo', statement: `update ledger.entries set memo = jsonb_set(memo, '{iv}', '"AAAA"') where revision = ${rent} and leg = 0`,
      found: [`ledger.entries 0/${rent}/0 changed memo: ${jsonText(memoOf('rent'))} -> ${jsonText({ ...memoOf('rent'), iv: 'AAAA' })}`] },
    { name: 'an amount and its balance', statement: `update ledger.entries set amount = 1, balance_after = 2 where revision = ${rent} and leg = 0`,
      found: [`ledger.entries 0/${rent}/0 changed amount: 3000 -> 1`, `ledger.entries 0/${rent}/0 changed balance_after: 7000 -> 2`] },
    { name: 'a movement of another day', statement: `update ledger.movements set booking_date = '2026-03-09' where revision = ${rent}`, found: [`ledger.movements 0/${rent} changed booking_date: 2026-03-01 -> 2026-03-09`] },
    { name: 'a hold set free', statement: `update ledger.holds set status = 'released' where id = '${idOf('petrol')}'`, found: [`ledger.holds ${idOf('petrol')} changed status: active -> released`] },
    { name: 'a hold without its memo', statement: `update ledger.holds set memo = null where id = '${idOf('hotel')}' and memo is not null`,
      found: [`ledger.holds ${idOf('hotel')} changed memo: ${jsonText((events.find((e) => e.event.type === 'HoldPlaced')!.event.data as { memo: object }).memo)} -> null`] },
    { name: 'a daily sum', statement: `update ledger.booked_days set debit = debit + 1 where booked_on = '2026-02-28' and product = 'demand-savings'`,
      found: ['ledger.booked_days 2026-02-28/CNY/customer/demand-savings/credit/0 changed debit: 400 -> 401'] },
    { name: 'a day made up', statement: `insert into ledger.recorded_days values ('2025-01-01', 'CNY', 'customer', 'x', 'credit', 0, 1, 1, 0)`, found: ['ledger.recorded_days 2025-01-01/CNY/customer/x/credit/0 extra'] },
    { name: 'a minute gone', statement: `delete from ledger.recorded_minutes where recorded_in = '2026-03-01T09:01:00Z' and product = 'current-overdraft'`,
      found: ['ledger.recorded_minutes 2026-03-01T09:01:00.000000Z/CNY/customer/current-overdraft/credit/0 missing'] },
    { name: 'a minute that is none', statement: `update ledger.recorded_minutes set recorded_in = '2026-03-01T09:01:30Z' where recorded_in = '2026-03-01T09:01:00Z' and product = 'current-overdraft'`,
      found: ['ledger.recorded_minutes 2026-03-01T09:01:30.000000Z/CNY/customer/current-overdraft/credit/0 extra',
        'ledger.recorded_minutes 2026-03-01T09:01:00.000000Z/CNY/customer/current-overdraft/credit/0 missing'] },
    { name: 'an account counted on another day', statement: `update ledger.recorded_days set accounts = accounts + 1 where product = 'gl-fees'`,
      found: ['ledger.recorded_days 2026-03-02/CNY/general-ledger/gl-fees/credit/0 changed accounts: 1 -> 2'] },
  ];

  for (const { name, statement, found } of damages) {
    await database.empty();
    await database.apply(events);
    t.same(await all(verifyLedger({ events: told(events), query: database.query })), [], 'clean before');
    await database.query(statement);
    t.same(await all(verifyLedger({ events: told(events), query: database.query })), found, name);
  }
});

test('each part can be verified alone; an empty log finds every row extra', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  const events = await twoCustomers().sealed(createMemoryVault());
  await database.apply(events);
  for (const verify of [verifyAccounts, verifyHolds, verifyTransactions, verifyTrialBalance]) {
    t.same(await all(verify({ events: told(events), query: database.query })), []);
    t.ok((await all(verify({ events: told([]), query: database.query }))).every((text) => text.endsWith(' extra')));
  }
  const rows = Object.values(await database.everything()).reduce((count, table) => count + table.length, 0);
  t.equal((await all(verifyLedger({ events: told([]), query: database.query }))).length, rows);
});

test('long logs are compared stretch by stretch, with nothing between them overlooked', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  const story = twoCustomers();
  for (let n = 0; n < 2_500; n++) story.deposit(`small ${n}`, 'bob', 1n);
  await database.apply(story.events.map((recorded) => ({ ...recorded, event: withoutMemos(recorded.event) })));
  const events = story.events.map((recorded) => ({ ...recorded, event: withoutMemos(recorded.event) }));
  t.same(await all(verifyTransactions({ events: told(events), query: database.query })), []);
  await database.query('delete from ledger.entries where revision in (999, 1000, 2400) and leg = 0');
  await database.query('delete from ledger.movements where revision = 1001');
  t.same((await all(verifyTransactions({ events: told(events), query: database.query }))).sort(),
    ['ledger.entries 0/1000/0 missing', 'ledger.entries 0/2400/0 missing', 'ledger.entries 0/999/0 missing', 'ledger.movements 0/1001 missing']);
});

test('thousands of accounts and holds are compared in batches, with nothing between them overlooked', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  const story = new Story();
  for (let n = 0; n < 1_100; n++) story.open(`a${n}`, { currency: 'CNY', customerId: idOf(`c${n % 7}`), holders: n % 3 === 0 ? [{ customerId: idOf('c0'), role: 'joint-owner' }] : [] });
  for (let n = 0; n < 2_200; n++) story.hold(`h${n}`, `a${n % 1_100}`, 1n);
  for (let n = 0; n < 1_100; n++) story.release(`h${n}`);
  await database.apply(story.events);
  t.same(await all(verifyLedger({ events: told(story.events), query: database.query })), []);
  const found: string[] = [];
  for (const n of [0, 999, 1_000, 1_099]) {
    await database.query(`update ledger.accounts set branch = 'x' where id = '${idOf(`a${n}`)}'`);
    found.push(`ledger.accounts ${idOf(`a${n}`)} changed branch: null -> x`);
  }
  await database.query(`update ledger.accounts set parties = '{}' where id = '${idOf('a1')}'`);
  found.push(`ledger.accounts ${idOf('a1')} changed parties: {${idOf('c1')}} -> {}`);
  for (const n of [0, 999, 1_000, 1_100, 2_199]) {
    await database.query(`update ledger.holds set amount = 2 where id = '${idOf(`h${n}`)}'`);
    found.push(`ledger.holds ${idOf(`h${n}`)} changed amount: 1 -> 2`);
  }
  for (const n of [1, 1_101]) {
    await database.query(`delete from ledger.holds where id = '${idOf(`h${n}`)}'`);
    found.push(`ledger.holds ${idOf(`h${n}`)} missing`);
  }
  t.same((await all(verifyLedger({ events: told(story.events), query: database.query }))).sort(), found.sort());
});

test('every column of every table is compared', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  const tables: readonly VerifiedTable[] = [accountsTable, holdsTable, movementsTable, entriesTable, bookedDaysTable, recordedDaysTable, recordedMinutesTable];
  const columns = await database.query<{ name: string }>(`select table_schema || '.' || table_name || '.' || column_name as name from information_schema.columns where table_schema = 'ledger' order by 1`);
  t.same(columns.map(({ name }) => name), tables.flatMap(({ table, columns: own }) => Object.keys(own).map((column) => `${table}.${column}`)).sort());
});

const withoutMemos = (event: Recorded['event']): Recorded['event'] => ({ ...event, data: JSON.parse(JSON.stringify(event.data, (key, value) => (key === 'memo' ? undefined : value))) });
