import { randomUUID } from 'node:crypto';
import { chmod, copyFile, readFile, rm } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { createPool, type Pool } from '../read-store/pool.js';
import { eventually } from '../testing/eventually.js';
import { skipUnless } from '../testing/parts.js';
import { rootKeyFile } from './root-key-file.js';
import { vaultContract } from './vault-contract.js';
import { vaultPlace, type VaultPlace } from './vault-fixture.js';
import { bindings, type BucketRow, type RootRow } from './vault-tables.js';
import { SubjectErased } from './vault.js';
import { unwrap } from './wrapping.js';

function poolOf(t: Test, { databaseUrl }: VaultPlace): Pool {
  const pool = createPool(databaseUrl, { applicationName: 'vault test', max: 2 });
  t.teardown(() => pool.end());
  return pool;
}

t.test('contract', skipUnless('postgres'), async (t) => {
  await vaultContract(t, async (t) => (await vaultPlace(t)).open());
});

t.test('keys outlive the process', skipUnless('postgres'), async (t) => {
  const place = await vaultPlace(t);
  const subjects = [randomUUID(), randomUUID()];
  const first = await place.open();
  const keys = await first.keysOf(subjects);
  const secret = await first.secret('search');
  await first.close();
  const second = await place.open();
  t.same(await second.keysById([...keys.values()].map(({ keyId }) => keyId)), new Map([...keys.values()].map(({ keyId, key }) => [keyId, key])));
  t.same(await second.keysOf(subjects), keys);
  t.ok((await second.secret('search')).equals(secret));
});

t.test('two processes founding, sealing, rotating and erasing at once agree', skipUnless('postgres'), async (t) => {
  const place = await vaultPlace(t);
  const [a, b] = await Promise.all([place.open(), place.open()]);
  const subjects = Array.from({ length: 60 }, () => randomUUID());
  const doomed = randomUUID();
  await a.keysOf([doomed]);
  const [fromA, fromB, secretA, secretB] = await Promise.all([
    a.keysOf(subjects), b.keysOf(subjects.toReversed()), a.secret('command'), b.secret('command'),
    a.rotateRoot(), b.rotateRoot(), b.erase(doomed), a.erase(doomed),
  ]);
  for (const subject of subjects) t.same(fromA.get(subject), fromB.get(subject));
  t.ok(secretA.equals(secretB));
  const third = await place.open();
  t.same(await third.keysOf(subjects), new Map(subjects.map((subject) => [subject, fromA.get(subject)!])));
  await t.rejects(third.keysOf([doomed]), SubjectErased);
});

t.test('a process that has a key in memory stops using it within its bound once another erased the subject', skipUnless('postgres'), async (t) => {
  const place = await vaultPlace(t);
  const [here, other] = [await place.open({ freshForMs: 300 }), await place.open()];
  const [gone, stays] = [randomUUID(), randomUUID()];
  const keys = await here.keysOf([gone, stays]);
  await other.erase(gone);
  const erasedAt = performance.now();
  await eventually(async () => here.keysOf([gone]).then(() => false, (error) => error instanceof SubjectErased), { deadlineMs: 2_000, everyMs: 5 });
  t.ok(performance.now() - erasedAt < 600, `refused after ${Math.round(performance.now() - erasedAt)} ms`);
  t.same(await here.keysById([keys.get(gone)!.keyId]), new Map());
  t.same((await here.keysOf([stays])).get(stays), keys.get(stays));
});

t.test('a known key is used without the database within the bound, and never beyond it', skipUnless('postgres'), async (t) => {
  const place = await vaultPlace(t);
  const subject = randomUUID();
  const patient = await place.open({ freshForMs: 60_000 });
  const strict = await place.open({ freshForMs: 0 });
  const keys = await patient.keysOf([subject]);
  await strict.keysOf([subject]);
  await poolOf(t, place).query('ALTER TABLE vault.root RENAME TO away');
  t.same(await patient.keysOf([subject]), keys);
  await t.rejects(strict.keysOf([subject]), { message: /vault.root/ });
});

t.test('a process goes on making keys after another replaced the bucket it fills', skipUnless('postgres'), async (t) => {
  const place = await vaultPlace(t);
  const [here, other] = [await place.open(), await place.open()];
  const [gone, next] = [randomUUID(), randomUUID()];
  await here.keysOf([gone]);
  await other.erase(gone);
  const made = await here.keysOf([next]);
  t.same(await other.keysOf([next]), made);
});

