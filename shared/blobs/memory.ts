import { assertBlobId, assertBlobName, assertBlobSpace, BlobExists, type BlobName, type BlobStore, type ListedBlob } from './port.js';

/** For tests without I/O. `bytesOf` shows, and `change` alters, what is kept. */
export interface MemoryBlobs extends BlobStore {
  bytesOf(name: BlobName): Buffer | undefined;
  change(name: BlobName, bytes: Buffer): void;
  readonly count: number;
}

export function createMemoryBlobs(now: () => Date = () => new Date()): MemoryBlobs {
  const kept = new Map<string, { readonly listed: ListedBlob; readonly bytes: Buffer }>();
  const keyOf = (name: BlobName): string => {
    assertBlobName(name);
    return `${name.space}/${name.owner}/${name.id}`;
  };
  const keep = (name: BlobName, bytes: Buffer): void => void kept.set(keyOf(name), { listed: { name: { ...name }, writtenAt: now() }, bytes });
  return {
    async write(name, content) {
      const key = keyOf(name);
      const chunks: Buffer[] = [];
      for await (const chunk of content) chunks.push(Buffer.from(chunk));
      if (kept.has(key)) throw new BlobExists();
      keep(name, Buffer.concat(chunks));
    },
    async read(name) {
      const bytes = kept.get(keyOf(name))?.bytes;
      return bytes && pieces(bytes);
    },
    async remove(name) {
      kept.delete(keyOf(name));
    },
    async *list(space, owner) {
      assertBlobSpace(space);
      if (owner !== undefined) assertBlobId(owner);
      for (const { listed } of [...kept.values()]) if (listed.name.space === space && (owner === undefined || listed.name.owner === owner)) yield listed;
    },
    dropUnfinished: async () => 0,
    bytesOf: (name) => kept.get(keyOf(name))?.bytes,
    change: keep,
    get count() {
      return kept.size;
    },
  };
}

/** As a disk would give it. */
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 64 * 1_024) yield bytes.subarray(at, at + 64 * 1_024);
}
