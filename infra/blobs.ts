import { fileBlobs } from '../shared/blobs/files.js';
import type { BlobStore } from '../shared/blobs/port.js';
import type { Config } from '../shared/config/config.js';

/** Where this bank's documents are: its bucket, or else its folder. The S3 client is loaded only by who has one. */
export async function openBlobs({ blobUrl, blobDir, tls }: Config): Promise<BlobStore> {
  if (blobUrl === undefined) return fileBlobs(blobDir);
  const { s3Blobs } = await import('../shared/blobs/s3.js');
  return s3Blobs(blobUrl, tls);
}
