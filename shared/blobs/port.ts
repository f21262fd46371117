/** Kinds of blobs, each a space of its own. */
export const BLOB_SPACES = ['documents', 'unsettled-documents'] as const;
export type BlobSpace = (typeof BLOB_SPACES)[number];

/** Where a blob is: a space, whose it is, and which. Both ids are UUIDs that the bank gave; no text of a user's is ever part of a name. */
export interface BlobName {
  readonly space: BlobSpace;
  readonly owner: string;
  readonly id: string;
}

/** A blob that is there, and when it was written by the store's clock. */
export interface ListedBlob {
  readonly name: BlobName;
  readonly writtenAt: Date;
}

/**
 * Keeps bytes that are too many for an event. What is written never changes; what it means, and its hash, stands in the log. The store sees sealed
 * bytes only (`sealed-content.ts`). Adapters: `files.ts`, `s3.ts`, `memory.ts`; `contract.ts` runs on all. A store that is away throws BlobsUnavailable.
 */
export interface BlobStore {
  /** Whole or not at all, and durable once it resolves. What the content throws is thrown on, and leaves nothing. Throws BlobExists for a name that is taken. */
  write(name: BlobName, content: AsyncIterable<Buffer>): Promise<void>;
  /** Undefined where there is no such blob. */
  read(name: BlobName): Promise<AsyncIterable<Buffer> | undefined>;
  /** For ever; nothing happens where there is none. */
  remove(name: BlobName): Promise<void>;
  /** Those of a space, in no order; of one owner where that is given. */
  list(space: BlobSpace, owner?: string): AsyncIterable<ListedBlob>;
  /** Throws away what was begun before that moment and never finished; how many. */
  dropUnfinished(before: Date): Promise<number>;
}

export class BlobsUnavailable extends Error {
  override readonly name = 'BlobsUnavailable';
  constructor(cause: unknown) {
    super('the blob store is not available', { cause });
  }
}

export class BlobExists extends Error {
  override readonly name = 'BlobExists';
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Throws for a name that is none: every adapter asks before it makes a path or a key of it. */
export function assertBlobName({ space, owner, id }: BlobName): void {
  assertBlobSpace(space);
  assertBlobId(owner);
  assertBlobId(id);
}

export function assertBlobSpace(space: string): void {
  if (!(BLOB_SPACES as readonly string[]).includes(space)) throw new Error('no such space of blobs');
}

export function assertBlobId(id: string): void {
  if (typeof id !== 'string' || !UUID.test(id)) throw new Error('a blob is named by UUIDs in lower case');
}
