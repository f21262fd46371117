import { hashesOf, TILE_WIDTH } from '../../shared/merkle/growing-tree.js';
import { fullSubtrees, joined, rootOf, type Range } from '../../shared/merkle/tree.js';
import type { Queryable } from '../../shared/read-store/pool.js';

/** An event as a leaf names it. */
export interface NamedLeaf {
  readonly index: number;
  readonly position: bigint;
  readonly stream: string;
  readonly revision: number;
}

export interface RecordedLeaf extends NamedLeaf {
  readonly hash: Buffer;
}

const KEPT_TILES = 64;
const LEVELS_PER_TILE = 8;

/** The tree as the notary has stored it, for reading: proofs, and the comparison with the log. What it says is worth what the heads say of it. */
export class StoredTree {
  private readonly kept = new Map<string, readonly Buffer[]>();

  constructor(private readonly database: Queryable) {}

  /** 0 where the notary has never run. */
  async size(): Promise<number> {
    const there = await this.database.query<{ there: boolean }>(`SELECT to_regclass('notary.progress') IS NOT NULL AS there`);
    if (!there.rows[0]!.there) return 0;
    const { rows } = await this.database.query<{ size: string }>('SELECT size FROM notary.progress');
    return Number(rows[0]?.size ?? 0);
  }

  rootAt = (size: number): Promise<Buffer> => this.hashOf({ from: 0, to: size });

  /** A range's root. @throws Error where the tiles do not reach that far */
  async hashOf(range: Range): Promise<Buffer> {
    const hashes: Buffer[] = [];
    for (const subtree of fullSubtrees(range)) hashes.push(await this.fullSubtree(subtree));
    return joined(hashes);
  }

  /** The leaves from an index on, as far as `size`, tile by tile. */
  async *leaves(from: number, size: number): AsyncGenerator<RecordedLeaf, void, undefined> {
    for (let tile = Math.floor(from / TILE_WIDTH); tile * TILE_WIDTH < size; tile++)
      for (const leaf of await this.leavesOfTile(tile)) if (leaf.index >= from && leaf.index < size) yield leaf;
  }

  /** The leaf of the event at a position of the log. */
  async leafAt(position: bigint): Promise<RecordedLeaf | undefined> {
    const { rows } = await this.database.query<{ tile: string }>(
      'SELECT tile FROM notary.leaves WHERE first_position <= $1 ORDER BY first_position DESC LIMIT 1', [position.toString()]);
    const tile = rows[0]?.tile;
    return tile === undefined ? undefined : (await this.leavesOfTile(Number(tile))).find((leaf) => leaf.position === position);
  }

  private async leavesOfTile(tile: number): Promise<RecordedLeaf[]> {
    const { rows } = await this.database.query<{ hashes: Buffer; events: string }>(
      'SELECT hashes, events FROM notary.tiles t JOIN notary.leaves l USING (tile) WHERE level = 0 AND tile = $1', [tile]);
    const row = rows[0];
    if (!row) return [];
    const events = parseLeafNames(row.events, tile);
    return hashesOf(row.hashes).flatMap((hash, i) => (events[i] ? [{ ...events[i], hash }] : []));
  }

  private async fullSubtree({ from, to }: Range): Promise<Buffer> {
    const level = Math.floor(Math.log2(to - from) / LEVELS_PER_TILE);
    const [first, width] = [from / TILE_WIDTH ** level, (to - from) / TILE_WIDTH ** level];
    const hashes = (await this.tile(level, Math.floor(first / TILE_WIDTH))).slice(first % TILE_WIDTH, (first % TILE_WIDTH) + width);
    if (hashes.length < width) throw new Error(`the stored tree does not hold the leaves from ${from} to ${to}`);
    return rootOf(hashes);
  }

  private async tile(level: number, tile: number): Promise<readonly Buffer[]> {
    const key = `${level}/${tile}`;
    const before = this.kept.get(key);
    if (before) return before;
    const { rows } = await this.database.query<{ hashes: Buffer }>('SELECT hashes FROM notary.tiles WHERE level = $1 AND tile = $2', [level, tile]);
    const hashes = rows[0] ? hashesOf(rows[0].hashes) : [];
    if (this.kept.size >= KEPT_TILES) this.kept.clear();
    if (hashes.length === TILE_WIDTH) this.kept.set(key, hashes);
    return hashes;
  }
}

export const leafNamesText = (leaves: readonly NamedLeaf[]): string =>
  JSON.stringify(leaves.map(({ position, stream, revision }) => [position.toString(), stream, revision]));

export const parseLeafNames = (text: string, tile: number): NamedLeaf[] =>
  (JSON.parse(text) as [string, string, number][]).map(([position, stream, revision], i) =>
    ({ index: tile * TILE_WIDTH + i, position: BigInt(position), stream, revision }));
