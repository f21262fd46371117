import type { Test } from 'tap';
import { randomUUID } from 'node:crypto';
import { open, seal } from './envelope.js';
import { HOUSE, SubjectErased, type Vault } from './vault.js';

/** What every vault must do. `fresh` gives one that nothing was done with. */
export async function vaultContract(t: Test, fresh: (t: Test) => Promise<Vault>): Promise<void> {
  const subject = (): string => randomUUID();

  await t.test('a subject has one key, made when first asked for, found again by its id', async (t) => {
    const vault = await fresh(t);
    const [a, b] = [subject(), subject()];
    const first = await vault.keysOf([a, b, a]);
    t.same([...first.keys()].sort(), [a, b].sort());
    t.equal(first.get(a)!.key.length, 32);
    t.not(first.get(a)!.keyId, first.get(b)!.keyId);
    t.notOk(first.get(a)!.key.equals(first.get(b)!.key));
    t.same(await vault.keysOf([b]), new Map([[b, first.get(b)!]]));
    t.same(await vault.keysById([first.get(a)!.keyId, 'nobody']), new Map([[first.get(a)!.keyId, first.get(a)!.key]]));
  });

  await t.test('nothing asked for is nothing made', async (t) => {
    const vault = await fresh(t);
    t.same(await vault.keysOf([]), new Map());
    t.same(await vault.keysById([]), new Map());
  });

  await t.test('more subjects at once than a bucket holds', async (t) => {
    const vault = await fresh(t);
    const subjects = Array.from({ length: 2_500 }, subject);
    const keys = await vault.keysOf(subjects);
    t.equal(keys.size, 2_500);
    t.equal(new Set([...keys.values()].map(({ keyId }) => keyId)).size, 2_500);
    t.same(await vault.keysOf(subjects), keys);
    t.same(await vault.keysById([...keys.values()].map(({ keyId }) => keyId)), new Map([...keys.values()].map(({ keyId, key }) => [keyId, key])));
  });

  await t.test('asking for the same subjects at the same time gives the same keys', async (t) => {
    const vault = await fresh(t);
    const subjects = Array.from({ length: 20 }, subject);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => vault.keysOf(index % 2 ? subjects : subjects.toReversed())));
    for (const answer of answers) t.same(answer, answers[0]);
  });

  await t.test('an erased subject: its key is gone, none is made again, the others stay', async (t) => {
    const vault = await fresh(t);
    const [gone, stays] = [subject(), subject()];
    const keys = await vault.keysOf([gone, stays]);
    const envelope = seal('李小龙', keys.get(stays)!, 'here');
    await vault.erase(gone);
    await t.rejects(vault.keysOf([stays, gone]), { name: 'SubjectErased', subject: gone });
    t.same(await vault.keysById([keys.get(gone)!.keyId]), new Map());
    t.same(await vault.keysOf([stays]), new Map([[stays, keys.get(stays)!]]));
    t.equal(open(envelope, (await vault.keysById([envelope.keyId])).get(envelope.keyId)!, 'here'), '李小龙');
    await vault.erase(gone);
    await t.rejects(vault.keysOf([gone]), SubjectErased);
  });

  await t.test('a subject that never had a key can be erased, and then gets none', async (t) => {
    const vault = await fresh(t);
    const never = subject();
    await vault.erase(never);
    await t.rejects(vault.keysOf([never]), SubjectErased);
  });

  await t.test('the house has a key like any subject, and keeps it', async (t) => {
    const vault = await fresh(t);
    const before = await vault.keysOf([HOUSE]);
    await t.rejects(vault.erase(HOUSE), { message: 'the house is never erased' });
    t.same(await vault.keysOf([HOUSE]), before);
  });

  await t.test('secrets have 32 bytes, one value each, and outlive a new root, as keys do', async (t) => {
    const vault = await fresh(t);
    const [search, command] = [await vault.secret('search'), await vault.secret('command')];
    t.equal(search.length, 32);
    t.notOk(search.equals(command));
    const who = subject();
    const before = await vault.keysOf([who]);
    await vault.rotateRoot();
    t.ok((await vault.secret('search')).equals(search));
    t.ok((await vault.secret('command')).equals(command));
    t.same(await vault.keysOf([who]), before);
  });
}
