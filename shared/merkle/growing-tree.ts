/** A tree that only grows, kept as tiles of 256 hashes (c2sp.org/tlog-tiles). Pure. */
import { HASH_BYTES, rootOf } from './tree.js';

export const TILE_WIDTH = 256;

/** Hash i of tile n at level l is the root over the 256^l leaves from (256 n + i) 256^l on: level 0 holds the leaves' hashes. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  /** One after the other, 32 bytes each, at most 256. */
  readonly hashes: Buffer;
}

/**
 * Holds only the tiles at the right edge: memory is some kilobytes however many leaves there are. Tiles that have changed since the last
 * `changedTiles` are what must be stored to go on from here.
 */
export class GrowingTree {
  private readonly edge: Buffer[][] = [];
  private readonly grown = new Set<number>();
  private full: Tile[] = [];
  private leaves = 0;

  /** Goes on at `size` leaves. `edge[l]`: the last tile of level l as far as it is filled, empty where it just began. */
  static resume(size: number, edge: readonly Buffer[]): GrowingTree {
    const tree = new GrowingTree();
    tree.leaves = size;
    for (const [level, { length }] of edge.entries())
      if (length !== edgeWidth(size, level) * HASH_BYTES) throw new RangeError(`the tile at the edge of level ${level} does not fit ${size} leaves`);
    if (edgeLevels(size) !== edge.length) throw new RangeError(`${edge.length} levels do not fit ${size} leaves`);
    tree.edge.push(...edge.map(hashesOf));
    return tree;
  }

  get size(): number {
    return this.leaves;
  }

  append(leaf: Buffer): void {
    this.leaves++;
    this.add(0, leaf);
  }

  root(): Buffer {
    let below: Buffer | undefined;
    for (const hashes of this.edge) {
      const here = below ? [...hashes, below] : hashes;
      below = here.length > 0 ? rootOf(here) : undefined;
    }
    return below ?? rootOf([]);
  }

  /** Every tile that was filled or is being filled since the last call. */
  changedTiles(): Tile[] {
    const changed = [...this.full];
    this.full = [];
    for (const level of this.grown) {
      const hashes = this.edge[level]!;
      if (hashes.length > 0) changed.push({ level, index: Math.floor(this.leaves / TILE_WIDTH ** (level + 1)), hashes: Buffer.concat(hashes) });
    }
    this.grown.clear();
    return changed;
  }

  private add(level: number, hash: Buffer): void {
    const hashes = (this.edge[level] ??= []);
    hashes.push(hash);
    this.grown.add(level);
    if (hashes.length < TILE_WIDTH) return;
    this.full.push({ level, index: Math.floor(this.leaves / TILE_WIDTH ** (level + 1)) - 1, hashes: Buffer.concat(hashes) });
    this.edge[level] = [];
    this.add(level + 1, rootOf(hashes));
  }
}

/** How many hashes the last tile of a level holds in a tree of this size. */
export const edgeWidth = (size: number, level: number): number => Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH;

/** How many levels a tree of this size has begun. */
export function edgeLevels(size: number): number {
  let levels = 0;
  while (size >= TILE_WIDTH ** levels && size > 0) levels++;
  return levels;
}

export const hashesOf = (tile: Buffer): Buffer[] =>
  Array.from({ length: tile.length / HASH_BYTES }, (_, i) => tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
