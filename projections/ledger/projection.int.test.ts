import { test } from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { ledgerEvents } from '../../shared/events/ledger/events.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { ledgerProjection } from './projection.js';
import { readDatabase } from './testing/read-database.js';
import { idOf } from './testing/story.js';
import { ANN, BOB, twoCustomers } from './testing/two-customers.js';

test('it names every event of the ledger, as handled or as ignored', async (t) => {
  t.same([...ledgerProjection.handles, ...ledgerProjection.ignores].sort(), ledgerEvents.map((event) => event.type).sort());
});

test('given the events of two customers, the rows are exactly these', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  const events = await twoCustomers().sealed(createMemoryVault());
  await database.apply(events);
  const revisionOf = (movement: string) => events.find((e) => (e.event.data as { movementId?: string }).movementId === idOf(movement))!.revision.toString();

  t.same(
    await database.query(`select account_number, status, balance, held, overdraft_limit, customer_id, parties, branch, channel, to_json(last_movement_at)#>>'{}' as last,
      to_json(first_recorded_at)#>>'{}' as first, first_booking_date from ledger.accounts where id in ($1, $2, $3) order by account_number`, [idOf('ann'), idOf('bob'), idOf('ann-jpy')]),
    [
      {
        account_number: '6200000003', status: 'frozen-debit-only', balance: '7000', held: '0', overdraft_limit: '0', customer_id: ANN, parties: [ANN, BOB],
        branch: '0101', channel: 'counter', last: '2026-03-03T08:00:01+00:00', first: '2026-03-01T09:00:30.5+00:00', first_booking_date: '2026-02-28',
      },
      {
        account_number: '6200000004', status: 'open', balance: '2500', held: '700', overdraft_limit: '10000', customer_id: BOB, parties: [BOB],
        branch: null, channel: 'counter', last: '2026-03-03T08:00:00+00:00', first: '2026-03-01T09:01:00+00:00', first_booking_date: '2026-03-01',
      },
      {
        account_number: '6200000005', status: 'closed', balance: '0', held: '0', overdraft_limit: '0', customer_id: ANN, parties: [ANN],
        branch: null, channel: 'counter', last: '2026-03-03T08:00:02+00:00', first: '2026-03-02T10:00:00+00:00', first_booking_date: '2026-03-02',
      },
    ],
  );

  t.same(
    await database.query('select account_id, amount, captured, status, pays_to, movement_id, ended_at is not null as ended from ledger.holds order by amount'),
    [
      { account_id: idOf('ann'), amount: '500', captured: '0', status: 'expired', pays_to: null, movement_id: null, ended: true },
      { account_id: idOf('bob'), amount: '700', captured: '0', status: 'active', pays_to: null, movement_id: null, ended: false },
      { account_id: idOf('ann'), amount: '2000', captured: '1500', status: 'captured', pays_to: idOf('bob'), movement_id: idOf('checked-out'), ended: true },
    ],
  );

  t.same(
    await database.query(`select revision, leg, side, amount, balance_after, booking_date from ledger.entries where account_id = $1 order by revision`, [idOf('ann')]),
    [
      { revision: revisionOf('pay-in'), leg: 1, side: 'credit', amount: '10000', balance_after: '10000', booking_date: '2026-03-01' },
      { revision: revisionOf('rent'), leg: 0, side: 'debit', amount: '3000', balance_after: '7000', booking_date: '2026-03-01' },
      { revision: revisionOf('with-fee'), leg: 0, side: 'debit', amount: '1100', balance_after: '5900', booking_date: '2026-03-02' },
      { revision: revisionOf('checked-out'), leg: 0, side: 'debit', amount: '1500', balance_after: '4400', booking_date: '2026-03-02' },
      { revision: revisionOf('undo-rent'), leg: 0, side: 'credit', amount: '3000', balance_after: '7400', booking_date: '2026-03-03' },
      { revision: revisionOf('late'), leg: 0, side: 'debit', amount: '400', balance_after: '7000', booking_date: '2026-02-28' },
    ],
  );

  t.same(
    await database.query('select id, kind, channel, actor_id, reverses, jsonb_array_length(reasons) as reasons, hold_id, debit_accounts::text[], credit_accounts::text[] from ledger.movements where id = any($1::uuid[]) order by revision',
      [[idOf('with-fee'), idOf('checked-out'), idOf('undo-rent')]]),
    [
      {
        id: idOf('with-fee'), kind: 'transfer', channel: 'counter', actor_id: 'teller-7', reverses: null, reasons: null, hold_id: null,
        debit_accounts: [idOf('ann')], credit_accounts: [idOf('bob'), idOf('fees')],
      },
      {
        id: idOf('checked-out'), kind: 'hold-capture', channel: 'counter', actor_id: 'teller-7', reverses: null, reasons: null, hold_id: idOf('hotel'),
        debit_accounts: [idOf('ann')], credit_accounts: [idOf('bob')],
      },
      {
        id: idOf('undo-rent'), kind: 'reversal', channel: 'counter', actor_id: 'teller-7', reverses: idOf('rent'), reasons: 2, hold_id: null,
        debit_accounts: [idOf('bob')], credit_accounts: [idOf('ann')],
      },
    ],
  );

  t.same(
    await database.query(`select booked_on, product, debit, credit, accounts from ledger.booked_days where currency = 'CNY' order by booked_on, product`),
    [
      { booked_on: '2026-02-28', product: 'demand-savings', debit: '400', credit: '0', accounts: 1 },
      { booked_on: '2026-02-28', product: 'gl-cash', debit: '0', credit: '400', accounts: 1 },
      { booked_on: '2026-03-01', product: 'current-overdraft', debit: '0', credit: '3000', accounts: 1 },
      { booked_on: '2026-03-01', product: 'demand-savings', debit: '3000', credit: '10000', accounts: 0 },
      { booked_on: '2026-03-01', product: 'gl-cash', debit: '10000', credit: '0', accounts: 0 },
      { booked_on: '2026-03-02', product: 'current-overdraft', debit: '0', credit: '2500', accounts: 0 },
      { booked_on: '2026-03-02', product: 'demand-savings', debit: '2600', credit: '0', accounts: 0 },
      { booked_on: '2026-03-02', product: 'gl-fees', debit: '0', credit: '100', accounts: 1 },
      { booked_on: '2026-03-03', product: 'current-overdraft', debit: '3000', credit: '0', accounts: 0 },
      { booked_on: '2026-03-03', product: 'demand-savings', debit: '0', credit: '3000', accounts: 0 },
    ],
  );
  t.same(
    await database.query(`select to_json(recorded_in)#>>'{}' as recorded_in, product, debit, credit, accounts from ledger.recorded_minutes
      where currency = 'CNY' and recorded_in < '2026-03-02' order by recorded_in, product`),
    [
      { recorded_in: '2026-03-01T09:00:00+00:00', product: 'demand-savings', debit: '0', credit: '10000', accounts: 1 },
      { recorded_in: '2026-03-01T09:00:00+00:00', product: 'gl-cash', debit: '10000', credit: '0', accounts: 1 },
      { recorded_in: '2026-03-01T09:01:00+00:00', product: 'current-overdraft', debit: '0', credit: '3000', accounts: 1 },
      { recorded_in: '2026-03-01T09:01:00+00:00', product: 'demand-savings', debit: '3000', credit: '0', accounts: 0 },
    ],
  );
});

