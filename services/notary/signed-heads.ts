import type { KeyObject } from 'node:crypto';
import { openCheckpoint, signCheckpoint, verifierOf, type Verifier } from '../../shared/merkle/checkpoint.js';
import type { Head } from '../../shared/merkle/proofs.js';
import { withTransaction, type Pool } from '../../shared/read-store/pool.js';
import type { HeadExport } from './head-export.js';
import { holdLease, Overtaken } from './tree-keeper.js';

/** The log, or what is stored of it, is not what a signed head says: nothing more is signed until a person has looked. */
export class Contradiction extends Error {
  override readonly name = 'Contradiction';
}

export interface NumberedHead extends Head {
  readonly number: number;
}

interface HeadRow {
  readonly number: string;
  readonly size: string;
  readonly root: Buffer;
}

/**
 * Every head that was ever signed. A head is written here, under the lease, before it is signed: who takes over finds it and signs nothing else under
 * that number, and who froze in between can only sign the very same.
 */
export class SignedHeads {
  private readonly verifier: Verifier;
  private newestHead: NumberedHead | undefined;
  private exported = 0;
  private exportedOver = 0;

  constructor(
    private readonly pool: Pool,
    private readonly epoch: bigint,
    private readonly outside: HeadExport,
    private readonly origin: string,
    private readonly key: KeyObject,
  ) {
    this.verifier = verifierOf(origin, key);
  }

  get newest(): NumberedHead | undefined {
    return this.newestHead;
  }

  /** Size of the last head that was exported. */
  get exportedSize(): number {
    return this.exportedOver;
  }

  /** Whether what is written here has been exported. */
  get allExported(): boolean {
    return this.exported >= (this.newestHead?.number ?? 0);
  }

  /** Takes in what was exported and is not known here. @throws Contradiction where the two do not agree */
  async reconcile(): Promise<void> {
    const known = await this.headsFrom(1, 'DESC LIMIT 1');
    this.newestHead = known[0];
    this.exported = await this.outside.newest();
    const from = Math.max(1, Math.min(this.exported, known[0]?.number ?? 0));
    const here = new Map((await this.headsFrom(from)).map((head) => [head.number, head]));
    const missing: NumberedHead[] = [];
    for await (const { number, note } of this.outside.read(from)) {
      const head = openCheckpoint(note, this.verifier);
      if (!head) throw new Contradiction(`exported head ${number} was not signed by this key for ${this.origin}`);
      const ours = here.get(number);
      if (ours && !(ours.size === head.size && ours.root.equals(head.root)))
        throw new Contradiction(`exported head ${number} (size ${head.size}) is not the one signed here (size ${ours.size})`);
      if (!ours) missing.push({ number, size: head.size, root: Buffer.from(head.root) });
      this.exportedOver = head.size;
    }
    await withTransaction(this.pool, async (client) => {
      await holdLease(client, this.epoch);
      for (const { number, size, root } of missing) await client.query('INSERT INTO notary.heads VALUES ($1, $2, $3)', [number, size, root]);
    });
    this.newestHead = missing.at(-1) ?? this.newestHead;
  }

  /** The first head of a larger tree than this. */
  async nextAbove(size: number): Promise<NumberedHead | undefined> {
    const { rows } = await this.pool.query<HeadRow>('SELECT number, size, root FROM notary.heads WHERE size > $1 ORDER BY size LIMIT 1', [size]);
    return rows[0] && headOf(rows[0]);
  }

  /** The last head of a tree of at most this size. */
  async lastUpTo(size: number): Promise<NumberedHead | undefined> {
    const { rows } = await this.pool.query<HeadRow>(
      'SELECT number, size, root FROM notary.heads WHERE size <= $1 ORDER BY size DESC LIMIT 1', [size]);
    return rows[0] && headOf(rows[0]);
  }

  /**
   * Signs this head as the next one, where the tree has grown; exports it and what is still to be exported.
   * @throws Overtaken, HeadTaken, and what the export throws
   */
  async sign({ size, root }: Head): Promise<boolean> {
    await this.exportPending();
    const newest = this.newestHead;
    if (size <= (newest?.size ?? 0)) return false;
    const head = { number: (newest?.number ?? 0) + 1, size, root: Buffer.from(root) };
    await withTransaction(this.pool, async (client) => {
      await holdLease(client, this.epoch);
      const claimed = await client.query(
        `INSERT INTO notary.heads SELECT $1, $2, $3
         WHERE $1 = (SELECT coalesce(max(number), 0) + 1 FROM notary.heads)
           AND $2 > (SELECT coalesce(max(size), 0) FROM notary.heads) AND $2 <= (SELECT size FROM notary.progress)`,
        [head.number, head.size, head.root]);
      if (claimed.rowCount === 0) throw new Overtaken(`head ${head.number} is not the next one any more`);
    });
    this.newestHead = head;
    await this.exportPending();
    return true;
  }

  private async exportPending(): Promise<void> {
    if (this.allExported) return;
    for (const { number, size, root } of await this.headsFrom(this.exported + 1)) {
      await this.outside.append({ number, note: signCheckpoint({ origin: this.origin, size, root }, this.key) });
      [this.exported, this.exportedOver] = [number, size];
    }
  }

  private async headsFrom(number: number, order = 'ASC'): Promise<(NumberedHead & { readonly root: Buffer })[]> {
    const { rows } = await this.pool.query<HeadRow>(
      `SELECT number, size, root FROM notary.heads WHERE number >= $1 ORDER BY number ${order}`, [number]);
    return rows.map(headOf);
  }
}

const headOf = ({ number, size, root }: HeadRow): NumberedHead & { readonly root: Buffer } => ({ number: Number(number), size: Number(size), root });
