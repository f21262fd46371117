import type { Test } from 'tap';
import { eventually } from '../testing/eventually.js';
import { all, eventOf, eventsOf, fill, kindOf, numbersOf, outcomeOf, revisionsOf } from './contract-harness.js';
import type { Harness } from './contract-harness.js';

const SOFT_DELETED = 2n ** 63n - 1n;

export const ending = (t: Test, open: (t: Test) => Promise<Harness>): void => {
  t.test('a deleted stream is not found, and goes on with its numbering when written again', async (t) => {
    const { store, name } = await open(t);
    for (const expected of ['no-stream', 'any', 2n] as const) {
      const stream = name('deleted');
      await store.append(stream, eventsOf(3), 'no-stream');
      await store.deleteStream(stream, 2n);
      t.equal(await kindOf(all(store.readStream(stream))), 'stream-not-found');
      t.equal(await kindOf(all(store.readStream(stream, { direction: 'backwards', limit: 1 }))), 'stream-not-found');
      t.equal((await store.metadataOf(stream))?.truncateBefore, SOFT_DELETED);
      t.equal(await outcomeOf(store.append(stream, eventsOf(2, 10), expected)), 'revision 4', `written again at ${expected}`);
      // A real server hides the past in a second write, a moment after the answer.
      await eventually(async () => (await store.metadataOf(stream))?.truncateBefore === 3n);
      t.same(revisionsOf(await all(store.readStream(stream))), [3, 4]);
      t.same(numbersOf(await all(store.readStream(stream, { direction: 'backwards' }))), [11, 10]);
    }
  });

  t.test('$all keeps what was deleted', async (t) => {
    const { store, name } = await open(t);
    const stream = name('kept');
    const [first] = await fill(store, stream, 3);
    await store.deleteStream(stream, 'any');
    const kept = [];
    for await (const event of store.readAll({ from: first?.position ?? 0n })) {
      if (event.stream === stream) kept.push(event);
    }
    t.same(numbersOf(kept), [0, 1, 2]);
  });

  t.test('a stream is deleted only at the revision it has', async (t) => {
    const { store, name } = await open(t);
    const stream = name('delete-at');
    t.equal(await outcomeOf(store.deleteStream(stream, 'any')), 'wrong-expected-version no-stream', 'there is nothing to delete');
    await store.append(stream, eventsOf(3), 'no-stream');
    t.equal(await kindOf(store.deleteStream(stream, 1n)), 'wrong-expected-version');
    t.equal(await kindOf(store.deleteStream(stream, 'no-stream')), 'wrong-expected-version');
    t.same(revisionsOf(await all(store.readStream(stream))), [0, 1, 2]);
    t.equal(await outcomeOf(store.deleteStream(stream, 2n)), 'done');
    t.equal(await outcomeOf(store.deleteStream(stream, 'any')), 'done', 'deleting again does no harm');
    t.equal(await kindOf(all(store.readStream(stream))), 'stream-not-found');
  });

  t.test('a tombstoned stream is gone for ever', async (t) => {
    const { store, name } = await open(t);
    const stream = name('tombstoned');
    await store.append(stream, eventsOf(3), 'no-stream');
    t.equal(await kindOf(store.tombstoneStream(stream, 1n)), 'wrong-expected-version');
    t.equal(await outcomeOf(store.tombstoneStream(stream, 2n)), 'done');
    t.equal(await kindOf(all(store.readStream(stream))), 'stream-tombstoned');
    t.equal(await kindOf(all(store.readStream(stream, { direction: 'backwards', limit: 1 }))), 'stream-tombstoned');
    t.equal(await kindOf(store.append(stream, [eventOf(9)], 'any')), 'stream-tombstoned');
    t.equal(await kindOf(store.deleteStream(stream, 'any')), 'stream-tombstoned');
    t.equal(await kindOf(store.tombstoneStream(stream, 'any')), 'stream-tombstoned');
  });

  t.test('a stream that never was can be tombstoned', async (t) => {
    const { store, name } = await open(t);
    const stream = name('never-tombstoned');
    t.equal(await outcomeOf(store.tombstoneStream(stream, 'any')), 'done');
    t.equal(await kindOf(store.append(stream, [eventOf(1)], 'no-stream')), 'stream-tombstoned');
  });
};
