import t from 'tap';
import type { RecordedLeaf } from '../../services/notary/stored-tree.js';
import { leafHash } from '../../shared/merkle/tree.js';
import { LeafComparison, type LogLeaf } from './compare-leaves.js';

/** Events by letters; a capital is the same event with other bytes. */
const hashOf = (letter: string): Buffer => leafHash(Buffer.from(letter));
const nameOf = (letter: string): { stream: string; revision: number } => ({ stream: 's', revision: letter.toLowerCase().codePointAt(0)! });

async function differences(recorded: Iterable<string>, log: Iterable<string>): Promise<string[]> {
  async function* leaves(): AsyncGenerator<RecordedLeaf, void, undefined> {
    let index = 0;
    for (const letter of recorded) yield { ...nameOf(letter), index: index++, position: 0n, hash: hashOf(letter) };
  }
  const comparison = new LeafComparison(leaves());
  const found: string[] = [];
  const keep = (difference: { kind: string; index: number; leaf?: { revision: number }; now?: { revision: number } }): unknown =>
    found.push(`${difference.kind} ${String.fromCodePoint((difference.leaf ?? difference.now)!.revision)} ${difference.index}`);
  for (const letter of log) (await comparison.push({ ...nameOf(letter), position: 0n, hash: hashOf(letter) } satisfies LogLeaf)).forEach(keep);
  for await (const difference of comparison.finish()) keep(difference);
  return found;
}

for (const [what, recorded, log, ...found] of [
  ['the same', 'abcdef', 'abcdef'],
  ['nothing recorded', '', 'abc'],
  ['appended since', 'abc', 'abcdef'],
  ['one changed', 'abcdef', 'abCdef', 'changed c 2'],
  ['one gone', 'abcdef', 'abdef', 'missing c 2'],
  ['the last gone', 'abcdef', 'abcde', 'missing f 5'],
  ['everything gone', 'abc', '', 'missing a 0', 'missing b 1', 'missing c 2'],
  ['one put in', 'abcdef', 'abxcdef', 'added x 2'],
  ['two neighbours swapped', 'abcdef', 'abdcef', 'moved d 3'],
  ['two swapped from afar', 'abcdef', 'aecdbf', 'moved e 4', 'moved b 1'],
  ['one moved to the end', 'abcdef', 'acdefb', 'moved b 1'],
  ['one moved to the front', 'abcdef', 'eabcdf', 'moved e 4'],
  ['one moved and changed', 'abcdef', 'acdefB', 'moved b 1', 'changed b 1'],
  ['one gone, another changed', 'abcdef', 'acdEf', 'missing b 1', 'changed e 4'],
] as const)
  t.test(what, async (t) => t.same(await differences(recorded, log), found));

t.test('beyond the window a move is told as gone and put in; nothing behind it is told', async (t) => {
  const letters = Array.from({ length: 3_000 }, (_, i) => String.fromCodePoint(0x4e00 + i));
  const moved = [...letters.slice(0, 10), ...letters.slice(11), letters[10]!];
  t.same(await differences(letters, moved), [`missing ${letters[10]} 10`]);
  t.same(await differences(letters, [...letters.slice(0, 5), ...letters.slice(6)]), [`missing ${letters[5]} 5`]);
});
