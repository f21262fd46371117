import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { eventually } from '../testing/eventually.js';
import { all, eventOf, eventsOf, kindOf, numbersOf, outcomeOf, revisionsOf } from './contract-harness.js';
import type { Harness } from './contract-harness.js';
import type { AppendResult, ExpectedRevision } from './port.js';

type State = 'never written' | 'only metadata' | 'three events' | 'soft-deleted' | 'recreated' | 'tombstoned';

const reach = async ({ store }: Harness, stream: string, state: State): Promise<void> => {
  if (state === 'never written') return;
  if (state === 'only metadata') return store.setMetadata(stream, { maxCount: 10 });
  await store.append(stream, eventsOf(3), 'no-stream');
  if (state === 'soft-deleted' || state === 'recreated') await store.deleteStream(stream, 2n);
  if (state === 'recreated') {
    await store.append(stream, [eventOf(3)], 'no-stream');
    // A real server takes the mark of deletion away in a second write, a moment after the answer.
    await eventually(async () => (await store.metadataOf(stream))?.truncateBefore === 3n);
  }
  if (state === 'tombstoned') await store.tombstoneStream(stream, 2n);
};

/** What an append of a new event comes to, by the stream's state and the revision expected. */
const TABLE: readonly (readonly [State, ExpectedRevision, string])[] = [
  ['never written', 'any', 'revision 0'],
  ['never written', 'no-stream', 'revision 0'],
  ['never written', 'stream-exists', 'wrong-expected-version no-stream'],
  ['never written', 0n, 'wrong-expected-version no-stream'],
  ['never written', 7n, 'wrong-expected-version no-stream'],
  ['only metadata', 'any', 'revision 0'],
  ['only metadata', 'no-stream', 'revision 0'],
  ['only metadata', 'stream-exists', 'revision 0'],
  ['only metadata', 0n, 'wrong-expected-version no-stream'],
  ['three events', 'any', 'revision 3'],
  ['three events', 'no-stream', 'wrong-expected-version 2'],
  ['three events', 'stream-exists', 'revision 3'],
  ['three events', 0n, 'wrong-expected-version 2'],
  ['three events', 1n, 'wrong-expected-version 2'],
  ['three events', 2n, 'revision 3'],
  ['three events', 3n, 'wrong-expected-version 2'],
  ['three events', 99n, 'wrong-expected-version 2'],
  ['soft-deleted', 'any', 'revision 3'],
  ['soft-deleted', 'no-stream', 'revision 3'],
  ['soft-deleted', 'stream-exists', 'stream-tombstoned'],
  ['soft-deleted', 1n, 'wrong-expected-version 2'],
  ['soft-deleted', 2n, 'revision 3'],
  ['soft-deleted', 3n, 'wrong-expected-version 2'],
  ['recreated', 'any', 'revision 4'],
  ['recreated', 'stream-exists', 'revision 4'],
  ['recreated', 2n, 'wrong-expected-version 3'],
  ['recreated', 3n, 'revision 4'],
  ['tombstoned', 'any', 'stream-tombstoned'],
  ['tombstoned', 'no-stream', 'stream-tombstoned'],
  ['tombstoned', 'stream-exists', 'stream-tombstoned'],
  ['tombstoned', 2n, 'stream-tombstoned'],
  ['tombstoned', 9n, 'stream-tombstoned'],
];

