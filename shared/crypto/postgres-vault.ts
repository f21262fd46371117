import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { migrate } from '../read-store/migrate.js';
import { createPool, ensureDatabase, type Pool } from '../read-store/pool.js';
import { FillingBucket } from './filling-bucket.js';
import { Gathered } from './gathered.js';
import { OpenedKeys, type OpenedKeysOptions } from './opened-keys.js';
import { rootKeyFile } from './root-key-file.js';
import type { RootKeyStore } from './root-key.js';
import { readWithRoot, replaceRoot, settleRoot } from './root-replacement.js';
import { bindings, statements, vaultSteps, type RootRow, type SubjectRow } from './vault-tables.js';
import { assertErasable, SubjectErased, type SecretName, type SubjectKey, type Vault } from './vault.js';
import { newKey, unwrap, wrap } from './wrapping.js';

export interface VaultOptions extends Partial<OpenedKeysOptions> {
  /** Any database of the cluster; the vault lives in the database `vault` beside it, made where missing. */
  readonly postgresUrl: string;
  readonly rootKeyFile: string;
  readonly database?: string;
  /** In place of the file. */
  readonly rootKeys?: RootKeyStore;
  readonly logger?: Logger;
}

const KEY_ID_BYTES = 12;
const DEFAULTS: OpenedKeysOptions = { freshForMs: 1_000, keptForMs: 60_000, keptKeys: 50_000 };

/** Opens the vault, founding it where neither database nor root key is there. Throws RootKeyFault. */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const url = await ensureDatabase(options.postgresUrl, options.database ?? 'vault');
  const pool = createPool(url, { applicationName: 'passbook vault', max: 4, ...(options.logger && { logger: options.logger }) });
  const roots = options.rootKeys ?? rootKeyFile(options.rootKeyFile);
  try {
    await migrate(pool, 'vault', vaultSteps);
    await settleRoot(pool, roots);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const { freshForMs, keptForMs, keptKeys } = { ...DEFAULTS, ...options };
  return new PostgresVault(pool, roots, { freshForMs, keptForMs, keptKeys });
}

class PostgresVault implements Vault {
  private readonly opened: OpenedKeys;
  private readonly secrets = new Map<string, Buffer>();
  private readonly filling: FillingBucket;
  private readonly absent = new Gathered<SubjectKey | undefined>((subjects) => this.loadOrMake(subjects));

  constructor(private readonly pool: Pool, private readonly roots: RootKeyStore, options: OpenedKeysOptions) {
    this.filling = new FillingBucket(pool, roots);
    this.opened = new OpenedKeys(async () => (await this.pool.query<RootRow>(statements.root)).rows[0]!.generation, options);
  }

  async keysOf(subjects: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    await this.opened.refresh();
    const keys = new Map<string, SubjectKey>();
    for (const subject of subjects) {
      const key = this.opened.ofSubject(subject);
      if (key) keys.set(subject, key);
    }
    const missing = [...new Set(subjects)].filter((subject) => !keys.has(subject));
    if (missing.length === 0) return keys;
    const found = await this.absent.answersTo(missing);
    for (const subject of missing) {
      const key = found.get(subject);
      if (!key) throw new SubjectErased(subject);
      keys.set(subject, key);
    }
    return keys;
  }

  async keysById(keyIds: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    await this.opened.refresh();
    const keys = new Map<string, Buffer>();
    const missing = new Set<string>();
    for (const keyId of keyIds) {
      const key = this.opened.ofId(keyId);
      if (key) keys.set(keyId, key);
      else missing.add(keyId);
    }
    if (missing.size > 0) for (const key of (await this.load('keyIds', [...missing])).values()) if (key) keys.set(key.keyId, key.key);
    return keys;
  }

  async secret(name: SecretName): Promise<Buffer> {
    for (;;) {
      const known = this.secrets.get(name);
      if (known) return known;
      const { row, root } = await readWithRoot(this.roots, async () => {
        const { rows } = await this.pool.query<RootRow & { wrapped: Buffer | null }>(statements.secret, [name]);
        return { root: rows[0]!, row: rows[0]! };
      });
      const binding = bindings.secret(root.vaultId, name);
      if (row.wrapped) this.secrets.set(name, unwrap(row.wrapped, root.key, binding));
      else await this.pool.query(statements.addSecret, [name, wrap(newKey(), root.key, binding), root.generation]); // read back: another may have been first
    }
  }

