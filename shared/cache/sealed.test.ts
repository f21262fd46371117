import t from 'tap';
import { cacheContract } from './contract.js';
import { createInProcessCache } from './in-process.js';
import type { Cached } from './port.js';
import { sealedCache } from './sealed.js';

const secret = Buffer.alloc(32, 7);
const view = { version: 3n, value: '{"accountNumber":"6200000004","name":"张伟"}' };

t.test('contract', (t) => cacheContract(t, sealedCache(createInProcessCache(), secret)));

t.test('what it stores says nothing, and opens only under its key, at its version, in its bank', async (t) => {
  const outside = createInProcessCache();
  const cache = sealedCache(outside, secret);
  await cache.put('account:a', view, 60_000);
  const stored = (await outside.get('account:a')) as Cached;
  for (const word of ['6200000004', '张伟', 'accountNumber']) t.notOk(stored.value.includes(word));
  t.same(await cache.get('account:a'), view);
  const moved = async (key: string, value: Cached, reader = cache) => {
    await outside.put(key, value, 60_000);
    return reader.get(key);
  };
  t.equal(await moved('account:b', stored), undefined, 'another account');
  t.equal(await moved('account:a', { ...stored, version: 4n }), undefined, 'a later version');
  t.equal(await moved('account:c', { version: 1n, value: 'nonsense' }), undefined);
  t.same(await moved('account:a', { ...stored, version: 9n }, sealedCache(outside, Buffer.alloc(32, 8))), undefined, 'another bank');
  await cache.put('account:d', view, 60_000);
  t.same(await cache.get('account:d'), view, 'and nothing of this hinders the next one');
});
