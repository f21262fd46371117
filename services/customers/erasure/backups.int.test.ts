import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { backupFolder } from './backups.js';

const ANN = '0198a7c2-0000-7000-8000-000000000001';
const BOB = '0198a7c2-0000-7000-8000-000000000002';

async function* lines(...given: string[]): AsyncIterable<string> {
  for (const line of given) yield `${line}\n`;
}

function folderOf(t: Test) {
  const folder = path.join(t.testdir(), 'outside', 'erased');
  return { folder, backups: backupFolder(folder), names: () => readdirSync(folder).sort() };
}

t.test('a backup is a file of its owner\'s, named by its content, and read line by line', async (t) => {
  const { folder, backups, names } = folderOf(t);
  const sha256 = await backups.write(ANN, lines('one', 'two'));
  t.equal(sha256, createHash('sha256').update('one\ntwo\n').digest('hex'));
  const [name] = names();
  t.same(names(), [`${ANN}.${sha256.slice(0, 16)}.escrow`], 'and nothing else');
  t.equal(statSync(path.join(folder, name!)).mode & 0o777, 0o600);
  t.equal(statSync(folder).mode & 0o777, 0o700);
  const read: string[] = [];
  for await (const line of backups.read(ANN, sha256)) read.push(line);
  t.same(read, ['one', 'two']);
  t.equal(await backups.write(ANN, lines('one', 'two')), sha256, 'once more the same');
  t.equal(names().length, 1);
  await t.rejects(async () => { for await (const _ of backups.read(BOB, sha256)); }, { code: 'ENOENT' });
});

t.test('one that is cut short is not there under any name of a backup', async (t) => {
  const { backups, names } = folderOf(t);
  await t.rejects(backups.write(ANN, (async function* () {
    yield 'one\n';
    throw new Error('the read model is away');
  })()), { message: 'the read model is away' });
  t.same(names().filter((name) => name.endsWith('.escrow')), []);
  const sha256 = await backups.write(ANN, lines('one', 'two'));
  await backups.remove(ANN, sha256);
  t.same(names(), [`${ANN}.${sha256.slice(0, 16)}.escrow`], 'its remains go when the next one stands');
});

t.test('a late process replaces nothing, and what no event names goes; others\' stay', async (t) => {
  const { folder, backups, names } = folderOf(t);
  t.same(await backups.remove(ANN), undefined, 'where there is no folder there is nothing to do');
  const [first, late, other] = [await backups.write(ANN, lines('one')), await backups.write(ANN, lines('erased')), await backups.write(BOB, lines('one'))];
  t.equal(names().length, 3);
  t.equal(readFileSync(path.join(folder, `${ANN}.${first.slice(0, 16)}.escrow`), 'utf8'), 'one\n');
  await backups.remove(ANN, first);
  t.notOk(names().some((name) => name.includes(late.slice(0, 16))));
  await backups.remove(ANN);
  await backups.remove(ANN);
  t.same(names(), [`${BOB}.${other.slice(0, 16)}.escrow`]);
});

t.test('a folder that cannot be written says so', async (t) => {
  const { folder, backups } = folderOf(t);
  mkdirSync(path.dirname(folder), { recursive: true });
  writeFileSync(folder, '');
  await t.rejects(backups.write(ANN, lines('one')), { code: 'EEXIST' });
});
