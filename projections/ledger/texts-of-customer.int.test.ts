import { test } from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { skipUnless } from '../../shared/testing/parts.js';
import { readDatabase } from './testing/read-database.js';
import { idOf, type Story } from './testing/story.js';
import { ANN, BOB, twoCustomers } from './testing/two-customers.js';
import { textsOfCustomer } from './texts-of-customer.js';

test('what was written beside a customer\'s movements is the customer\'s own, whole, and gone with the key', skipUnless('postgres'), async (t) => {
  const { store, apply } = await readDatabase(t);
  const vault = createMemoryVault();
  await apply(await twoCustomers().sealed(vault));
  const texts = async (id: string) => {
    const found: object[] = [];
    for await (const text of textsOfCustomer({ store, vault }, id)) found.push(text);
    return found.map((one) => one as { kind: string; accountId: string; text: string; recordedAt: string });
  };
  const ofAnn = await texts(ANN);
  t.same(ofAnn.map(({ kind, text }) => [kind, text]), [['memo', 'first wages'], ['memo', 'rent March'], ['memo', 'express'], ['hold', 'hotel Yangzi'], ['reversal', 'posted twice']]);
  t.same(new Set(ofAnn.map(({ accountId }) => accountId)), new Set([idOf('ann')]));
  t.equal(ofAnn[0]!.recordedAt, '2026-03-01T09:00:30.500Z');
  t.same((await texts(BOB)).map(({ kind, text }) => [kind, text]), [['memo', 'rent March'], ['reversal', 'posted twice']], 'the other side\'s texts are the other side\'s');
  t.same(await texts(idOf('nobody')), []);
  await vault.erase(ANN);
  await t.rejects(texts(ANN), { name: 'SubjectErased' });
  t.equal((await texts(BOB)).length, 2, 'control');
});

test('more texts than one read takes all come, each once', skipUnless('postgres'), async (t) => {
  const { store, apply } = await readDatabase(t);
  const vault = createMemoryVault();
  const story: Story = twoCustomers().at('2026-03-04T09:00:00.000Z');
  // Many at the same moment: the order has to go on within it.
  for (let n = 0; n < 1_203; n++) story.deposit(`many-${n}`, 'ann', 1n, `memo ${n}`);
  await apply(await story.sealed(vault));
  const found: string[] = [];
  for await (const text of textsOfCustomer({ store, vault }, ANN)) found.push((text as { text: string }).text);
  t.equal(new Set(found.filter((text) => text.startsWith('memo '))).size, 1_203);
  t.equal(found.length, 1_203 + 5);
});
