import { randomUUID } from 'node:crypto';
import type { Pool } from '../read-store/pool.js';
import type { RootKeyStore } from './root-key.js';
import { readWithRoot } from './root-replacement.js';
import { bindings, statements, type RootRow } from './vault-tables.js';
import { newKey, unwrap, wrap } from './wrapping.js';

const SUBJECTS_PER_BUCKET = 1000;

interface OpenBucket {
  readonly id: string;
  readonly generation: number;
  readonly key: Buffer;
  /** Subjects it still takes; two processes that fill the same bucket may both use it up. */
  room: number;
}

interface NewestBucketRow extends RootRow {
  readonly bucket_id: string | null;
  readonly bucket_generation: number;
  readonly wrapped: Buffer;
  readonly subjects: number;
}

/** The bucket that this process puts new subjects into: the newest while it has room, then a new one. */
export class FillingBucket {
  private open: OpenBucket | undefined;

  constructor(private readonly pool: Pool, private readonly roots: RootKeyStore) {}

  async withRoom(): Promise<OpenBucket> {
    while (!this.open || this.open.room <= 0) this.open = (await this.newest()) ?? (await this.add());
    return this.open;
  }

  /** To be called when its key may have been replaced. */
  forget(): void {
    this.open = undefined;
  }

  private async newest(): Promise<OpenBucket | undefined> {
    const { row, root } = await readWithRoot(this.roots, async () => {
      const row = (await this.pool.query<NewestBucketRow>(statements.newestBucket)).rows[0]!;
      return { root: row, row };
    });
    if (row.bucket_id === null || row.subjects >= SUBJECTS_PER_BUCKET) return undefined;
    const key = unwrap(row.wrapped, root.key, bindings.bucket(root.vaultId, row.bucket_id, row.bucket_generation));
    return { id: row.bucket_id, generation: row.bucket_generation, key, room: SUBJECTS_PER_BUCKET - row.subjects };
  }

  /** Undefined where the root was replaced meanwhile. */
  private async add(): Promise<OpenBucket | undefined> {
    const { root } = await readWithRoot(this.roots, async () => ({ root: (await this.pool.query<RootRow>(statements.root)).rows[0]! }));
    const bucket: OpenBucket = { id: randomUUID(), generation: 1, key: newKey(), room: SUBJECTS_PER_BUCKET };
    const wrapped = wrap(bucket.key, root.key, bindings.bucket(root.vaultId, bucket.id, bucket.generation));
    const added = await this.pool.query(statements.addBucket, [bucket.id, wrapped, root.generation]);
    return added.rowCount === 1 ? bucket : undefined;
  }
}
