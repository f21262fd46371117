import { createHash, randomBytes } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import type { BlobName, BlobStore } from '../../shared/blobs/port.js';
import { ContentDamaged, openContent, sealContent } from '../../shared/blobs/sealed-content.js';
import { open, seal, type Envelope } from '../../shared/crypto/envelope.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { ContentType } from '../../shared/events/documents/values.js';

/**
 * A document's blob: four bytes with the length of a header, the header, the sealed content. The header (JSON) holds the content's key, sealed under the
 * customer's, and whether the content was compressed. Content and key are bound to the customer and the blob, the content to its header as well.
 */
interface Header {
  readonly format: 1;
  readonly encoding: 'gzip' | 'identity';
  readonly key: Envelope;
}

export interface Written {
  readonly storedSize: number;
  /** Of the blob, hex. */
  readonly sha256: string;
}

/** Pictures are compressed as they come. */
const COMPRESSED: readonly ContentType[] = ['application/pdf', 'text/plain'];
const MOST_HEADER = 2_048;

const bindingOf = ({ owner, id }: BlobName): string => `document ${id} of ${owner}`;
const contentBinding = (name: BlobName, header: Buffer): string => `${bindingOf(name)} ${header.toString('base64')}`;

/** Seals under the key of the blob's owner. Throws SubjectErased. */
export async function writeContent(
  { blobs, vault }: { readonly blobs: BlobStore; readonly vault: Vault }, name: BlobName, content: AsyncIterable<Buffer>, contentType: ContentType,
): Promise<Written> {
  const subject = (await vault.keysOf([name.owner])).get(name.owner)!;
  const key = randomBytes(32);
  const encoding = COMPRESSED.includes(contentType) ? 'gzip' : 'identity';
  const header = Buffer.from(JSON.stringify({ format: 1, encoding, key: seal(key.toString('base64'), subject, bindingOf(name)) } satisfies Header));
  const hash = createHash('sha256');
  let storedSize = 0;
  async function* stored(): AsyncGenerator<Buffer> {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(header.length);
    for await (const chunk of whole(Buffer.concat([length, header]), sealContent(encoding === 'gzip' ? gzipped(content) : content, key, contentBinding(name, header)))) {
      hash.update(chunk);
      storedSize += chunk.length;
      yield chunk;
    }
  }
  await blobs.write(name, stored());
  return { storedSize, sha256: hash.digest('hex') };
}

/** The hash of what is stored, hex; undefined where there is nothing. */
export async function storedHash(blobs: BlobStore, name: BlobName): Promise<string | undefined> {
  return (await inspect(blobs, name))?.sha256;
}

/** What the log says a blob is. */
export interface Expected {
  readonly size: number;
  readonly sha256: string;
}

/**
 * The content as it was attached; undefined where its key is gone. What is stored is hashed before the first byte is given out, and each frame is checked
 * again as it is opened. Nothing is held open until it is read. Throws ContentDamaged, also where nothing is stored.
 */
export async function readContent(
  { blobs, vault }: { readonly blobs: BlobStore; readonly vault: Vault }, name: BlobName, { size, sha256 }: Expected,
): Promise<AsyncIterable<Buffer> | undefined> {
  const stored = await inspect(blobs, name);
  if (stored?.sha256 !== sha256) throw new ContentDamaged('the blob is not the one in the log');
  const length = stored.begun.readUInt32BE();
  const header = stored.begun.subarray(4, 4 + length);
  const { encoding, key: envelope } = JSON.parse(header.toString()) as Header;
  const subjectKey = (await vault.keysById([envelope.keyId])).get(envelope.keyId);
  if (!subjectKey) return undefined;
  const key = Buffer.from(open(envelope, subjectKey, bindingOf(name)) as string, 'base64');
  const content = openContent(storedAfter(blobs, name, 4 + length), key, contentBinding(name, header));
  return exactly(size, encoding === 'gzip' ? gunzipped(content) : content);
}

/** Reads all of it: its hash, and its first bytes, the header among them. */
async function inspect(blobs: BlobStore, name: BlobName): Promise<{ readonly sha256: string; readonly begun: Buffer } | undefined> {
  const found = await blobs.read(name);
  if (!found) return undefined;
  const hash = createHash('sha256');
  let begun = Buffer.alloc(0);
  for await (const chunk of found) {
    hash.update(chunk);
    if (begun.length < 4 + MOST_HEADER) begun = Buffer.concat([begun, chunk.subarray(0, 4 + MOST_HEADER)]);
  }
  return { sha256: hash.digest('hex'), begun };
}

async function* storedAfter(blobs: BlobStore, name: BlobName, skipped: number): AsyncGenerator<Buffer> {
  const found = await blobs.read(name);
  if (!found) throw new ContentDamaged('the blob is gone');
  let left = skipped;
  for await (const chunk of found) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

async function* whole(first: Buffer, others: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* others;
}

const gzipped = (content: AsyncIterable<Buffer>): AsyncIterable<Buffer> => through(content, createGzip());
async function* gunzipped(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* through(content, createGunzip());
}

/** Ends with what the content throws. */
function through(content: AsyncIterable<Buffer>, transform: ReturnType<typeof createGzip> | ReturnType<typeof createGunzip>): AsyncIterable<Buffer> {
  return pipeline(Readable.from(content), transform, () => undefined) as unknown as AsyncIterable<Buffer>;
}

/** No more is given out than the log says there is, whatever the content unpacks to; and no less. */
async function* exactly(size: number, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let given = 0;
  for await (const chunk of content) {
    given += chunk.length;
    if (given > size) throw new ContentDamaged('there is more than was attached');
    yield chunk;
  }
  if (given < size) throw new ContentDamaged('there is less than was attached');
}
