import { createHash } from 'node:crypto';

/** A snapshot's own facts. It is a cache of the fold: it may be deleted at any time and is never truth. */
export interface SnapshotHead {
  readonly id: string;
  readonly shard: number;
  /** First event id of the log it was made from. */
  readonly logId: string;
  /** The state after this revision. */
  readonly revision: number;
  /** SHA-256 (hex) over its chunks, which is the state's hash. */
  readonly hash: string;
  readonly chunks: number;
}

export interface SnapshotDraft {
  write(chunk: Buffer): Promise<void>;
  /** Makes it usable and drops all but the newest `keep`. */
  complete(hash: string, keep: number): Promise<void>;
  discard(): Promise<void>;
}

export interface Snapshots {
  begin(shard: number, logId: string, revision: number): Promise<SnapshotDraft>;
  /** Complete ones of this log, newest first. */
  list(shard: number, logId: string): Promise<SnapshotHead[]>;
  read(head: SnapshotHead): AsyncIterable<Buffer>;
}

/** Its chunks, and a throw at the end where they are not the ones that were written. */
export async function* verifiedChunks(snapshots: Snapshots, head: SnapshotHead): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let chunks = 0;
  for await (const chunk of snapshots.read(head)) {
    hash.update(chunk);
    chunks++;
    yield chunk;
  }
  if (chunks !== head.chunks || hash.digest('hex') !== head.hash) throw new Error(`snapshot ${head.id} is damaged`);
}

/** For tests and tools. `stored` may be damaged on purpose. */
export function memorySnapshots(): Snapshots & { readonly stored: { head: SnapshotHead; chunks: Buffer[] }[] } {
  const stored: { head: SnapshotHead; chunks: Buffer[] }[] = [];
  let made = 0;
  return {
    stored,
    async begin(shard, logId, revision) {
      const chunks: Buffer[] = [];
      return {
        async write(chunk) {
          chunks.push(chunk);
        },
        async complete(hash, keep) {
          stored.unshift({ head: { id: String(++made), shard, logId, revision, hash, chunks: chunks.length }, chunks });
          stored.splice(keep);
        },
        async discard() {},
      };
    },
    async list(shard, logId) {
      return stored.map(({ head }) => head).filter((head) => head.shard === shard && head.logId === logId);
    },
    async *read(head) {
      yield* stored.find((entry) => entry.head.id === head.id)!.chunks;
    },
  };
}
