import { test } from 'tap';
import { eventually } from './eventually.js';

test('waits until the attempt gives a value, through errors and empty answers', async (t) => {
  const answers = [() => { throw new Error('refused'); }, () => undefined, () => null, () => false as const, () => 0];
  let calls = 0;
  t.equal(await eventually(() => answers[calls++]?.(), { everyMs: 1 }), 0);
  t.equal(calls, 5);
});

test('gives up at the deadline with the last error as the cause', async (t) => {
  const cause = new Error('still closed');
  await t.rejects(eventually(() => { throw cause; }, { deadlineMs: 20, everyMs: 5 }), { message: 'not within 20 ms: still closed', cause });
  await t.rejects(eventually(() => false, { deadlineMs: 20, everyMs: 5 }), { message: 'not within 20 ms: it was still false' });
});
