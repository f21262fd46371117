import { Readable } from 'node:stream';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import {
  AbortMultipartUploadCommand, DeleteObjectCommand, GetObjectCommand, ListMultipartUploadsCommand, ListObjectVersionsCommand, paginateListObjectsV2, S3Client, S3ServiceException,
  type MultipartUpload,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { BlobUrl } from '../config/variables.js';
import { readTls, type TlsFiles } from '../tls/tls-files.js';
import { assertBlobId, assertBlobName, assertBlobSpace, BlobExists, BlobsUnavailable, type BlobName, type BlobStore } from './port.js';

const TIMES = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true };
/** The least that S3 takes as a part; with two in hand an upload holds 10 MiB. */
const PART_BYTES = 5 * 1_024 * 1_024;
const PARTS_IN_HAND = 2;

/**
 * A bucket of any store that speaks S3; without credentials they are found as the AWS SDK finds them (role of the machine or pod, environment).
 * Objects `<prefix><space>/<owner>/<id>`. An object is there once it is whole, and only if its name was free (`If-None-Match: *`); larger ones go up in parts.
 * Removing removes every version, so that a bucket which keeps versions keeps none of an erased customer.
 */
export function s3Blobs(place: BlobUrl, tls?: TlsFiles, pageSize = 1_000): BlobStore & { close(): void } {
  const { bucket: Bucket, prefix } = place;
  const client = clientOf(place, tls);
  const keyOf = (name: BlobName): string => {
    assertBlobName(name);
    return `${prefix}${name.space}/${name.owner}/${name.id}`;
  };

  return {
    async write(name, content) {
      const Key = keyOf(name);
      const watched = new Watched(content);
      const upload = new Upload({ client, params: { Bucket, Key, Body: Readable.from(watched), IfNoneMatch: '*' }, partSize: PART_BYTES, queueSize: PARTS_IN_HAND });
      try {
        await upload.done();
      } catch (error) {
        // What the content throws is its own, not the store's.
        if (watched.failure) throw watched.failure.error;
        throw isRefusedAs(error, 412, 409) ? new BlobExists() : new BlobsUnavailable(error);
      }
    },

    async read(name) {
      const Key = keyOf(name);
      const found = await inStore(() => ifThere(() => client.send(new GetObjectCommand({ Bucket, Key }))));
      return found && readAll(found.Body as Readable);
    },

    async remove(name) {
      const Key = keyOf(name);
      const { Versions = [], DeleteMarkers = [] } = await inStore(() => client.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key })));
      for (const { VersionId } of [...Versions, ...DeleteMarkers]) await inStore(() => client.send(new DeleteObjectCommand({ Bucket, Key, VersionId })));
    },

    async *list(space, owner) {
      assertBlobSpace(space);
      if (owner !== undefined) assertBlobId(owner);
      const Prefix = `${prefix}${space}/${owner === undefined ? '' : `${owner}/`}`;
      const pages = paginateListObjectsV2({ client, pageSize }, { Bucket, Prefix })[Symbol.asyncIterator]();
      for (let page = await inStore(() => pages.next()); page.done !== true; page = await inStore(() => pages.next()))
        for (const { Key, LastModified } of page.value.Contents ?? []) yield { name: nameOf(Key!.slice(prefix.length)), writtenAt: LastModified! };
    },

    async dropUnfinished(before) {
      let dropped = 0;
      for await (const { Key, UploadId, Initiated } of unfinished(client, Bucket, prefix)) {
        if (Initiated! >= before) continue;
        await inStore(() => ifThere(() => client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))));
        dropped++;
      }
      return dropped;
    },

    close: () => client.destroy(),
  };
}

function clientOf({ endpoint, region, credentials }: BlobUrl, tls: TlsFiles | undefined): S3Client {
  const trusted = tls && readTls(tls);
  return new S3Client({
    endpoint, region, forcePathStyle: true, ...(credentials && { credentials }),
    // Of the content nothing is known but its hash in the log, which is checked when it is read; stores beside Amazon's refuse newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { ...TIMES, ...(trusted && { httpsAgent: new HttpsAgent({ keepAlive: true, ...trusted, ca: [...rootCertificates, trusted.ca] }) }) },
  });
}

/** Content whose own failure is told from the store's. */
class Watched implements AsyncIterable<Buffer> {
  failure: { readonly error: unknown } | undefined;
  constructor(private readonly content: AsyncIterable<Buffer>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      yield* this.content;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

async function* readAll(body: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (error) {
    throw new BlobsUnavailable(error);
  } finally {
    body.destroy();
  }
}

async function* unfinished(client: S3Client, Bucket: string, Prefix: string): AsyncGenerator<MultipartUpload> {
  let from: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
  while (from) {
    const page = await inStore(() => client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...from })));
    yield* page.Uploads ?? [];
    from = page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
  }
}

function nameOf(key: string): BlobName {
  const [space, owner, id] = key.split('/') as [BlobName['space'], string, string];
  const name = { space, owner, id };
  assertBlobName(name);
  return name;
}

const isRefusedAs = (error: unknown, ...statuses: number[]): boolean => error instanceof S3ServiceException && statuses.includes(error.$metadata.httpStatusCode ?? 0);

async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    // A bucket that is not there is no missing blob: whatever was stored would be taken for lost.
    if (error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NoSuchUpload')) return undefined;
    throw error;
  }
}

async function inStore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new BlobsUnavailable(error);
  }
}
