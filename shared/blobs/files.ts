import { randomUUID } from 'node:crypto';
import { link, mkdir, open, opendir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from '../files/sync-folder.js';
import { assertBlobId, assertBlobName, assertBlobSpace, BlobExists, BlobsUnavailable, type BlobName, type BlobStore, type ListedBlob } from './port.js';

/**
 * Files below one folder that only their owner reads: `<space>/<first two of the owner>/<owner>/<id>`. What is being written stands in
 * `unfinished/` until all of it is on the disk; then it gets its name, which no other blob can take.
 */
export function fileBlobs(folder: string): BlobStore {
  const unfinished = path.join(folder, 'unfinished');

  const folderOf = ({ space, owner }: Pick<BlobName, 'space' | 'owner'>): string => path.join(folder, space, owner.slice(0, 2), owner);
  const fileOf = (name: BlobName): string => {
    assertBlobName(name);
    return path.join(folderOf(name), name.id);
  };

  return {
    async write(name, content) {
      const [file, draft] = [fileOf(name), path.join(unfinished, randomUUID())];
      try {
        await onDisk(() => mkdir(unfinished, { recursive: true, mode: 0o700 }));
        await writeDraft(draft, content);
        await onDisk(() => makeFolder(path.dirname(file), folder));
        await onDisk(() => link(draft, file));
        await onDisk(() => syncFolder(path.dirname(file)));
      } finally {
        await rm(draft, { force: true });
      }
    },

    async read(name) {
      const file = fileOf(name);
      const handle = await onDisk(() => ifThere(() => open(file, 'r')));
      return handle && readAll(handle);
    },

    async remove(name) {
      const file = fileOf(name);
      await onDisk(async () => {
        await rm(file, { force: true });
        await ifThere(() => syncFolder(path.dirname(file)));
      });
    },

    async *list(space, owner) {
      assertBlobSpace(space);
      if (owner !== undefined) {
        assertBlobId(owner);
        return yield* listOwner(folderOf({ space, owner }), { space, owner });
      }
      for (const shelf of await namesIn(path.join(folder, space)))
        for (const one of await namesIn(path.join(folder, space, shelf))) yield* listOwner(path.join(folder, space, shelf, one), { space, owner: one });
    },

    async dropUnfinished(before) {
      let dropped = 0;
      for (const name of await namesIn(unfinished)) {
        const draft = path.join(unfinished, name);
        const found = await onDisk(() => ifThere(() => stat(draft)));
        if (!found || found.mtime >= before) continue;
        await onDisk(() => rm(draft, { force: true }));
        dropped++;
      }
      return dropped;
    },
  };
}

async function writeDraft(draft: string, content: AsyncIterable<Buffer>): Promise<void> {
  const handle = await onDisk(() => open(draft, 'wx', 0o600));
  try {
    // What the content throws is its own, not the disk's.
    for await (const chunk of content) await onDisk(() => handle.writeFile(chunk));
    await onDisk(() => handle.sync());
  } finally {
    await handle.close();
  }
}

/** Each folder that is new is itself durable in the one above it. */
async function makeFolder(wanted: string, root: string): Promise<void> {
  const first = await mkdir(wanted, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let at = wanted; at !== path.dirname(first) && at.startsWith(root); at = path.dirname(at)) await syncFolder(path.dirname(at));
}

async function* readAll(handle: Awaited<ReturnType<typeof open>>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) yield chunk as Buffer;
  } catch (error) {
    throw new BlobsUnavailable(error);
  } finally {
    await handle.close();
  }
}

async function* listOwner(folder: string, of: Pick<BlobName, 'space' | 'owner'>): AsyncGenerator<ListedBlob> {
  for (const id of await namesIn(folder)) {
    const found = await onDisk(() => ifThere(() => stat(path.join(folder, id))));
    if (found) yield { name: { ...of, id }, writtenAt: found.mtime };
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  const found = await onDisk(() => ifThere(() => opendir(folder)));
  if (found) for await (const entry of found) names.push(entry.name);
  return names;
}

async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? new BlobExists() : new BlobsUnavailable(error);
  }
}
