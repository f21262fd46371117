import { createPrivateKey } from 'node:crypto';
import t from 'tap';
import { openCheckpoint, parseVerifier, readCheckpoint, signCheckpoint, verifierOf } from './checkpoint.js';
import { entryOf, leafOf } from './event-leaf.js';
import { GrowingTree } from './growing-tree.js';
import { provesConsistency, provesInclusion } from './proofs.js';
import { consistencyRanges, emptyRoot, inclusionRanges, leafHash, nodeHash, rootOf } from './tree.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** The reference vectors of Certificate Transparency's implementations. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(hex);
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
].map(hex);

t.test('hashes and roots are those of RFC 6962', async (t) => {
  t.same(emptyRoot, hex('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'));
  t.same(leafHash(Buffer.from('L123456')), hex('395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56'));
  t.same(nodeHash(Buffer.from('N123'), Buffer.from('N456')), hex('aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb'));
  const tree = new GrowingTree();
  t.same(tree.root(), emptyRoot);
  for (const [i, leaf] of LEAVES.entries()) {
    tree.append(leafHash(leaf));
    t.same(tree.root(), ROOTS[i], `${i + 1} leaves`);
    t.same(rootOf(LEAVES.slice(0, i + 1).map(leafHash)), ROOTS[i]);
  }
});

t.test('roots of larger trees are those of others\' implementations', async (t) => {
  const roots: Record<number, string> = {
    10: 'VjWMPSYNtCuCNlF/RLnQy6HcwSk6CIipfxm+hettA+4=', 15: 'j4SulYmocFuxdeyp12xXCIgK6PekBcxzAIj4zbQzNEI=', 16: 'c+4Uc6BCMOZf/v3NZK1kqTUJe+bBoFtOhP+P3SayKRE=',
    100: 'dUh9hYH88p0CMoHkdr1wC2szbhcLAXOejWpINIooKUY=', 255: 'SmdsuKUqiod3RX2jyF2M6JnbdE4QuTwwipfAowI4/i0=',
  };
  const tree = new GrowingTree();
  for (let i = 0; i < 255; i++) {
    tree.append(leafHash(Buffer.of(i & 0xff, (i >> 8) & 0xff)));
    if (roots[tree.size] !== undefined) t.equal(tree.root().toString('base64'), roots[tree.size], `${tree.size} leaves`);
  }
});

t.test('proofs are those of RFC 6962', async (t) => {
  const hashes = LEAVES.map(leafHash);
  const path = (ranges: readonly { from: number; to: number }[]) => ranges.map(({ from, to }) => rootOf(hashes.slice(from, to)).toString('hex').slice(0, 8));
  t.same(path(inclusionRanges(0, 8)), ['96a296d2', '5f083f0a', '6b47aaf2']);
  t.same(path(inclusionRanges(5, 8)), ['bc1a0643', 'ca854ea1', 'd37ee418']);
  t.same(path(inclusionRanges(2, 3)), ['fac54203']);
  t.same(path(inclusionRanges(1, 5)), ['6e340b9c', '5f083f0a', 'bc1a0643']);
  t.same(path(inclusionRanges(0, 1)), []);
  t.same(path(consistencyRanges(1, 8)), ['96a296d2', '5f083f0a', '6b47aaf2']);
  t.same(path(consistencyRanges(6, 8)), ['0ebc5d34', 'ca854ea1', 'd37ee418']);
  t.same(path(consistencyRanges(2, 5)), ['5f083f0a', 'bc1a0643']);
  t.same(path(consistencyRanges(4, 4)), []);
  t.throws(() => inclusionRanges(8, 8), RangeError);
  t.throws(() => consistencyRanges(3, 2), RangeError);
});

