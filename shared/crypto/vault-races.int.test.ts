import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { skipUnless } from '../testing/parts.js';
import { seed } from '../testing/seed.js';
import { vaultPlace } from './vault-fixture.js';
import { SubjectErased, type SubjectKey, type Vault } from './vault.js';

t.comment(`seed ${seed}`);

type Step = { readonly vault: number } & (
  | { readonly kind: 'ask'; readonly subjects: readonly number[] }
  | { readonly kind: 'erase'; readonly subject: number }
  | { readonly kind: 'rotate' }
);

const SUBJECTS = 40;
const subject = fc.nat(SUBJECTS - 1);
const vault = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('ask' as const), vault, subjects: fc.uniqueArray(subject, { minLength: 1, maxLength: 15 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('erase' as const), vault, subject }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rotate' as const), vault }) },
);

t.test('three processes asking, erasing and rotating at once: a subject has one key for ever or none for ever', skipUnless('postgres'), async (t) => {
  const place = await vaultPlace(t);
  const vaults: readonly Vault[] = [await place.open(), await place.open(), await place.open()];
  for (const sampled of fc.sample(fc.array(step, { minLength: 40, maxLength: 60 }), { seed, numRuns: 3 })) {
    // A sample may hold no erasure by chance; one stands in its middle in any case.
    const steps: readonly Step[] = [...sampled.slice(0, 20), { kind: 'erase', vault: 0, subject: 0 }, ...sampled.slice(20)];
    const names = Array.from({ length: SUBJECTS }, () => randomUUID());
    const given = new Map<string, SubjectKey>();
    const erased = new Set<string>();
    const remember = (keys: ReadonlyMap<string, SubjectKey>) => {
      for (const [name, key] of keys) {
        if (given.has(name)) t.same(key, given.get(name), 'the one key');
        given.set(name, key);
      }
    };
    const run = async (step: Step): Promise<void> => {
      const vault = vaults[step.vault]!;
      switch (step.kind) {
        case 'ask': {
          const asked = step.subjects.map((index) => names[index]!);
          const goneBefore = asked.some((name) => erased.has(name));
          try {
            remember(await vault.keysOf(asked));
            t.notOk(goneBefore, 'no key is given once the erasure is answered');
          } catch (error) {
            if (!(error instanceof SubjectErased)) throw error;
          }
          return;
        }
        case 'erase':
          await vault.erase(names[step.subject]!);
          erased.add(names[step.subject]!);
          return;
        case 'rotate':
          await vault.rotateRoot();
      }
    };
    // Six at a time, each lane in its own order.
    await Promise.all(Array.from({ length: 6 }, async (_, lane) => {
      for (let index = lane; index < steps.length; index += 6) await run(steps[index]!);
    }));

    const fresh = await place.open();
    for (const name of names) {
      if (erased.has(name)) await t.rejects(fresh.keysOf([name]), SubjectErased);
      else remember(await fresh.keysOf([name]));
      const key = given.get(name);
      if (key) t.equal((await fresh.keysById([key.keyId])).size, erased.has(name) ? 0 : 1);
    }
    t.ok(erased.size > 0 && given.size > erased.size, `${given.size} subjects with keys, ${erased.size} erased`);
  }
});
