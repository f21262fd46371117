import type { Checkpoint as LogCheckpoint, StoredEvent } from '../../shared/event-store/port.js';
import { leafOf } from '../../shared/merkle/event-leaf.js';
import { edgeLevels, edgeWidth, GrowingTree, TILE_WIDTH } from '../../shared/merkle/growing-tree.js';
import { withTransaction, type Pool, type PoolClient } from '../../shared/read-store/pool.js';
import { leafNamesText, parseLeafNames, type NamedLeaf } from './stored-tree.js';

/** Another notary has acted since: whoever is told this holds the tree no longer. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** What is stored of the tree cannot be right. It is no loss: it is made anew from the log, and compared with every head on the way. */
export class DamagedTree extends Error {
  override readonly name = 'DamagedTree';
}

export const LEASE = 'notary';

/** In a transaction: proof that the lease is still that of this epoch, and stays so until the transaction ends. */
export async function holdLease(client: PoolClient, epoch: bigint): Promise<void> {
  const { rows } = await client.query<{ epoch: string }>('SELECT epoch FROM leases.leases WHERE name = $1 FOR SHARE', [LEASE]);
  if (rows[0]?.epoch !== epoch.toString()) throw new Overtaken(`the lease is in epoch ${rows[0]?.epoch}, not ${epoch}`);
}

/** The tree in memory (its right edge) and in tables. After any error it is thrown away and loaded again. */
export class TreeKeeper {
  private names: NamedLeaf[];
  private saved: number;
  private checkpoint: LogCheckpoint | undefined;

  private constructor(
    private readonly pool: Pool, private readonly epoch: bigint, readonly tree: GrowingTree, names: NamedLeaf[], checkpoint: LogCheckpoint | undefined,
  ) {
    this.names = names;
    this.saved = tree.size;
    this.checkpoint = checkpoint;
  }

  static async load(pool: Pool, epoch: bigint): Promise<TreeKeeper> {
    return withTransaction(pool, async (client) => {
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      const { rows } = await client.query<{ size: string; commit_position: string; prepare_position: string }>(
        'SELECT size, commit_position, prepare_position FROM notary.progress');
      const row = rows[0];
      if (!row) return new TreeKeeper(pool, epoch, new GrowingTree(), [], undefined);
      const size = Number(row.size);
      const edge: Buffer[] = [];
      for (let level = 0; level < edgeLevels(size); level++) {
        const tile = Math.floor(size / TILE_WIDTH ** (level + 1));
        const hashes = await client.query<{ hashes: Buffer }>('SELECT hashes FROM notary.tiles WHERE level = $1 AND tile = $2', [level, tile]);
        edge.push(edgeWidth(size, level) === 0 ? Buffer.alloc(0) : (hashes.rows[0]?.hashes ?? Buffer.alloc(0)));
      }
      const tile = Math.floor(size / TILE_WIDTH);
      const names = await client.query<{ events: string }>('SELECT events FROM notary.leaves WHERE tile = $1', [tile]);
      const checkpoint = { commit: BigInt(row.commit_position), prepare: BigInt(row.prepare_position) };
      try {
        const named = edgeWidth(size, 0) === 0 ? [] : parseLeafNames(names.rows[0]!.events, tile);
        return new TreeKeeper(pool, epoch, GrowingTree.resume(size, edge), named, checkpoint);
      } catch (error) {
        throw new DamagedTree(`what is stored of ${size} leaves is not whole: ${String(error)}`);
      }
    });
  }

  /** Throws the stored tree away; the heads stay. @throws Overtaken */
  static discard(pool: Pool, epoch: bigint): Promise<void> {
    return withTransaction(pool, async (client) => {
      await holdLease(client, epoch);
      await client.query('TRUNCATE notary.progress, notary.tiles, notary.leaves');
    });
  }

  /** Where the log is read on. */
  get resume(): LogCheckpoint | undefined {
    return this.checkpoint;
  }

  get unsaved(): number {
    return this.tree.size - this.saved;
  }

  add(event: StoredEvent, checkpoint: LogCheckpoint): void {
    this.names.push({ index: this.tree.size, position: event.position, stream: event.stream, revision: Number(event.revision) });
    this.tree.append(leafOfStored(event));
    this.checkpoint = checkpoint;
  }

  /** Everything added since the last time, or nothing of it. @throws Overtaken */
  async save(): Promise<void> {
    if (this.unsaved === 0) return;
    const tiles = this.tree.changedTiles();
    const named = this.namesByTile();
    await withTransaction(this.pool, async (client) => {
      await holdLease(client, this.epoch);
      const moved = await client.query(
        `INSERT INTO notary.progress AS p (size, commit_position, prepare_position) VALUES ($1, $2, $3)
         ON CONFLICT (one) DO UPDATE
           SET size = excluded.size, commit_position = excluded.commit_position, prepare_position = excluded.prepare_position WHERE p.size = $4`,
        [this.tree.size, this.checkpoint!.commit.toString(), this.checkpoint!.prepare.toString(), this.saved]);
      if (moved.rowCount === 0) throw new Overtaken(`the tree was not at ${this.saved} leaves any more`);
      await client.query(
        `INSERT INTO notary.tiles (level, tile, hashes) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
         ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes`,
        [tiles.map(({ level }) => level), tiles.map(({ index }) => index), tiles.map(({ hashes }) => hashes)]);
      await client.query(
        `INSERT INTO notary.leaves (tile, first_position, events) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])
         ON CONFLICT (tile) DO UPDATE SET first_position = excluded.first_position, events = excluded.events`,
        [named.map(([tile]) => tile), named.map(([, [first]]) => first!.position.toString()), named.map(([, leaves]) => leafNamesText(leaves))]);
    });
    this.saved = this.tree.size;
    this.names = this.names.slice(Math.floor(this.tree.size / TILE_WIDTH) * TILE_WIDTH - this.names[0]!.index);
  }

  private namesByTile(): [number, NamedLeaf[]][] {
    const tiles = new Map<number, NamedLeaf[]>();
    for (const leaf of this.names) {
      const tile = Math.floor(leaf.index / TILE_WIDTH);
      const leaves = tiles.get(tile) ?? [];
      leaves.push(leaf);
      tiles.set(tile, leaves);
    }
    return [...tiles];
  }
}

/** The leaf of an event that was read with its bytes. */
export function leafOfStored({ stream, revision, id, type, bytes }: StoredEvent): Buffer {
  if (!bytes) throw new TypeError('the event was read without its bytes');
  return leafOf({ stream, revision, id, type, data: bytes.data, metadata: bytes.metadata });
}
