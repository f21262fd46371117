import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { assertBlobName, BlobExists, type BlobName, type BlobStore, type ListedBlob } from './port.js';

export const name = (space: BlobName['space'] = 'documents', owner = randomUUID()): BlobName => ({ space, owner, id: randomUUID() });

export async function* content(...chunks: Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

export async function bytesOf(found: AsyncIterable<Buffer> | undefined): Promise<Buffer | undefined> {
  if (!found) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of found) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function all(listed: AsyncIterable<ListedBlob>): Promise<ListedBlob[]> {
  const found: ListedBlob[] = [];
  for await (const one of listed) found.push(one);
  return found;
}

/** What every blob store must do. `fresh` gives one with nothing in it. */
export async function blobsContract(t: Test, fresh: (t: Test) => Promise<BlobStore>): Promise<void> {
  await t.test('what was written is read, whatever its size, until it is removed', async (t) => {
    const blobs = await fresh(t);
    for (const bytes of [Buffer.alloc(0), Buffer.from('x'), Buffer.alloc(300_000, 'abc')]) {
      const one = name();
      await blobs.write(one, content(bytes.subarray(0, 7), bytes.subarray(7)));
      t.ok((await bytesOf(await blobs.read(one)))!.equals(bytes));
      t.ok((await bytesOf(await blobs.read({ ...one })))!.equals(bytes), 'twice');
      await blobs.remove(one);
      t.equal(await blobs.read(one), undefined);
      await blobs.remove(one);
    }
  });

  await t.test('nothing is at another space, owner or id', async (t) => {
    const blobs = await fresh(t);
    const one = name();
    await blobs.write(one, content(Buffer.from('a')));
    for (const other of [{ ...one, space: 'unsettled-documents' as const }, { ...one, owner: randomUUID() }, { ...one, id: randomUUID() }]) t.equal(await blobs.read(other), undefined);
  });

  await t.test('a name is taken once, and keeps what it had', async (t) => {
    const blobs = await fresh(t);
    const one = name();
    await blobs.write(one, content(Buffer.from('first')));
    await t.rejects(blobs.write(one, content(Buffer.from('second'))), BlobExists);
    t.equal((await bytesOf(await blobs.read(one)))!.toString(), 'first');
  });

  await t.test('content that breaks off leaves nothing, and says why', async (t) => {
    const blobs = await fresh(t);
    const one = name();
    async function* breaking(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(100_000);
      throw new Error('the client went away');
    }
    await t.rejects(blobs.write(one, breaking()), { message: 'the client went away' });
    t.equal(await blobs.read(one), undefined);
    t.same(await all(blobs.list('documents')), []);
    t.equal(await blobs.dropUnfinished(new Date(Date.now() + 60_000)), 0);
    await blobs.write(one, content(Buffer.from('again')));
    t.equal((await bytesOf(await blobs.read(one)))!.toString(), 'again');
  });

  await t.test('a space is listed, whole and by owner', async (t) => {
    const blobs = await fresh(t);
    const owner = randomUUID();
    const [a, b, c, d] = [name('documents', owner), name('documents', owner), name(), name('unsettled-documents', owner)] as const;
    for (const one of [a, b, c, d]) await blobs.write(one, content(Buffer.from(one.id)));
    const names = async (...asked: Parameters<BlobStore['list']>) => (await all(blobs.list(...asked))).map((one) => one.name.id).sort();
    t.same(await names('documents'), [a.id, b.id, c.id].sort());
    t.same(await names('documents', owner), [a.id, b.id].sort());
    t.same(await names('unsettled-documents'), [d.id]);
    t.same(await names('unsettled-documents', randomUUID()), []);
    const [listed] = await all(blobs.list('unsettled-documents'));
    t.same(listed!.name, d);
    t.ok(Math.abs(listed!.writtenAt.getTime() - Date.now()) < 60_000);
  });

  await t.test('no text gets into a name: what is no id is refused', async (t) => {
    const blobs = await fresh(t);
    const hostile = ['..', '../../etc/passwd', '/etc/passwd', '', '.', 'a/b', 'a\\b', '%2e%2e', '\0', `${randomUUID()}/..`, `${randomUUID()}\0`, randomUUID().toUpperCase(), `${randomUUID()}\n`];
    for (const text of hostile)
      for (const one of [{ ...name(), owner: text }, { ...name(), id: text }, { ...name(), space: text as never }]) {
        t.throws(() => assertBlobName(one), JSON.stringify(text));
        await t.rejects(blobs.write(one, content(Buffer.from('x'))), JSON.stringify(text));
        await t.rejects(blobs.read(one));
        await t.rejects(blobs.remove(one));
        if (one.owner === text) await t.rejects(all(blobs.list('documents', text)));
        if (one.space === (text as never)) await t.rejects(all(blobs.list(one.space)));
      }
    t.same(await all(blobs.list('documents')), []);
  });
}
