import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { OrderedWork } from './ordered-work.js';

t.test('pieces that share a key run in order, others side by side within the bound', async (t) => {
  const work = new OrderedWork(3, 10);
  const order: Record<string, number[]> = { a: [], b: [], c: [], d: [] };
  let running = 0;
  let most = 0;
  for (let index = 0; index < 200; index++) {
    const keys = index % 10 === 9 ? ['a', 'b'] : ['abcd'[index % 4]!];
    await work.add(keys, async () => {
      most = Math.max(most, ++running);
      for (let turns = (index * 7) % 5; turns > 0; turns--) await turn();
      for (const key of keys) order[key]!.push(index);
      running--;
    });
  }
  await work.drain();
  t.equal(most, 3);
  for (const indexes of Object.values(order)) t.strictSame(indexes, [...indexes].sort((a, b) => a - b));
  t.equal(Object.values(order).flat().length, 220);
});

t.test('the first failure stops what has not begun', async (t) => {
  const work = new OrderedWork(1, 100);
  let done = 0;
  await work.add(['a'], async () => {
    throw new Error('broken');
  });
  for (let index = 0; index < 5; index++) await work.add([], async () => { done++; }).catch(() => {});
  await t.rejects(work.drain(), { message: 'broken' });
  await work.settle();
  t.equal(done, 0);
});
