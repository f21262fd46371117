import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import type { AttemptSubject } from '../attempt-limits.js';
import type { Attempts } from '../attempts.js';

/** What every counter of attempts keeps to. */
export async function attemptsContract(t: Test, attempts: Attempts): Promise<void> {
  const start = new Date('2025-03-01T08:00:00.000Z').getTime();
  const after = (ms: number): Date => new Date(start + ms);
  const account = (): AttemptSubject => ({ kind: 'account', name: randomUUID() });

  await t.test('failures close the door, time opens it', async (t) => {
    const subject = account();
    let now = 0;
    for (let failure = 1; failure <= 10; failure++) {
      const begun = await attempts.begin([subject], after(now));
      t.match(begun, { allowed: true, failures: [failure] });
      if (failure >= 3 && failure < 10) {
        const wait = 1_000 * 2 ** (failure - 3);
        t.strictSame(await attempts.begin([subject], after(now + wait - 1)), { allowed: false, until: after(now + wait) }, `after ${failure} failures`);
        now += wait;
      }
    }
    t.strictSame(await attempts.begin([subject], after(now)), { allowed: false, until: after(900_000) }, 'ten: locked until the first has left the window');
    t.match(await attempts.begin([account()], after(now)), { allowed: true }, 'another name is not');
    t.match(await attempts.begin([subject], after(900_000 + 128_000)), { allowed: true });
  });

  await t.test('many at once pass no more than one after the other', async (t) => {
    const subject = account();
    const begun = await Promise.all(Array.from({ length: 20 }, () => attempts.begin([subject], after(0))));
    t.equal(begun.filter(({ allowed }) => allowed).length, 3);
  });

  await t.test('success forgets the account, not its source', async (t) => {
    const [subject, source] = [account(), { kind: 'source', name: randomUUID() } as const];
    for (let n = 0; n < 2; n++) await attempts.begin([subject, source], after(0));
    const begun = await attempts.begin([subject, source], after(0));
    t.match(begun, { allowed: true, failures: [3, 3] });
    await attempts.succeeded((begun as { id: string }).id, [subject]);
    t.match(await attempts.begin([subject, source], after(0)), { allowed: true, failures: [1, 3] });
  });

  await t.test('a source is closed after a hundred', async (t) => {
    const source = { kind: 'source', name: randomUUID() } as const;
    for (let n = 0; n < 100; n++) await attempts.begin([account(), source], after(n));
    t.strictSame(await attempts.begin([account(), source], after(100)), { allowed: false, until: after(900_000) });
    await attempts.sweep(after(900_050));
    t.match(await attempts.begin([source], after(900_050)), { allowed: true, failures: [50] });
  });
}
