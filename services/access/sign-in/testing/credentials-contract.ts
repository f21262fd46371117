import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import type { Credentials } from '../credentials.js';

/** What every store of credentials keeps to. `open` gives an empty one. */
export async function credentialsContract(t: Test, open: () => Promise<Credentials>): Promise<void> {
  const at = new Date('2025-03-01T08:00:00.000Z');
  const later = new Date(at.getTime() + 1);

  await t.test('what was added is read, what was not is absent', async (t) => {
    const store = await open();
    const holderId = randomUUID();
    const id = await store.add(holderId, { kind: 'password', hash: '$argon2id$x' }, at);
    t.strictSame(await store.read([id, randomUUID()]), [{ id, holderId, version: 1, content: { kind: 'password', hash: '$argon2id$x' } }]);
    t.strictSame(await store.read([]), []);
    t.not(await store.add(holderId, { kind: 'password', hash: '$argon2id$x' }, at), id, 'every row has an id of its own');
  });

  await t.test('of those who replace one version, one does', async (t) => {
    const store = await open();
    const id = await store.add(randomUUID(), { kind: 'recovery-codes', unused: ['a', 'b'] }, at);
    const won = await Promise.all(['a', 'b', 'c', 'd'].map((code) => store.replace(id, 1, { kind: 'recovery-codes', unused: [code] })));
    t.equal(won.filter(Boolean).length, 1);
    const [row] = await store.read([id]);
    t.equal(row?.version, 2);
    t.strictSame(row?.content, { kind: 'recovery-codes', unused: [['a', 'b', 'c', 'd'][won.indexOf(true)]] });
    t.equal(await store.replace(id, 1, { kind: 'recovery-codes', unused: [] }), false);
    t.equal(await store.replace(randomUUID(), 1, { kind: 'recovery-codes', unused: [] }), false, 'nothing is made by replacing');
  });

  await t.test('of whoever is forgotten no row is left', async (t) => {
    const store = await open();
    const [holderId, other] = [randomUUID(), randomUUID()];
    const [one, two, others] = [await store.add(holderId, { kind: 'message', label: '' }, at), await store.add(holderId, { kind: 'message', label: '' }, at), await store.add(other, { kind: 'message', label: '' }, at)];
    await store.forget(holderId);
    t.strictSame((await store.read([one, two, others])).map(({ id }) => id), [others]);
  });

  await t.test('old rows are listed page by page, and removed', async (t) => {
    const store = await open();
    const holderId = randomUUID();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await store.add(holderId, { kind: 'message', label: `${n}` }, at));
    const young = await store.add(holderId, { kind: 'message', label: 'young' }, later);
    const sorted = [...ids].sort();
    t.strictSame(await store.madeBefore(later, undefined, 3), sorted.slice(0, 3).map((id) => ({ id, holderId })));
    t.strictSame(await store.madeBefore(later, sorted[2], 3), sorted.slice(3).map((id) => ({ id, holderId })));
    await store.remove([...ids, randomUUID()]);
    t.strictSame((await store.read([...ids, young])).map(({ id }) => id), [young]);
  });
}