  async rotateRoot(): Promise<void> {
    await replaceRoot(this.pool, this.roots);
  }

  async erase(subject: string): Promise<void> {
    assertErasable(subject);
    try {
      await replaceRoot(this.pool, this.roots, subject);
    } finally {
      this.opened.clear();
      this.filling.forget();
    }
  }

  async close(): Promise<void> {
    this.opened.clear();
    this.secrets.clear();
    this.filling.forget();
    if (!this.pool.ended) await this.pool.end();
  }

  /** Keys by subject, undefined where erased. */
  private async loadOrMake(subjects: readonly string[]): Promise<Map<string, SubjectKey | undefined>> {
    const keys = new Map<string, SubjectKey | undefined>();
    // Sorted, so that two processes that make keys of the same subjects wait for each other in one order.
    for (let missing = [...subjects].sort(); missing.length > 0; missing = missing.filter((subject) => !keys.has(subject))) {
      for (const [subject, key] of await this.load('subjects', missing)) keys.set(subject, key);
      const unknown = missing.filter((subject) => !keys.has(subject));
      if (unknown.length > 0) for (const [subject, key] of await this.make(unknown)) keys.set(subject, key);
    }
    return keys;
  }

  /** Keys by subject, undefined where erased; subjects and key ids that are not there are absent. */
  private async load(by: 'subjects' | 'keyIds', wanted: readonly string[]): Promise<Map<string, SubjectKey | undefined>> {
    const ask = async () => (await this.pool.query<RootRow & SubjectRow>(statements[by], [wanted])).rows;
    let first: Awaited<ReturnType<typeof ask>> | undefined = await ask();
    // Of subjects that are new there is nothing to open, so the root's file is not read.
    if (first.every(({ bucket_id }) => bucket_id === null)) return new Map(first.flatMap(({ subject }) => (subject === null ? [] : [[subject, undefined]])));
    const { rows, root } = await readWithRoot(this.roots, async () => {
      const rows = first ?? (await ask());
      first = undefined;
      return { root: rows[0]!, rows };
    });
    const buckets = new Map<string, Buffer>();
    const keys = new Map<string, SubjectKey | undefined>();
    for (const row of rows) {
      if (row.subject === null) continue; // the outer join's empty side
      keys.set(row.subject, undefined);
      if (!row.bucket_id) continue;
      const bucket = buckets.get(row.bucket_id) ?? unwrap(row.bucket_wrapped!, root.key, bindings.bucket(root.vaultId, row.bucket_id, row.bucket_generation!));
      buckets.set(row.bucket_id, bucket);
      const key = { keyId: row.key_id!, key: unwrap(row.wrapped!, bucket, bindings.subject(row.bucket_id, row.subject, row.key_id!)) };
      keys.set(row.subject, key);
      this.opened.keep(row.subject, key, root.generation);
    }
    return keys;
  }

  /** Makes keys for as many of the subjects as the open bucket has room for; those that another process made first are left out. */
  private async make(subjects: readonly string[]): Promise<Map<string, SubjectKey>> {
    const bucket = await this.filling.withRoom();
    const made = new Map(subjects.slice(0, bucket.room).map((subject) => [subject, { keyId: randomBytes(KEY_ID_BYTES).toString('base64url'), key: newKey() }]));
    const { rows } = await this.pool.query<{ subject: string; root_generation: number }>(statements.addSubjects, [
      bucket.id,
      bucket.generation,
      [...made.keys()],
      [...made.values()].map(({ keyId }) => keyId),
      [...made].map(([subject, { keyId, key }]) => wrap(key, bucket.key, bindings.subject(bucket.id, subject, keyId))),
    ]);
    bucket.room -= rows.length;
    // None stored: the bucket's key was replaced (or all were made elsewhere, which is rare): look again.
    if (rows.length === 0) this.filling.forget();
    for (const { subject, root_generation } of rows) this.opened.keep(subject, made.get(subject)!, root_generation);
    return new Map(rows.map(({ subject }) => [subject, made.get(subject)!]));
  }
}
