import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { withTransaction, type Pool, type PoolClient } from '../read-store/pool.js';
import { RootKeyFault, type RootKey, type RootKeyStore } from './root-key.js';
import { bindings, statements, type BucketRow, type RootRow } from './vault-tables.js';
import { fingerprintOf, newKey, unwrap, wrap } from './wrapping.js';

/**
 * Brings the root key and the database together at start, and after a crash in the middle of a replacement: what the database is wrapped
 * under is in force, everything else is destroyed. Founds the vault where there is neither. Throws RootKeyFault.
 */
export async function settleRoot(pool: Pool, roots: RootKeyStore): Promise<void> {
  while ((await underRootLock(pool, (client) => settle(client, roots))) === 'founded');
}

/**
 * Replaces the root, and for an erased subject its bucket's key as well; every key that stays is wrapped again in the same transaction.
 * Resolves once the old root is destroyed. Whatever it was interrupted at, `settleRoot` finishes or undoes it.
 */
export async function replaceRoot(pool: Pool, roots: RootKeyStore, erasing?: string): Promise<void> {
  await underRootLock(pool, async (client) => {
    await settle(client, roots);
    const { root: old } = await readWithRoot(roots, async () => ({ root: (await client.query<RootRow>(`${statements.root} FOR UPDATE`)).rows[0]! }));
    const rekeyed = erasing === undefined ? undefined : await tombstone(client, erasing);
    if (erasing !== undefined && rekeyed === undefined) return; // there was no key, or it is gone already
    const next: RootKey = { vaultId: old.vaultId, generation: old.generation + 1, key: newKey() };
    await roots.stage(next);
    await rewrapBuckets(client, old, next, rekeyed);
    await rewrapSecrets(client, old, next);
    await client.query('UPDATE vault.root SET generation = $1, fingerprint = $2', [next.generation, fingerprintOf(next.key)]);
  });
  await settleRoot(pool, roots);
}

/** Reads rows and the root that opens them; reads again while the root is being replaced. Throws RootKeyFault where it is lost. */
export async function readWithRoot<T extends { readonly root: RootRow }>(roots: RootKeyStore, read: () => Promise<T>): Promise<Omit<T, 'root'> & { readonly root: RootKey }> {
  for (let attempt = 1; ; attempt++) {
    const found = await read();
    const root = await rootOf(found.root, roots);
    if (root) return { ...found, root };
    if (attempt === 40) throw faultOf(found.root, await roots.read(), roots.place);
    await pause(25);
  }
}

async function rootOf(row: RootRow, roots: RootKeyStore): Promise<RootKey | undefined> {
  const { current, staged } = await roots.read();
  return [staged, current].find((root) => root && isOf(root, row));
}

function faultOf(row: RootRow, { current, staged }: Awaited<ReturnType<RootKeyStore['read']>>, place: string): RootKeyFault {
  const root = current ?? staged;
  if (!root)
    return new RootKeyFault(`the root key ${place} is missing or damaged, but the vault's database holds keys that only it opens (generation ${row.generation}): put it back; a new one is never made in its place`);
  if (root.vaultId !== row.vault_id) return new RootKeyFault(`the root key ${place} belongs to vault ${root.vaultId}, the database holds vault ${row.vault_id}`);
  return new RootKeyFault(
    `the root key ${place} is of generation ${root.generation}, the database is wrapped under generation ${row.generation}: one of the two comes from an older copy`,
  );
}

async function underRootLock<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return withTransaction(pool, async (client) => {
    await client.query(`SET LOCAL lock_timeout = '30s'`);
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('passbook vault'), hashtext('root'))`);
    return work(client);
  });
}

async function settle(client: PoolClient, roots: RootKeyStore): Promise<'settled' | 'founded'> {
  const { rows } = await client.query<RootRow>(statements.root);
  const { current, staged } = await roots.read();
  const row = rows[0];
  if (!row) {
    if (current) throw new RootKeyFault(`the root key ${roots.place} is there, but the vault's database is empty: bring the database back, or move the key away to found a new vault`);
    const root: RootKey = { vaultId: randomUUID(), generation: 1, key: newKey() };
    await roots.stage(root);
    await client.query('INSERT INTO vault.root (vault_id, generation, fingerprint) VALUES ($1, $2, $3)', [root.vaultId, 1, fingerprintOf(root.key)]);
    return 'founded'; // promoted only after the commit, by the next round
  }
  if (staged && isOf(staged, row)) await roots.promote();
  else if (!current || !isOf(current, row)) throw faultOf(row, { ...(current && { current }), ...(staged && { staged }) }, roots.place);
  else await roots.discard(); // what is staged, and what a crash left half written
  return 'settled';
}

