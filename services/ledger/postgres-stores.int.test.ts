import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { createPool } from '../../shared/read-store/pool.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { eventually } from '../../shared/testing/eventually.js';
import { idOf, money } from './ledger-fixture.js';
import { postgresIndex } from './postgres-index.js';
import { postgresSnapshots } from './postgres-snapshots.js';
import { accepted, openBench } from './shard-fixture.js';
import { verifiedChunks } from './snapshot-port.js';

test('the index in Postgres', skipUnless('postgres'), async (t) => {
  const pool = createPool(await freshDatabase(t, 'ledger'), { applicationName: 'test' });
  t.teardown(() => pool.end());
  const index = await postgresIndex(pool);
  const log = randomUUID();
  t.equal(await index.checkpoint(0, log), -1);
  const [a, b] = [randomUUID(), randomUUID()];
  t.equal(await index.advance(0, -1, 9, [{ commandId: a, revision: 3 }, { commandId: b, revision: 9 }]), true);
  t.equal(await index.advance(0, -1, 12, [{ commandId: a, revision: 12 }]), false, 'somebody else moved it');
  const found = await index.find(0, [a, randomUUID()]);
  t.equal(found.checkpoint, 9);
  t.strictSame([...found.revisions], [[a, 3]]);
  t.strictSame([...(await index.find(1, [a])).revisions], [], 'another shard');
  t.equal(await index.checkpoint(0, log), 9);
  t.equal(await index.checkpoint(0, randomUUID()), -1, 'another log empties it');
  t.strictSame(await index.find(0, [a]), { checkpoint: -1, revisions: new Map() });
});

test('a shard with its index and snapshots in Postgres', skipUnless('postgres'), async (t) => {
  const pool = createPool(await freshDatabase(t, 'ledger'), { applicationName: 'test' });
  const snapshots = await postgresSnapshots(pool);
  const bench = await openBench({ rememberedCommands: 3, snapshotEvery: 1_000 }, { index: await postgresIndex(pool), snapshots });
  t.teardown(async () => {
    await bench.shard.stop();
    await pool.end();
  });
  const [a, b] = [await bench.account('a', '100.00'), await bench.account('b')];
  const answers = [];
  for (let n = 0; n < 30; n++) answers.push(accepted(await bench.run({ kind: 'transfer', from: a, to: b, money: money('1.00'), memo: 'never in clear' }, `t${n}`)));
  await bench.shard.snapshot();
  await bench.shard.snapshot();
  await eventually(() => bench.shard.status().rememberedCommands <= 3);
  await bench.restart();
  t.equal(bench.shard.status().snapshotRevision, bench.shard.status().storedRevision);
  for (const [n, given] of answers.entries())
    t.strictSame({ ...accepted(await bench.run({ kind: 'transfer', from: a, to: b, money: money('1.00'), memo: 'never in clear' }, `t${n}`)), repeated: false }, given, `t${n}`);
  accepted(await bench.run({ kind: 'reverse', movementId: idOf('t1'), reason: 'x' }));
  const heads = await snapshots.list(0, (await bench.events())[0]!.id);
  for await (const chunk of verifiedChunks(snapshots, heads[0]!)) t.notMatch(chunk.toString('latin1'), /never in clear/);
  await pool.query('UPDATE ledger_snapshots.chunks SET bytes = overlay(bytes placing \'\\x00ff\'::bytea from 20) WHERE head = $1 AND number = 1', [heads[0]!.id]);
  await t.rejects(async () => { for await (const _ of verifiedChunks(snapshots, heads[0]!)); }, /damaged/);
});
