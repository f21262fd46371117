import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { blobsContract, content, name } from './contract.js';
import { fileBlobs } from './files.js';
import { BlobsUnavailable } from './port.js';

function folderFor(t: Test): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook-blobs-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

t.test('blobs in files', (t) => blobsContract(t, async (t) => fileBlobs(path.join(folderFor(t), 'blobs'))));

t.test('only their owner reads them', async (t) => {
  const folder = path.join(folderFor(t), 'blobs');
  const blobs = fileBlobs(folder);
  await blobs.write(name(), content(Buffer.from('x')));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const { mode } = statSync(path.join(entry.parentPath, entry.name));
    t.equal(mode & 0o077, 0, entry.name);
  }
});

t.test('what a killed process left unfinished is dropped once it is old, not before', async (t) => {
  const folder = path.join(folderFor(t), 'blobs');
  const blobs = fileBlobs(folder);
  mkdirSync(path.join(folder, 'unfinished'), { recursive: true });
  const [old, young] = [path.join(folder, 'unfinished', randomUUID()), path.join(folder, 'unfinished', randomUUID())];
  for (const file of [old, young]) writeFileSync(file, 'half');
  utimesSync(old, new Date('2020-01-01'), new Date('2020-01-01'));
  t.equal(await blobs.dropUnfinished(new Date('2020-01-02')), 1);
  t.same(readdirSync(path.join(folder, 'unfinished')), [path.basename(young)]);
});

t.test('a disk that does not take it is said to be away, and nothing is left', async (t) => {
  const folder = path.join(folderFor(t), 'blobs');
  const blobs = fileBlobs(folder);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'documents'), 'a file where the folder should be');
  await t.rejects(blobs.write(name(), content(Buffer.from('x'))), BlobsUnavailable);
  t.same(readdirSync(path.join(folder, 'unfinished')), []);
  rmSync(path.join(folder, 'documents'));
  mkdirSync(path.join(folder, 'documents'));
  chmodSync(path.join(folder, 'documents'), 0o700);
  const one = name();
  await blobs.write(one, content(Buffer.from('x')));
  t.ok(await blobs.read(one), 'control: it takes it again');
});