export const appending = (t: Test, open: (t: Test) => Promise<Harness>): void => {
  t.test('every expected revision meets every state of a stream', async (t) => {
    const h = await open(t);
    for (const [state, expected, outcome] of TABLE) {
      const stream = h.name('table');
      await reach(h, stream, state);
      t.equal(await outcomeOf(h.store.append(stream, [eventOf(50)], expected)), outcome, `${state}, expected ${expected}`);
    }
  });

  t.test('an append is atomic, at consecutive revisions and rising positions', async (t) => {
    const { store, name } = await open(t);
    const stream = name('atomic');
    const first = await store.append(stream, eventsOf(3), 'no-stream');
    const second = await store.append(stream, eventsOf(2, 3), 2n);
    const events = await all(store.readStream(stream));
    t.same(numbersOf(events), [0, 1, 2, 3, 4]);
    t.same(revisionsOf(events), [0, 1, 2, 3, 4]);
    t.equal(first.revision, 2n);
    t.equal(second.revision, 4n);
    t.equal(events[2]?.position, first.position, 'the answer names the last event');
    t.equal(events[4]?.position, second.position);
    t.ok(events.every((event, index) => index === 0 || event.position > (events[index - 1] as typeof event).position), 'positions rise');
  });

  t.test('nothing of a refused append is stored', async (t) => {
    const { store, name } = await open(t);
    const stream = name('refused');
    await store.append(stream, eventsOf(2), 'no-stream');
    t.equal(await kindOf(store.append(stream, eventsOf(3, 10), 'no-stream')), 'wrong-expected-version');
    t.same(numbersOf(await all(store.readStream(stream))), [0, 1]);
  });

  t.test('what cannot be an append is refused without being sent', async (t) => {
    const { store, name } = await open(t);
    const stream = name('invalid');
    t.equal(await kindOf(store.append(stream, [], 'any')), 'invalid', 'no events');
    t.equal(await kindOf(store.append('', [eventOf(1)], 'any')), 'invalid', 'no name');
    t.equal(await kindOf(store.append(stream, [{ ...eventOf(1), id: 'seven' }], 'any')), 'invalid', 'an id that is none');
    t.equal(await kindOf(store.append(stream, [eventOf(1)], -1n)), 'invalid', 'a negative revision');
    t.equal(await kindOf(all(store.readStream(stream))), 'stream-not-found', 'nothing was stored');
  });

  t.test('names, types and contents in any script come back as they were', async (t) => {
    const { store, name } = await open(t);
    const stream = `${name('客户')}-éß😀`;
    const event = { id: randomUUID(), type: '转账Posté😀', data: { 姓名: '王小明', amount: '1.00', list: [1, 'é'] }, metadata: { 渠道: '柜台' } };
    await store.append(stream, [event], 'no-stream');
    const [read] = await all(store.readStream(stream));
    t.match(read, { ...event, stream, revision: 0n });
    t.ok(Math.abs((read?.created.getTime() ?? 0) - Date.now()) < 60_000, 'created is the store\'s own clock');
    t.equal(await outcomeOf(store.append(stream, [eventOf(1)], 'no-stream')), 'wrong-expected-version 0', 'and refusals name them too');
  });

  t.test('size: only data counts, to 1,048,576 bytes', async (t) => {
    const { store, name } = await open(t);
    const stream = name('size');
    const sized = (bytes: number, metadataBytes = 0) => ({
      id: randomUUID(), type: 'Big', data: { x: 'a'.repeat(bytes - 8) }, metadata: { m: 'b'.repeat(metadataBytes) },
    });
    t.equal(await kindOf(store.append(stream, [sized(1_048_577)], 'no-stream')), 'too-large', 'one byte over');
    t.equal(await kindOf(store.append(stream, [sized(600_000), sized(600_000)], 'no-stream')), 'too-large', 'the events of an append count together');
    t.equal(await outcomeOf(store.append(stream, [sized(1_048_000)], 'no-stream')), 'revision 0');
    t.equal(await outcomeOf(store.append(stream, [sized(100, 1_200_000)], 0n)), 'revision 1', 'metadata does not count');
    t.equal(await outcomeOf(store.append(stream, Array.from({ length: 5_000 }, () => sized(165)), 1n)), 'revision 5001', 'nor does the number of events');
    const events = await all(store.readStream(stream, { limit: 2 }));
    t.same(events.map((event) => JSON.stringify(event.data).length), [1_048_000, 100]);
  });

  t.test('of writers racing for one revision exactly one wins', async (t) => {
    const { store, openStore, name } = await open(t);
    const other = await openStore();
    t.teardown(() => other.close());
    const stream = name('race');
    let expected: ExpectedRevision = 'no-stream';
    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.all(Array.from({ length: 16 }, (_, n) => outcomeOf((n % 2 === 0 ? store : other).append(stream, [eventOf(round)], expected))));
      t.equal(outcomes.filter((outcome) => outcome === `revision ${round}`).length, 1, `round ${round}: one winner`);
      t.equal(outcomes.filter((outcome) => outcome === `wrong-expected-version ${round}`).length, 15, `round ${round}: the others know who is there`);
      expected = BigInt(round);
    }
    t.same(numbersOf(await all(store.readStream(stream))), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  t.test('groups sent ahead at predicted revisions keep their order, from the very first', async (t) => {
    const { openStore, name } = await open(t);
    for (let attempt = 0; attempt < 5; attempt++) {
      // A fresh store, so that the first appends are also the first of their connection.
      const store = await openStore();
      const stream = name('pipeline');
      const groups = Array.from({ length: 30 }, (_, group) => store.append(stream, eventsOf(5, group * 5), group === 0 ? 'no-stream' : BigInt(group * 5 - 1)));
      const results: AppendResult[] = await Promise.all(groups);
      t.same(results.map((result) => Number(result.revision)), Array.from({ length: 30 }, (_, group) => group * 5 + 4));
      t.same(numbersOf(await all(store.readStream(stream))), Array.from({ length: 150 }, (_, n) => n));
      await store.close();
    }
  });

  t.test('when one group sent ahead is refused, those behind it are refused too', async (t) => {
    const { store, name } = await open(t);
    const stream = name('broken');
    await store.append(stream, eventsOf(1), 'no-stream');
    const groups = [store.append(stream, eventsOf(2, 1), 5n), store.append(stream, eventsOf(2, 3), 7n), store.append(stream, eventsOf(2, 5), 9n)];
    t.same(await Promise.all(groups.map(outcomeOf)), Array(3).fill('wrong-expected-version 0'));
    t.same(numbersOf(await all(store.readStream(stream))), [0]);
  });
};
