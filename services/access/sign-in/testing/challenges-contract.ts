import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import type { Challenges } from '../challenges.js';

/** What every store of challenges keeps to. */
export async function challengesContract(t: Test, challenges: Challenges): Promise<void> {
  const at = new Date('2025-03-01T08:00:00.000Z');
  const later = new Date(at.getTime() + 1_000);
  const content = { kind: 'second-factor', holderId: randomUUID(), passwordId: randomUUID(), passkeyChallenge: 'abc', codesSent: 0 } as const;

  await t.test('a token is good once, for its kind, in its time', async (t) => {
    const token = await challenges.open(content, later);
    t.match(token, /^pbc_[\w-]{43}$/);
    t.strictSame(await challenges.look('second-factor', token, at), content);
    t.equal(await challenges.look('totp-enrolment', token, at), undefined);
    t.equal(await challenges.take('passkey-sign-in', token, at), undefined);
    t.equal(await challenges.look('second-factor', token, later), undefined);
    t.equal(await challenges.look('second-factor', `${token.slice(0, -1)}A`, at) === undefined || token.endsWith('A'), true);
    const taken = await Promise.all([1, 2, 3].map(() => challenges.take('second-factor', token, at)));
    t.equal(taken.filter((one) => one !== undefined).length, 1);
    t.equal(await challenges.look('second-factor', token, at), undefined);
  });

  await t.test('content is replaced by one who saw it', async (t) => {
    const token = await challenges.open(content, later);
    const won = await Promise.all(['x', 'y'].map((codeHash) => challenges.replace(token, content, { ...content, codeHash, codesSent: 1 })));
    t.equal(won.filter(Boolean).length, 1);
    t.match(await challenges.look('second-factor', token, at), { codeHash: ['x', 'y'][won.indexOf(true)], codesSent: 1 });
  });

  await t.test('all of a kind are withdrawn; what is old is swept', async (t) => {
    const link = await challenges.open({ kind: 'first-administrator' }, later);
    const other = await challenges.open(content, later);
    await challenges.withdraw('first-administrator');
    t.equal(await challenges.look('first-administrator', link, at), undefined);
    t.ok(await challenges.look('second-factor', other, at));
    const [his, hers] = [randomUUID(), randomUUID()];
    const [one, two] = [await challenges.open({ kind: 'invitation', holderId: his, passwordId: null }, later), await challenges.open({ kind: 'invitation', holderId: hers, passwordId: null }, later)];
    await challenges.withdraw('invitation', his);
    t.equal(await challenges.look('invitation', one, at), undefined);
    t.strictSame(await challenges.look('invitation', two, at), { kind: 'invitation', holderId: hers, passwordId: null }, 'those of others stand');
    await challenges.sweep(later);
    t.equal(await challenges.look('second-factor', other, at), undefined);
  });
}
