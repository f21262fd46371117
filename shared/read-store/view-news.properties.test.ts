import fc from 'fast-check';
import t from 'tap';
import { seed } from '../testing/seed.js';
import { readNews, staleNews } from './view-news.js';

const uuids = (count: number) => Array.from({ length: count }, (_, index) => `account:0192f0c1-2d3e-4f50-8a61-${String(index).padStart(12, '0')}`);

t.comment(`seed ${seed}`);
t.test('what is stale is read as it was said', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.record({ key: fc.stringMatching(/^[a-z]{1,9}:[0-9a-f=-]{1,36}$/), version: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }) }), { minLength: 1, maxLength: 60 }), (stale) => {
      t.same(readNews(staleNews('ledger', stale)!), { projection: 'ledger', stale });
    }),
    { seed, numRuns: 50 },
  );
});

t.test('what Postgres would refuse is not said', async (t) => {
  const fits = (count: number) => staleNews('ledger', uuids(count).map((key) => ({ key, version: 123_456_789n }))) !== undefined;
  t.equal(fits(145), true);
  t.equal(fits(146), false, 'some seventy transfers in a batch');
  const key = (bytes: number) => staleNews('p', [{ key: 'k'.repeat(bytes - 4), version: 7n }]);
  t.equal(key(7_999)?.length, 7_999);
  t.equal(key(8_000), undefined);
  t.equal(staleNews('p', [{ key: '户'.repeat(2_700), version: 7n }]), undefined, 'bytes, not characters');
});

t.test('a space is told from a list', async (t) => {
  t.same(readNews('ledger =0192f0c1 shared-cache'), { projection: 'ledger', space: '0192f0c1', via: 'shared-cache' });
  t.same(readNews('ledger =0192f0c1 '), { projection: 'ledger', space: '0192f0c1', via: '' });
});
