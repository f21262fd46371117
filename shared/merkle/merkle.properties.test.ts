import fc from 'fast-check';
import t from 'tap';
import { seed } from '../testing/seed.js';
import { GrowingTree, hashesOf, TILE_WIDTH, type Tile } from './growing-tree.js';
import { entryOf } from './event-leaf.js';
import { provesConsistency, provesInclusion } from './proofs.js';
import { consistencyRanges, fullSubtrees, HASH_BYTES, inclusionRanges, joined, leafHash, nodeHash, rootOf, type Range } from './tree.js';

t.comment(`seed ${seed}`);
const check = <Ts extends [unknown, ...unknown[]]>(test: { pass(title: string): void }, property: fc.IProperty<Ts>, numRuns = 300): void => {
  fc.assert(property, { seed, numRuns });
  test.pass('held');
};

const leaves = Array.from({ length: 1_200 }, (_, i) => leafHash(Buffer.from(String(i))));

const known = new Map<string, Buffer>();
/** The tree's definition in RFC 6962, word for word. */
function defined(from: number, to: number): Buffer {
  if (to - from === 1) return leaves[from]!;
  const before = known.get(`${from} ${to}`);
  if (before) return before;
  let k = 1;
  while (k * 2 < to - from) k *= 2;
  const hash = nodeHash(defined(from, from + k), defined(from + k, to));
  known.set(`${from} ${to}`, hash);
  return hash;
}
const path = (ranges: readonly Range[]): Buffer[] => ranges.map(({ from, to }) => defined(from, to));
const headOf = (size: number) => ({ size, root: defined(0, size) });

const size = fc.integer({ min: 1, max: 700 });
const sizeAndIndex = size.chain((n) => fc.tuple(fc.constant(n), fc.nat(n - 1)));
const twoSizes = fc.tuple(size, size).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

t.test('the root is the definition\'s, however the leaves come', async (t) => {
  check(t, fc.property(size, (n) => rootOf(leaves.slice(0, n)).equals(defined(0, n))));
  check(t, fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }), (steps) => {
    let tree = new GrowingTree();
    const stored = new Map<string, Tile>();
    for (const step of steps) {
      for (let i = 0; i < step && tree.size < leaves.length; i++) tree.append(leaves[tree.size]!);
      for (const tile of tree.changedTiles()) stored.set(`${tile.level}/${tile.index}`, tile);
      const { size: n } = tree;
      if (!tree.root().equals(rootOf(leaves.slice(0, n)))) return false;
      // What is stored is all that is needed to go on.
      const edge: Buffer[] = [];
      for (let level = 0; n >= TILE_WIDTH ** level; level++) {
        const tile = stored.get(`${level}/${Math.floor(n / TILE_WIDTH ** (level + 1))}`);
        edge.push(tile && Math.floor(n / TILE_WIDTH ** level) % TILE_WIDTH > 0 ? tile.hashes : Buffer.alloc(0));
      }
      tree = GrowingTree.resume(n, edge);
      const bottom = [...stored.values()].filter(({ level }) => level === 0).sort((a, b) => a.index - b.index).flatMap(({ hashes }) => hashesOf(hashes));
      if (!Buffer.concat(bottom).equals(Buffer.concat(leaves.slice(0, n)))) return false;
    }
    return true;
  }), 60);
});

t.test('a range is joined from its full subtrees', async (t) => {
  check(t, fc.property(sizeAndIndex, ([n, index]) => inclusionRanges(index, n).every((range) => joined(path(fullSubtrees(range))).equals(defined(range.from, range.to)))));
  check(t, fc.property(twoSizes, ([m, n]) => consistencyRanges(m, n).every((range) => joined(path(fullSubtrees(range))).equals(defined(range.from, range.to)))));
});

t.test('every inclusion proof verifies, every changed one fails', async (t) => {
  check(t, fc.property(sizeAndIndex, fc.nat(), fc.nat(HASH_BYTES - 1), fc.integer({ min: 1, max: 255 }), ([n, index], which, byte, flip) => {
    const proof = path(inclusionRanges(index, n));
    const leaf = leaves[index]!;
    const fails = (i = index, l: Buffer = leaf, p = proof, head: { size: number; root: Buffer } = headOf(n)) => !provesInclusion(i, l, p, head);
    const flipped = (hash: Buffer): Buffer => hash.map((value, i) => (i === byte ? value ^ flip : value)) as Buffer;
    const at = which % Math.max(proof.length, 1);
    return !fails() &&
      fails(index, flipped(leaf)) && fails(index, leaf, proof, { size: n, root: flipped(headOf(n).root) }) &&
      fails(index, leaf, [...proof, leaf]) && fails(index, leaf, [leaf, ...proof]) &&
      (proof.length === 0 || (fails(index, leaf, proof.with(at, flipped(proof[at]!))) && fails(index, leaf, proof.toSpliced(at, 1)) && fails(index, leaf, proof.with(at, proof[at]!.subarray(1))))) &&
      (n === 1 || (fails((index + 1) % n) && fails(n) && fails(-1))) &&
      fails(index + 0.5) && fails(index, leaf, proof, headOf(n + 1 + (which % 50)));
  }));
});

t.test('every consistency proof verifies, every changed one fails', async (t) => {
  check(t, fc.property(twoSizes, fc.nat(), fc.nat(HASH_BYTES - 1), fc.integer({ min: 1, max: 255 }), ([m, n], which, byte, flip) => {
    const proof = path(consistencyRanges(m, n));
    const fails = (older: { size: number; root: Buffer } = headOf(m), newer: { size: number; root: Buffer } = headOf(n), p = proof) => !provesConsistency(older, newer, p);
    const flipped = (hash: Buffer): Buffer => hash.map((value, i) => (i === byte ? value ^ flip : value)) as Buffer;
    const at = which % Math.max(proof.length, 1);
    return !fails() &&
      fails({ size: m, root: flipped(headOf(m).root) }) && fails(headOf(m), { size: n, root: flipped(headOf(n).root) }) &&
      fails(headOf(m), headOf(n), [...proof, leaves[0]!]) && (m === n || fails(headOf(n), headOf(m))) &&
      (proof.length === 0 || (fails(headOf(m), headOf(n), proof.with(at, flipped(proof[at]!))) && fails(headOf(m), headOf(n), proof.toSpliced(at, 1)))) &&
      // A tree in which one old leaf is another has no proof from this head.
      (m === n || fails({ size: m, root: rootOf(leaves.slice(0, m).with(which % m, leaves[1_000]!)) }));
  }));
});

t.test('two events with one encoding are one event', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 4 });
  const fields = fc.record({ stream: text, revision: fc.bigInt({ min: 0n, max: 20n }), id: text.map((id) => id.toLowerCase()), type: text, data: fc.uint8Array({ maxLength: 5 }), metadata: fc.uint8Array({ maxLength: 5 }) });
  const said = (f: { stream: string; revision: bigint; id: string; type: string; data: Uint8Array; metadata: Uint8Array }) =>
    [f.stream, `${f.revision}`, f.id, f.type, Buffer.from(f.data).toString('hex'), Buffer.from(f.metadata).toString('hex')].join('|');
  check(t, fc.property(fields, fields, (a, b) => entryOf(a).equals(entryOf(b)) === (said(a) === said(b))), 2_000);
});
