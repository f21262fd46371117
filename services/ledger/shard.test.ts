import t from 'tap';
import { money, openAccount, ANN, BEN, idOf } from './ledger-fixture.js';
import { accepted, codeOf, openBench } from './shard-fixture.js';

t.test('a shard is founded once and serves the whole life of an account', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const opened = accepted(await bench.run(openAccount(ANN), 'ann'));
  t.equal(opened.id, idOf('ann'));
  t.equal(opened.accountNumber, '8000000000000011');
  t.equal(opened.revision, 67n, 'founding took revisions 0 to 66');
  const ben = accepted(await bench.run(openAccount(BEN), 'ben')).id;
  accepted(await bench.run({ kind: 'deposit', accountId: opened.id, money: money('100.00'), channel: 'counter' }));
  const moved = accepted(await bench.run({ kind: 'transfer', from: opened.id, to: ben, money: money('30.00') }, 'move'));
  t.equal(moved.id, idOf('move'));
  t.equal(codeOf(await bench.run({ kind: 'transfer', from: opened.id, to: ben, money: money('70.01') })), 'insufficient_funds');
  const stored = (await bench.events()).at(-1)!;
  t.equal(stored.type, 'TransferPosted');
  t.strictSame(stored.data, {
    movementId: idOf('move'),
    legs: [
      { accountId: opened.id, side: 'debit', money: { amount: '30.00', currency: 'CNY' }, balanceAfter: { amount: '70.00', currency: 'CNY' }, customerId: ANN },
      { accountId: ben, side: 'credit', money: { amount: '30.00', currency: 'CNY' }, balanceAfter: { amount: '30.00', currency: 'CNY' }, customerId: BEN },
    ],
  });
  t.match(stored.metadata, { bookingDate: '2026-03-02', valueDate: '2026-03-02', recordedAt: '2026-03-02T04:00:00.000Z', actor: { id: 'tester' }, commandId: idOf('move'), commandHash: 'same', schemaVersion: 1 });
  t.equal(stored.revision, moved.revision);
  t.equal(stored.position, moved.position);
  await bench.restart();
  t.equal((await bench.events()).length, 71, 'a restart writes nothing');
  t.equal(codeOf(await bench.run({ kind: 'transfer', from: opened.id, to: ben, money: money('70.01') })), 'insufficient_funds');
  accepted(await bench.run({ kind: 'transfer', from: opened.id, to: ben, money: money('70.00') }));
});

t.test('two writers of a shard in one process are a mistake', async (t) => {
  const bench = await openBench();
  t.teardown(() => bench.shard.stop());
  const { openLedgerShard } = await import('./ledger-shard.js');
  await t.rejects(openLedgerShard(bench.options), /has a writer in this process already/);
});
