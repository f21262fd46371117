import t from 'tap';
import { money, idOf, openAccount } from './ledger-fixture.js';
import { memorySnapshots } from './snapshot-port.js';
import { accepted, codeOf, openBench, type Bench } from './shard-fixture.js';
import { stateHash } from './state-image.js';
import { loadLedger } from './starting.js';

async function loadedHash(bench: Bench): Promise<{ hash: string; snapshotRevision: number; revision: number }> {
  const { state, snapshotRevision, revision } = await loadLedger({ ...bench.options, stream: 'ledger-0' }, { rememberedCommands: 100 });
  return { hash: stateHash(state), snapshotRevision, revision };
}

async function busy(bench: Bench): Promise<void> {
  const [a, b] = [await bench.account('a', '100.00'), await bench.account('b', '100.00')];
  await Promise.all(Array.from({ length: 100 }, (_, n) => bench.run({ kind: 'transfer', from: n % 2 ? a : b, to: n % 2 ? b : a, money: money('1.00'), memo: 'secret words' }, `t${n}`)));
  accepted(await bench.run({ kind: 'place-hold', accountId: a, money: money('5.00'), expiresAt: '2026-04-01T00:00:00.000Z', to: b }, 'hold'));
  accepted(await bench.run({ kind: 'place-hold', accountId: b, money: money('6.00') }, 'hold 2'));
  accepted(await bench.run({ kind: 'change-holders', accountId: a, holders: [{ customerId: idOf('carl'), role: 'attorney' }], reason: 'x' }));
  accepted(await bench.run({ kind: 'reverse', movementId: idOf('t3'), reason: 'x' }));
  accepted(await bench.run({ kind: 'freeze', accountId: b, mode: 'debit-only', reason: 'x' }));
  for (const name of ['erased', 'spared', 'erased too']) accepted(await bench.run({ kind: 'bar-customer', customerId: idOf(name) }));
  accepted(await bench.run({ kind: 'lift-bar', customerId: idOf('spared') }));
}

t.test('the state after a restart is the state before, byte for byte, with and without snapshots', async (t) => {
  const snapshots = memorySnapshots();
  const bench = await openBench({ snapshotEvery: 20, maxGroupEvents: 7, rememberedCommands: 30 }, { snapshots });
  t.teardown(() => bench.shard.stop());
  await busy(bench);
  await bench.shard.snapshot();
  accepted(await bench.run({ kind: 'release-hold', holdId: idOf('hold 2') }));
  const before = (await loadLedger({ ...bench.options, stream: 'ledger-0', snapshots: memorySnapshots() }, { rememberedCommands: 100 }));
  const whole = stateHash(before.state);
  t.equal(before.snapshotRevision, -1);
  const withSnapshot = await loadedHash(bench);
  t.equal(withSnapshot.hash, whole);
  t.equal(withSnapshot.snapshotRevision, withSnapshot.revision - 1, 'the newest snapshot and one event');
  t.equal(snapshots.stored.length, 2, 'older ones are dropped');
  t.equal(snapshots.stored[0]!.head.hash.length, 64);
  t.notMatch(Buffer.concat(snapshots.stored.flatMap(({ chunks }) => chunks)).toString('latin1'), /secret|words/);
  await bench.restart();
  t.equal(codeOf(await bench.run({ kind: 'capture-hold', holdId: idOf('hold 2') })), 'hold_ended');
  t.equal(codeOf(await bench.run(openAccount(idOf('erased too')))), 'customer_barred', 'a bar outlives a restart from a snapshot');
  t.equal(accepted(await bench.run({ kind: 'transfer', from: idOf('b'), to: idOf('a'), money: money('1.00'), memo: 'secret words' }, 't0')).repeated, true);
});

t.test('a damaged snapshot gives way to an older one, and all damaged to the log', async (t) => {
  const snapshots = memorySnapshots();
  const bench = await openBench({}, { snapshots });
  t.teardown(() => bench.shard.stop());
  await busy(bench);
  await bench.shard.snapshot();
  accepted(await bench.run({ kind: 'unfreeze', accountId: idOf('b'), reason: 'x' }));
  await bench.shard.snapshot();
  const [newest, older] = snapshots.stored as [(typeof snapshots.stored)[0], (typeof snapshots.stored)[0]];
  const { hash } = await loadedHash(bench);
  newest.chunks[1]![100]! ^= 1;
  t.match(await loadedHash(bench), { hash, snapshotRevision: older.head.revision });
  older.chunks.pop();
  t.match(await loadedHash(bench), { hash, snapshotRevision: -1 });
});

t.test('a snapshot of what is undone never becomes one', async (t) => {
  const snapshots = memorySnapshots();
  const bench = await openBench({ snapshotEvery: 1_000_000 }, { snapshots });
  t.teardown(() => bench.shard.stop());
  const a = await bench.account('a', '10.00');
  bench.eventStore.next = ['delayed', 'too-large'];
  const first = bench.run({ kind: 'deposit', accountId: a, money: money('1.00'), channel: 'counter' });
  await first;
  const second = Promise.all([1, 2].map(() => bench.run({ kind: 'deposit', accountId: a, money: money('1.00'), channel: 'counter' })));
  await new Promise((resolve) => setImmediate(resolve));
  const taken = bench.shard.snapshot();
  await Promise.all([second, taken]);
  for (const { head } of snapshots.stored) t.ok(head.revision < bench.shard.status().storedRevision);
  const { hash } = await loadedHash(bench);
  await bench.shard.snapshot();
  t.equal(snapshots.stored[0]!.head.hash, hash, 'a snapshot\'s hash is the state\'s');
});

t.test('start reads no more than it must, and an index that lags is waited for rather than believed', async (t) => {
  const bench = await openBench({ rememberedCommands: 10, indexIntervalMs: 1_000_000 });
  t.teardown(() => bench.shard.stop());
  await busy(bench);
  await bench.shard.snapshot();
  t.equal(bench.shard.status().indexedThrough, -1);
  t.equal(accepted(await bench.run({ kind: 'transfer', from: idOf('b'), to: idOf('a'), money: money('1.00'), memo: 'secret words' }, 't0')).repeated, true, 'memory keeps what the index lacks');
  await bench.restart();
  t.equal(accepted(await bench.run({ kind: 'transfer', from: idOf('b'), to: idOf('a'), money: money('1.00'), memo: 'secret words' }, 't0')).repeated, true, 'the index was brought up at the stop');
});
