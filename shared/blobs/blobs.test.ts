import t from 'tap';
import { blobsContract } from './contract.js';
import { createMemoryBlobs } from './memory.js';

t.test('blobs in memory', (t) => blobsContract(t, async () => createMemoryBlobs()));
