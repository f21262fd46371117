import t from 'tap';
import { createCachedViews } from '../../shared/cache/cached-views.js';
import { createInProcessCache } from '../../shared/cache/in-process.js';
import type { Cached } from '../../shared/cache/port.js';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { readDatabase } from '../../shared/testing/read-database.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { customerKeys } from './customer-by-id.js';
import { customersProjection } from './projection.js';
import { customerQueries } from './search.js';
import { idOf, Story } from './testing/story.js';

const key = (name: string): string => `customer:${idOf(name)}`;

/** A read model of the first event; `apply` brings the others that are told. */
async function bank(t: Parameters<typeof readDatabase>[0], then: (story: Story) => Story) {
  const vault = createMemoryVault();
  const database = await readDatabase(t, customersProjection(vault));
  const cache = createInProcessCache();
  let queries = 0;
  const store = { ...database.store, query: (...of: Parameters<typeof database.query>) => (queries++, database.query(...of)) } as typeof database.store;
  const cached = createCachedViews({ cache, spaces: { of: () => 'now', stop: async () => {} } });
  const { byId } = await customerQueries(store, vault, { cached });
  const [registered, ...others] = await then(new Story(vault).person('张伟', { phones: ['+8613900000001'] }, 'B01')).opened();
  const apply = async () => {
    await database.apply(others);
    await cache.invalidate(customerKeys(others));
  };
  await database.apply([registered!]);
  return { vault, cache, byId, apply, queries: () => queries };
}

t.test('a customer comes from the cache as from the table, until the next event', skipUnless('postgres'), async (t) => {
  const { byId, apply, queries } = await bank(t, (story) => story.change('张伟', { field: 'phones', before: null, after: ['+8613900000002'] }).move('张伟', 'B01', 'B02'));
  const id = idOf('张伟');
  const first = await byId(id);
  t.match(first, { id, revision: 0, status: 'active', name: '张伟', branch: 'B01', phones: ['+8613900000001'], registeredAt: '2025-01-01T08:00:00.000Z' });
  t.strictSame([await byId(id), await byId(id.toUpperCase())], [first, first]);
  t.equal(queries(), 1);
  await apply();
  t.match(await byId(id), { revision: 2, phones: ['+8613900000002'], branch: 'B02' });
  await byId(id, true);
  t.equal(queries(), 3, 'who asks for a position gets it from the table');
  t.equal(await byId(idOf('nobody')), undefined);
});

t.test('what is cached of a customer says nothing by itself, and nothing at all once the key is gone', skipUnless('postgres'), async (t) => {
  const { byId, vault, cache, apply } = await bank(t, (story) => story.move('张伟', 'B01', 'B02'));
  await byId(idOf('张伟'));
  const { value } = (await cache.get(key('张伟'))) as Cached;
  for (const word of ['张伟', '13900000001', 'E1000', 'birthDate']) t.notOk(value.includes(word), word);
  await vault.erase(idOf('张伟'));
  t.strictSame(await byId(idOf('张伟')), {
    id: idOf('张伟'), revision: 0, kind: 'individual', status: 'erased', branch: 'B01', registeredAt: '2025-01-01T08:00:00.000Z', updatedAt: '2025-01-01T08:00:00.000Z',
  });
  t.equal(await cache.get(key('张伟')), undefined, 'gone');
  t.match(await byId(idOf('张伟')), { status: 'erased' });
  t.equal(await cache.get(key('张伟')), undefined, 'and does not come back from the row that the table still has');
  await apply();
  t.match(await byId(idOf('张伟')), { status: 'erased', branch: 'B02', revision: 1 });
});

t.test('a customer\'s view is stale with every event of the customer, and with no other', async (t) => {
  const story = new Story(createMemoryVault()).person('张伟').person('王芳').move('张伟', 'B01', 'B02').lapse('王芳');
  t.same(customerKeys(await story.opened()), [{ key: key('张伟'), version: 1n }, { key: key('王芳'), version: 1n }]);
  t.same(customerKeys([]), []);
});
