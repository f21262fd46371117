/** The Merkle tree of RFC 6962, section 2.1 (RFC 9162 has the same), with SHA-256. Pure. */
import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);
const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

export const emptyRoot = sha256(Buffer.alloc(0));
export const leafHash = (entry: Uint8Array): Buffer => sha256(Buffer.concat([LEAF, entry]));
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.concat([NODE, left, right]));

/** The root over these hashes, taken as leaves or as roots of full subtrees of one size; only the last may stand for a smaller one. */
export function rootOf(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return emptyRoot;
  let level = hashes;
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) above.push(i + 1 < level.length ? nodeHash(level[i]!, level[i + 1]!) : level[i]!);
    level = above;
  }
  return level[0]!;
}

/** Leaves `from` (inclusive) to `to` (exclusive); its hash is the root over them, as the tree is divided. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** RFC 6962's PATH(index, D[size]): the subtrees whose roots lead from a leaf up to the root. */
export function inclusionRanges(index: number, size: number): Range[] {
  if (!isSize(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const ranges: Range[] = [];
  for (let [from, to] = [0, size]; to - from > 1;) {
    const middle = from + split(to - from);
    if (index < middle) [ranges[ranges.length], to] = [{ from: middle, to }, middle];
    else [ranges[ranges.length], from] = [{ from, to: middle }, middle];
  }
  return ranges.reverse();
}

/** RFC 6962's PROOF(older, D[newer]): the subtrees that show that the newer tree continues the older one. */
export function consistencyRanges(older: number, newer: number): Range[] {
  if (!isSize(older) || !isSize(newer) || older > newer) throw new RangeError(`a tree of ${newer} does not continue one of ${older}`);
  if (older === newer || older === 0) return [];
  const ranges: Range[] = [];
  let [from, to] = [0, newer];
  while (older < to) {
    const middle = from + split(to - from);
    if (older <= middle) [ranges[ranges.length], to] = [{ from: middle, to }, middle];
    else [ranges[ranges.length], from] = [{ from, to: middle }, middle];
  }
  // A part of the older tree that is the whole of it needs no saying: the verifier has its root.
  if (from > 0) ranges.push({ from, to });
  return ranges.reverse();
}

/** A range's full subtrees, largest first: sizes are powers of two, each begins at a multiple of its own. */
export function fullSubtrees({ from, to }: Range): Range[] {
  const subtrees: Range[] = [];
  for (let at = from; at < to;) {
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= to) width *= 2;
    subtrees.push({ from: at, to: at + width });
    at += width;
  }
  return subtrees;
}

/** A range's hash from those of its full subtrees. */
export const joined = (hashes: readonly Buffer[]): Buffer =>
  (hashes.length === 0 ? emptyRoot : hashes.reduceRight((right, left) => nodeHash(left, right)));

const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 0;

/** The largest power of two below `size`, for sizes of 2 and more. */
function split(size: number): number {
  let width = 1;
  while (width * 2 < size) width *= 2;
  return width;
}