test('nothing personal stands in a table in clear, and a clear memo is refused', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  const story = twoCustomers();
  await database.apply(await story.sealed(createMemoryVault()));
  const everything = JSON.stringify(await database.everything());
  for (const text of ['first wages', 'rent March', 'express', 'hotel Yangzi', 'posted twice', 'court order', 'lifted', 'marriage']) t.notMatch(everything, text);
  t.match(everything, /keyId/);
  await database.empty();
  await t.rejects(database.apply(story.events), /a memo in clear reached the projection/);
  t.equal((await database.query<{ n: number }>('select count(*)::int as n from ledger.accounts'))[0]!.n, 0, 'and nothing of the batch stays');
  const sealed = await story.sealed(createMemoryVault());
  const reversal = sealed.findIndex(({ event }) => event.type === 'ReversalPosted');
  await t.rejects(database.apply(sealed.with(reversal, { ...sealed[reversal]!, event: story.events[reversal]!.event })), /a reason in clear reached the projection/);
});

test('a reason recorded before reasons were sealed is copied nowhere', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  const story = twoCustomers();
  const sealed = await story.sealed(createMemoryVault());
  const reversal = sealed.findIndex(({ event }) => event.type === 'ReversalPosted');
  const asRead = { ...sealed[reversal]!, event: story.events[reversal]!.event, metadata: { ...sealed[reversal]!.metadata, schemaVersion: 1 } };
  await database.apply(sealed.with(reversal, asRead));
  t.notMatch(JSON.stringify(await database.everything()), 'posted twice');
});

test('an event of an account that was never opened stops the lane', skipUnless('postgres'), async (t) => {
  const database = await readDatabase(t);
  await t.rejects(database.apply(twoCustomers().events.slice(-1)), /was never opened/);
});
