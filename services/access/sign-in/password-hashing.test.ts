import t from 'tap';
import { HASHING_COST, passwordHashing } from './password-hashing.js';
import { listedPasswords } from './weak-passwords.js';

t.test('what the bank really uses', async (t) => {
  const hashing = passwordHashing();
  const hash = await hashing.hash('walnut-ferry-quartz-31');
  t.match(hash, /^\$argon2id\$v=19\$m=65536,t=3,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  t.not(await hashing.hash('walnut-ferry-quartz-31'), hash, 'salted');
  t.equal(await hashing.matches(hash, 'walnut-ferry-quartz-31'), true);
  t.equal(await hashing.matches(hash, 'walnut-ferry-quartz-32'), false);
  t.equal(await hashing.matches(undefined, 'walnut-ferry-quartz-31'), false);
  t.equal(await hashing.matches(await hashing.hash('pa\u0073\u0301word of somebody'), 'pa\u015bword of somebody'), true, 'however a keyboard composes it');
});

t.test('so many at once, so many waiting, no more', async (t) => {
  const hashing = passwordHashing({ ...HASHING_COST, memoryKiB: 64, passes: 1, atOnce: 2, mostWaiting: 3 });
  const outcomes = await Promise.allSettled(Array.from({ length: 9 }, () => hashing.hash('x')));
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 5);
  t.match(outcomes.filter(({ status }) => status === 'rejected'), Array.from({ length: 4 }, () => ({ reason: { rejection: { code: 'overloaded' } } })));
  t.ok(await hashing.hash('x'), 'and room again');
});

t.test('passwords that attackers try first', async (t) => {
  const weaknessOf = listedPasswords();
  t.equal(await weaknessOf('qwertyuiop123', []), 'guessable');
  t.equal(await weaknessOf('1qaz2wsx3edc', []), 'known');
  t.equal(await weaknessOf('Zhangsan.Zhangsan1', ['zhangsan']), 'guessable');
  t.equal(await weaknessOf('walnut-ferry-quartz-31', ['li.wei']), undefined);
  t.equal(await weaknessOf(`walnut-ferry-quartz-31${'x'.repeat(100)}`, []), undefined);
});
