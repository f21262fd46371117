/** Checking proofs: RFC 9162, sections 2.1.3.2 and 2.1.4.2, step by step. Needs nothing but what it is given. Pure. */
import { emptyRoot, HASH_BYTES, nodeHash } from './tree.js';

export interface Head {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether the leaf stands at `index` in the tree of this head. */
export function provesInclusion(index: number, leaf: Uint8Array, path: readonly Uint8Array[], { size, root }: Head): boolean {
  if (!allSafe(index, size) || index >= size || ![leaf, root, ...path].every(isHash)) return false;
  let [node, last, reached] = [index, size - 1, leaf];
  for (const beside of path) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      reached = nodeHash(beside, reached);
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else reached = nodeHash(reached, beside);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && same(reached, root);
}

/** Whether the newer tree is the older one with leaves added behind. The empty tree is continued by every tree, without a path. */
export function provesConsistency(older: Head, newer: Head, path: readonly Uint8Array[]): boolean {
  if (!allSafe(older.size, newer.size) || older.size > newer.size || ![older.root, newer.root, ...path].every(isHash)) return false;
  if (older.size === newer.size) return path.length === 0 && same(older.root, newer.root);
  if (older.size === 0) return path.length === 0 && same(older.root, emptyRoot);
  let [node, last] = [older.size - 1, newer.size - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  const [seed, ...rest] = isPowerOfTwo(older.size) ? [older.root, ...path] : path;
  if (seed === undefined) return false;
  let [inOlder, inNewer] = [seed, seed];
  for (const beside of rest) {
    if (last === 0) return false;
    if (isOdd(node) || node === last) {
      [inOlder, inNewer] = [nodeHash(beside, inOlder), nodeHash(beside, inNewer)];
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)];
    } else inNewer = nodeHash(inNewer, beside);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && same(inOlder, older.root) && same(inNewer, newer.root);
}

const allSafe = (...numbers: number[]): boolean => numbers.every((number) => Number.isSafeInteger(number) && number >= 0);
const isHash = (hash: Uint8Array): boolean => hash.length === HASH_BYTES;
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
// Beyond 2^31 the bitwise operators would lose the upper bits.
const half = (number: number): number => Math.floor(number / 2);
const isOdd = (number: number): boolean => number % 2 === 1;
function isPowerOfTwo(number: number): boolean {
  while (!isOdd(number)) number = half(number);
  return number === 1;
}