t.test('a copy of the database from before an erasure opens nothing of the subject, with the new root or the old buckets', skipUnless('postgres'), async (t) => {
  const place = await vaultPlace(t);
  const pool = poolOf(t, place);
  const vault = await place.open();
  const [gone, stays] = [randomUUID(), randomUUID()];
  const keys = await vault.keysOf([gone, stays]);
  const dump = async () => ({
    root: (await pool.query<RootRow>('SELECT * FROM vault.root')).rows[0]!,
    bucket: (await pool.query<BucketRow>('SELECT * FROM vault.buckets')).rows[0]!,
    subjects: new Map((await pool.query<{ subject: string; key_id: string; wrapped: Buffer }>('SELECT * FROM vault.subjects')).rows.map((row) => [row.subject, row])),
    rootKey: (await rootKeyFile(place.rootKeyFile).read()).current!,
  });
  const openWith = (rootKey: Buffer, vaultId: string, bucket: BucketRow, row: { subject: string; key_id: string; wrapped: Buffer }): Buffer =>
    unwrap(row.wrapped, unwrap(bucket.wrapped, rootKey, bindings.bucket(vaultId, bucket.bucket_id, bucket.generation)), bindings.subject(bucket.bucket_id, row.subject, row.key_id));

  const before = await dump();
  const { vaultId } = before.rootKey;
  t.ok(openWith(before.rootKey.key, vaultId, before.bucket, before.subjects.get(gone)!).equals(keys.get(gone)!.key), 'control: with the old root the old copy opens');
  await vault.erase(gone);
  const after = await dump();
  t.notMatch(await readFile(place.rootKeyFile, 'utf8'), before.rootKey.key.toString('base64'));
  t.equal(after.subjects.get(gone)!.wrapped, null);
  t.throws(() => openWith(after.rootKey.key, vaultId, before.bucket, before.subjects.get(gone)!), 'new root, old bucket, old subject');
  t.throws(() => openWith(after.rootKey.key, vaultId, after.bucket, before.subjects.get(gone)!), 'new root, new bucket, old subject');
  t.ok(openWith(after.rootKey.key, vaultId, after.bucket, after.subjects.get(stays)!).equals(keys.get(stays)!.key), 'control: who stays opens');
});

t.test('a row moved to another subject does not open', skipUnless('postgres'), async (t) => {
  const place = await vaultPlace(t);
  const vault = await place.open({ keptForMs: 1 });
  const [mallory, victim] = [randomUUID(), randomUUID()];
  await vault.keysOf([mallory, victim]);
  await poolOf(t, place).query('UPDATE vault.subjects SET wrapped = (SELECT wrapped FROM vault.subjects WHERE subject = $2) WHERE subject = $1', [mallory, victim]);
  const other = await place.open();
  t.equal((await other.keysOf([victim])).size, 1);
  await t.rejects(other.keysOf([mallory]), /unable to authenticate/);
});

t.test('a missing, unsafe, older or foreign root key is a clear error, and no new one is made', skipUnless('postgres'), async (t) => {
  const place = await vaultPlace(t);
  const vault = await place.open();
  await vault.keysOf([randomUUID()]);
  const kept = `${place.rootKeyFile}.kept`;
  await copyFile(place.rootKeyFile, kept);
  const restore = () => copyFile(kept, place.rootKeyFile);

  await rm(place.rootKeyFile);
  await t.rejects(place.open(), { name: 'RootKeyFault', message: /is missing or damaged, but the vault's database holds keys/ });
  await t.rejects(readFile(place.rootKeyFile), { code: 'ENOENT' });
  await restore();
  await chmod(place.rootKeyFile, 0o644);
  await t.rejects(place.open(), { name: 'RootKeyFault', message: /has mode 644/ });
  await chmod(place.rootKeyFile, 0o600);
  t.ok(await place.open(), 'control: put back, it opens');

  await vault.rotateRoot();
  await restore();
  await t.rejects(place.open(), { name: 'RootKeyFault', message: /is of generation 1, the database is wrapped under generation 2/ });

  const foreign = await vaultPlace(t);
  await foreign.open();
  await copyFile(foreign.rootKeyFile, place.rootKeyFile);
  await t.rejects(place.open(), { name: 'RootKeyFault', message: /belongs to vault/ });

  const empty = await vaultPlace(t);
  await t.rejects(empty.open({ rootKeyFile: place.rootKeyFile }), { name: 'RootKeyFault', message: /the vault's database is empty/ });
});