t.test('sizes beyond 2^32 do not lose bits', async (t) => {
  const size = 2 ** 40 + 3;
  const leaf = leafHash(Buffer.of(1));
  const ranges = inclusionRanges(2 ** 40 + 1, size);
  t.same(ranges, [{ from: 2 ** 40, to: 2 ** 40 + 1 }, { from: 2 ** 40 + 2, to: size }, { from: 0, to: 2 ** 40 }]);
  const [a, b, c] = [leafHash(Buffer.of(2)), leafHash(Buffer.of(3)), leafHash(Buffer.of(4))];
  const root = nodeHash(c, nodeHash(nodeHash(a, leaf), b));
  t.ok(provesInclusion(2 ** 40 + 1, leaf, [a, b, c], { size, root }));
  t.notOk(provesInclusion(1, leaf, [a, b, c], { size, root }));
  t.ok(provesConsistency({ size: 2 ** 40, root: c }, { size: 2 ** 40 + 1, root: nodeHash(c, a) }, [a]));
});

t.test('an event\'s leaf is the documented bytes', async (t) => {
  const event = { stream: 'ledger-0', revision: 7n, id: '0B5A1C3E-0000-4000-8000-00000000000A', type: 'TransferPosted', data: Buffer.from('{"a":"é"}'), metadata: Buffer.alloc(0) };
  const field = (text: string): string => `${Buffer.byteLength(text).toString(16).padStart(8, '0')}${Buffer.from(text).toString('hex')}`;
  t.equal(entryOf(event).toString('hex'),
    Buffer.from('passbook event 1\n').toString('hex') + ['ledger-0', '7', event.id.toLowerCase(), 'TransferPosted', '{"a":"é"}', ''].map(field).join(''));
  t.equal(leafOf(event).toString('hex'), 'bc089b20d120fec84edf537ae76f3ea90d9b98eba43fe9385758972404fd1d1b', 'a vector for other languages');
});

t.test('a checkpoint is a signed note as others write and read it', async (t) => {
  // The note and keys of the specification's reference implementation (Go's note package).
  const peter = parseVerifier('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')!;
  t.equal(peter.text, 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  for (const broken of ['', 'PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'PeterNeumann+c74f20a3+ARpc', 'x'])
    t.equal(parseVerifier(broken), undefined, broken);

  const key = createPrivateKey({ key: Buffer.concat([hex('302e020100300506032b657004220420'), Buffer.alloc(32, 7)]), format: 'der', type: 'pkcs8' });
  const verifier = verifierOf('bank.example/log', key);
  const note = signCheckpoint({ origin: 'bank.example/log', size: 8, root: ROOTS[7]! }, key);
  t.equal(note, signCheckpoint({ origin: 'bank.example/log', size: 8, root: ROOTS[7]! }, key), 'the same head is always the same bytes');
  t.match(note, /^bank\.example\/log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz\+Nw7\/RgQyg=\n\n— bank\.example\/log \S{92}\n$/);
  t.same(openCheckpoint(note, verifier), { origin: 'bank.example/log', size: 8, root: ROOTS[7] });
  t.same(openCheckpoint(note.replace(/\n$/, `\n— witness.example AAAAAAAA\n`), parseVerifier(verifier.text)!)?.size, 8, 'others may have signed too');
  for (const [what, damaged] of Object.entries({
    size: note.replace('\n8\n', '\n9\n'), 'a size with a zero before it': note.replace('\n8\n', '\n08\n'), root: note.replace('Xcna', 'Xcnb'), origin: note.replace('bank', 'tank'),
    signature: note.replace(/(\S{20})\n$/, (end) => `${end[0] === 'A' ? 'B' : 'A'}${end.slice(1)}`), unsigned: note.slice(0, note.indexOf('—')), cut: note.slice(0, -1),
    'another\'s signature only': note.replace('— bank.example/log', '— witness.example'), 'an extension that was not signed': note.replace('\n\n', '\nmore\n\n'),
  })) t.equal(openCheckpoint(damaged, verifier), undefined, what);
  t.equal(openCheckpoint(note, verifierOf('bank.example/log', createPrivateKey({ key: Buffer.concat([hex('302e020100300506032b657004220420'), Buffer.alloc(32, 8)]), format: 'der', type: 'pkcs8' }))), undefined);
  t.equal(readCheckpoint('nonsense'), undefined);
});
