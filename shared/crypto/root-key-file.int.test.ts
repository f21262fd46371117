import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { rootKeyFile } from './root-key-file.js';
import { newKey } from './wrapping.js';

const vaultId = randomUUID();
const generation = (number: number) => ({ vaultId, generation: number, key: newKey() });

async function folder(t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'passbook-root-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}

t.test('staged, promoted, replaced: the file is the owner\'s alone and the old bytes are gone from its inode', async (t) => {
  const path = join(await folder(t), 'made', 'root.key');
  const store = rootKeyFile(path);
  t.same(await store.read(), {});
  const [one, two] = [generation(1), generation(2)];
  await store.stage(one);
  t.same(await store.read(), { staged: one });
  await store.promote();
  t.same(await store.read(), { current: one });
  t.equal((await stat(path)).mode & 0o777, 0o600);
  t.equal((await stat(join(path, '..'))).mode & 0o777, 0o700);

  const before = await open(path, 'r'); // keeps the old inode readable after its name is gone
  t.teardown(() => before.close());
  await store.stage(two);
  t.same(await store.read(), { current: one, staged: two });
  t.match(await readFile(path, 'utf8'), one.key.toString('base64'), 'the old root still stands while the new one is staged');
  await store.promote();
  t.same(await store.read(), { current: two });
  t.notMatch(await before.readFile('latin1'), one.key.toString('base64'));
  t.same(await readdir(join(path, '..')), ['root.key']);
});

t.test('what is discarded is overwritten, the root in force stays', async (t) => {
  const path = join(await folder(t), 'root.key');
  const store = rootKeyFile(path);
  const [one, two] = [generation(1), generation(2)];
  await store.stage(one);
  await store.promote();
  await store.stage(two);
  const staged = await open(`${path}.staged`, 'r');
  t.teardown(() => staged.close());
  await store.discard();
  await store.discard();
  t.same(await store.read(), { current: one });
  t.notMatch(await staged.readFile('latin1'), two.key.toString('base64'));
  t.same(await readdir(join(path, '..')), ['root.key']);
});

t.test('a crash while writing or promoting leaves a readable root', async (t) => {
  const path = join(await folder(t), 'root.key');
  const store = rootKeyFile(path);
  const [one, two] = [generation(1), generation(2)];
  await store.stage(one);
  await store.promote();
  await writeFile(`${path}.unfinished`, '{"vaultId":', { mode: 0o600 });
  t.same(await store.read(), { current: one });
  await store.stage(two);
  await writeFile(path, Buffer.alloc(150, 7)); // promotion died between overwriting and renaming
  t.same(await store.read(), { staged: two });
  await store.promote();
  t.same(await store.read(), { current: two });
});

t.test('a promotion with nothing staged destroys nothing', async (t) => {
  const path = join(await folder(t), 'root.key');
  const store = rootKeyFile(path);
  const one = generation(1);
  await store.stage(one);
  await store.promote();
  await t.rejects(store.promote(), { name: 'RootKeyFault' });
  t.same(await store.read(), { current: one });
});

for (const mode of [0o640, 0o604, 0o660, 0o644])
  t.test(`a file of mode ${mode.toString(8)} is refused`, async (t) => {
    const path = join(await folder(t), 'root.key');
    const store = rootKeyFile(path);
    await store.stage(generation(1));
    await store.promote();
    await chmod(path, mode);
    await t.rejects(store.read(), { name: 'RootKeyFault', message: `the root key ${path} has mode ${mode.toString(8)}: only its owner may read it (chmod 600)` });
    await chmod(path, 0o400);
    t.equal((await store.read()).current?.generation, 1);
  });

for (const [what, content] of [
  ['empty', ''],
  ['not JSON', 'secret'],
  ['a short key', JSON.stringify({ vaultId, generation: 1, key: newKey().subarray(1).toString('base64') })],
  ['no generation', JSON.stringify({ vaultId, key: newKey().toString('base64') })],
])
  t.test(`a damaged file counts as none: ${what}`, async (t) => {
    const path = join(await folder(t), 'root.key');
    await writeFile(path, content!, { mode: 0o600 });
    t.same(await rootKeyFile(path).read(), {});
  });
