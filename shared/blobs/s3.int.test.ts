import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, CreateMultipartUploadCommand, ListMultipartUploadsCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pino from 'pino';
import t, { type Test } from 'tap';
import { startMoto } from '../../infra/s3/moto.js';
import { NoPython } from '../../infra/python-environment.js';
import { uniqueName } from '../testing/parts.js';
import { all, blobsContract, bytesOf, content, name } from './contract.js';
import { BlobExists, BlobsUnavailable } from './port.js';
import type { BlobUrl } from '../config/variables.js';
import { s3Blobs } from './s3.js';

const server = await startMoto({ dataDir: t.testdir({}), logger: pino({ level: 'silent' }) }).catch((error: unknown) => {
  if (error instanceof NoPython) return error;
  throw error;
});
if (!(server instanceof NoPython)) t.teardown(() => server.stop());
const skip = server instanceof NoPython ? { skip: server.message } : {};
const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
const endpoint = server instanceof NoPython ? '' : server.endpoint;
const admin = new S3Client({ endpoint, region: 'eu-west-1', forcePathStyle: true, credentials });
t.teardown(() => admin.destroy());

async function bucket(): Promise<BlobUrl> {
  const name = uniqueName('blobs').replaceAll('_', '-');
  await admin.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } }));
  return { endpoint, bucket: name, prefix: 'passbook/', region: 'eu-west-1', credentials };
}
const opened = (t: Test, place: BlobUrl, pageSize?: number): ReturnType<typeof s3Blobs> => {
  const blobs = s3Blobs(place, undefined, pageSize);
  t.teardown(() => blobs.close());
  return blobs;
};
t.test('blobs in a bucket', skip, (t) => blobsContract(t, async (t) => opened(t, await bucket())));

t.test('what takes several parts is one blob, taken once, and breaking off leaves no part', skip, async (t) => {
  const place = await bucket();
  const blobs = opened(t, place);
  const one = name();
  const large = Buffer.alloc(11 * 1_024 * 1_024, 'passbook');
  async function* inPieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < large.length; at += 100_000) yield large.subarray(at, at + 100_000);
  }
  await blobs.write(one, inPieces());
  await t.rejects(blobs.write(one, inPieces()), BlobExists);
  t.ok((await bytesOf(await blobs.read(one)))!.equals(large));
  async function* breaking(): AsyncGenerator<Buffer> {
    yield* inPieces();
    throw new Error('the client went away');
  }
  await t.rejects(blobs.write(name(), breaking()), { message: 'the client went away' });
  t.same((await admin.send(new ListMultipartUploadsCommand({ Bucket: place.bucket }))).Uploads ?? [], []);
  t.equal((await all(blobs.list('documents'))).length, 1);
});

t.test('parts that a killed process left are dropped once they are old, those of others not', skip, async (t) => {
  const place = await bucket();
  const blobs = opened(t, place);
  const { space, owner, id } = name();
  for (const Key of [`passbook/${space}/${owner}/${id}`, 'others/upload']) await admin.send(new CreateMultipartUploadCommand({ Bucket: place.bucket, Key }));
  // This S3 says that all were begun in 2010.
  t.equal(await blobs.dropUnfinished(new Date('2010-01-01')), 0);
  t.equal(await blobs.dropUnfinished(new Date()), 1);
  t.same((await admin.send(new ListMultipartUploadsCommand({ Bucket: place.bucket }))).Uploads!.map(({ Key }) => Key), ['others/upload']);
});

t.test('a listing goes on over pages, and tells of nothing beside the prefix', skip, async (t) => {
  const place = await bucket();
  const blobs = opened(t, place, 10);
  const owner = randomUUID();
  const ids = Array.from({ length: 25 }, () => randomUUID());
  for (const id of ids) await blobs.write({ space: 'documents', owner, id }, content(Buffer.from('x')));
  await admin.send(new PutObjectCommand({ Bucket: place.bucket, Key: `documents/${owner}/${randomUUID()}`, Body: 'beside' }));
  t.same((await all(blobs.list('documents', owner))).map((one) => one.name.id).sort(), ids.sort());
  t.equal((await all(blobs.list('documents'))).length, ids.length);
});

t.test('a bucket that keeps versions keeps none of what is removed', skip, async (t) => {
  const place = await bucket();
  await admin.send(new PutBucketVersioningCommand({ Bucket: place.bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const blobs = opened(t, place);
  const versions = async (): Promise<number> => {
    const { Versions = [], DeleteMarkers = [] } = await admin.send(new ListObjectVersionsCommand({ Bucket: place.bucket }));
    return Versions.length + DeleteMarkers.length;
  };
  const one = name();
  await blobs.write(one, content(Buffer.from('x')));
  t.equal(await versions(), 1, 'control');
  await blobs.remove(one);
  t.equal(await versions(), 0);
});

t.test('a bucket that is not there is a store that is away, never a blob that is not', skip, async (t) => {
  const blobs = opened(t, { ...await bucket(), bucket: 'nobodys-bucket' });
  await t.rejects(blobs.read(name()), BlobsUnavailable);
  await t.rejects(blobs.write(name(), content(Buffer.from('x'))), BlobsUnavailable);
  await t.rejects(blobs.remove(name()), BlobsUnavailable);
  await t.rejects(all(blobs.list('documents')), BlobsUnavailable);
  await t.rejects(blobs.dropUnfinished(new Date()), BlobsUnavailable);
});

t.test('a store that went away is said to be; back again, it is used', skip, async (t) => {
  const own = await startMoto({ dataDir: t.testdir({}), logger: pino({ level: 'silent' }) });
  t.teardown(() => own.stop());
  const place = { endpoint: own.endpoint, bucket: 'bank', prefix: '', region: 'us-east-1', credentials };
  const there = new S3Client({ endpoint: own.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  t.teardown(() => there.destroy());
  await there.send(new CreateBucketCommand({ Bucket: 'bank' }));
  const blobs = opened(t, place);
  const one = name();
  await blobs.write(one, content(Buffer.from('x')));
  await own.kill9();
  await t.rejects(blobs.read(one), BlobsUnavailable);
  await t.rejects(blobs.write(name(), content(Buffer.from('x'))), BlobsUnavailable);
  await own.restart();
  await there.send(new CreateBucketCommand({ Bucket: 'bank' }));
  await blobs.write(one, content(Buffer.from('again')));
  t.equal((await bytesOf(await blobs.read(one)))!.toString(), 'again');
});