/** Takes the subject's key away; the bucket whose key must follow, or undefined where there was no key. */
async function tombstone(client: PoolClient, subject: string): Promise<string | undefined> {
  for (;;) {
    const { rows } = await client.query<{ bucket_id: string | null }>('SELECT bucket_id FROM vault.subjects WHERE subject = $1', [subject]);
    const row = rows[0];
    if (row?.bucket_id === null) return undefined;
    if (row) {
      // The bucket first, as whoever adds a subject locks it: the other order would be a deadlock.
      await client.query('SELECT FROM vault.buckets WHERE bucket_id = $1 FOR UPDATE', [row.bucket_id]);
      await client.query('UPDATE vault.subjects SET erased_at = now(), key_id = NULL, bucket_id = NULL, wrapped = NULL WHERE subject = $1', [subject]);
      return row.bucket_id;
    }
    const added = await client.query('INSERT INTO vault.subjects (subject, erased_at) VALUES ($1, now()) ON CONFLICT (subject) DO NOTHING', [subject]);
    if (added.rowCount === 1) return undefined;
  }
}

async function rewrapBuckets(client: PoolClient, old: RootKey, next: RootKey, rekeyed: string | undefined): Promise<void> {
  const { rows } = await client.query<BucketRow>('SELECT bucket_id, generation, wrapped FROM vault.buckets FOR UPDATE');
  const rewrapped: BucketRow[] = [];
  for (const { bucket_id, generation, wrapped } of rows) {
    let key = unwrap(wrapped, old.key, bindings.bucket(old.vaultId, bucket_id, generation));
    const after = generation + (bucket_id === rekeyed ? 1 : 0);
    if (bucket_id === rekeyed) key = await rekeySubjects(client, bucket_id, key);
    rewrapped.push({ bucket_id, generation: after, wrapped: wrap(key, next.key, bindings.bucket(next.vaultId, bucket_id, after)) });
  }
  await client.query(
    `UPDATE vault.buckets b SET generation = made.generation, wrapped = made.wrapped
       FROM unnest($1::uuid[], $2::integer[], $3::bytea[]) AS made (bucket_id, generation, wrapped) WHERE b.bucket_id = made.bucket_id`,
    [rewrapped.map((row) => row.bucket_id), rewrapped.map((row) => row.generation), rewrapped.map((row) => row.wrapped)],
  );
}

/** A new key for the bucket, its remaining subjects' keys wrapped under it. */
async function rekeySubjects(client: PoolClient, bucketId: string, oldKey: Buffer): Promise<Buffer> {
  const key = newKey();
  const { rows } = await client.query<{ subject: string; key_id: string; wrapped: Buffer }>('SELECT subject, key_id, wrapped FROM vault.subjects WHERE bucket_id = $1', [bucketId]);
  const rewrapped = rows.map(({ subject, key_id, wrapped }) => {
    const binding = bindings.subject(bucketId, subject, key_id);
    return wrap(unwrap(wrapped, oldKey, binding), key, binding);
  });
  await client.query(
    'UPDATE vault.subjects s SET wrapped = made.wrapped FROM unnest($1::text[], $2::bytea[]) AS made (subject, wrapped) WHERE s.subject = made.subject',
    [rows.map((row) => row.subject), rewrapped],
  );
  return key;
}

async function rewrapSecrets(client: PoolClient, old: RootKey, next: RootKey): Promise<void> {
  const { rows } = await client.query<{ name: string; wrapped: Buffer }>('SELECT name, wrapped FROM vault.secrets FOR UPDATE');
  for (const { name, wrapped } of rows) {
    const binding = bindings.secret(old.vaultId, name);
    await client.query('UPDATE vault.secrets SET wrapped = $2 WHERE name = $1', [name, wrap(unwrap(wrapped, old.key, binding), next.key, binding)]);
  }
}

const isOf = (root: RootKey, row: RootRow): boolean =>
  root.vaultId === row.vault_id && root.generation === row.generation && fingerprintOf(root.key).equals(row.fingerprint);
