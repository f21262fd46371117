import { test } from 'tap';
import { partitionOf, partitionsOfBank } from './partitions.js';

test('a key goes where the Java client would send it', async (t) => {
  // Test vectors of Apache Kafka's UtilsTest.testMurmur2, as partition of 2^31 - 1.
  const vectors: Record<string, number> = {
    '21': -973932308,
    foobar: -790332482,
    'a-little-bit-long-string': -985981536,
    'a-little-bit-longer-string': -1486304829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
    abc: 479470107,
  };
  for (const [key, hash] of Object.entries(vectors)) t.equal(partitionOf(key, 2 ** 31), hash & 0x7fffffff, key);
});

test('the ledger has a partition per shard, and never fewer than six', async (t) => {
  t.equal(partitionsOfBank(1)('passbook.ledger.events'), 6);
  t.equal(partitionsOfBank(16)('passbook.ledger.events'), 16);
  t.equal(partitionsOfBank(16)('passbook.customers.events'), 12);
});
