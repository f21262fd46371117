import t from 'tap';
import { cacheContract } from './contract.js';
import { createInProcessCache } from './in-process.js';

t.test('contract', async (t) => {
  await cacheContract(t, createInProcessCache());
});

t.test('it is bounded: the views longest unused go first', async (t) => {
  const cache = createInProcessCache({ maxCharacters: 10_000 });
  for (let index = 0; index < 50; index++) await cache.put(`k${index}`, { version: 1n, value: 'x'.repeat(900) }, 60_000);
  t.equal(await cache.get('k0'), undefined);
  t.same(await cache.get('k49'), { version: 1n, value: 'x'.repeat(900) });
  await cache.put('huge', { version: 1n, value: 'x'.repeat(20_000) }, 60_000);
  t.equal(await cache.get('huge'), undefined);
});

t.test('closed, it holds nothing', async (t) => {
  const cache = createInProcessCache();
  await cache.put('k', { version: 1n, value: 'x' }, 60_000);
  await cache.close();
  t.equal(await cache.get('k'), undefined);
});
