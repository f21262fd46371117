import { randomUUID } from 'node:crypto';
import type { Test } from 'tap';
import { all, eventOf, eventsOf, kindOf, numbersOf, outcomeOf } from './contract-harness.js';
import type { ContractOptions, Harness } from './contract-harness.js';

/** The same append sent again. With an exact revision the answer is for ever; without, only as long as the server remembers ids. */
export const idempotence = (t: Test, open: (t: Test) => Promise<Harness>, options: ContractOptions): void => {
  t.test('an append sent again at its exact revision is answered as the first time', async (t) => {
    const { store, name } = await open(t);
    const stream = name('again');
    const [e1, e2, e3, e4] = eventsOf(4, 1) as [ReturnType<typeof eventOf>, ReturnType<typeof eventOf>, ReturnType<typeof eventOf>, ReturnType<typeof eventOf>];
    const first = await store.append(stream, [e1, e2, e3], 'no-stream');
    t.same(await store.append(stream, [e1, e2, e3], 'no-stream'), first, 'the whole');
    t.same(await store.append(stream, [e2, e3], 0n), first, 'its end');
    t.equal(await outcomeOf(store.append(stream, [e1], 'no-stream')), 'revision 0', 'its beginning');
    t.equal(await outcomeOf(store.append(stream, [e2], 0n)), 'revision 1', 'its middle');
    t.equal(await kindOf(store.append(stream, [e3, e4], 1n)), 'wrong-expected-version', 'a part, with something new');
    t.equal(await kindOf(store.append(stream, [e1, e2, e3, e4], 'no-stream')), 'wrong-expected-version', 'the whole, with something new');
    t.equal(await outcomeOf(store.append(stream, [e2, e1], 'no-stream')), 'wrong-expected-version 2', 'in another order');
    const second = await store.append(stream, [e4], 2n);
    t.same(await store.append(stream, [e1, e2, e3], 'no-stream'), first, 'also when more has been written since');
    t.same(await store.append(stream, [e2, e3, e4], 0n), second, 'across two appends');
    t.same(numbersOf(await all(store.readStream(stream))), [1, 2, 3, 4], 'and nothing was stored twice');
  });

  t.test('ids alone protect nothing: at the head, or twice in one append, they are stored again', async (t) => {
    const { store, name } = await open(t);
    const stream = name('ids');
    const event = eventOf(1);
    t.equal(await outcomeOf(store.append(stream, [event], 'no-stream')), 'revision 0');
    t.equal(await outcomeOf(store.append(stream, [event], 0n)), 'revision 1', 'at a fresh revision');
    const twice = eventOf(2);
    t.equal(await outcomeOf(store.append(stream, [twice, twice], 1n)), 'revision 3', 'twice in one append');
    t.same(numbersOf(await all(store.readStream(stream))), [1, 1, 2, 2]);
  });

  t.test('without an exact revision remembered ids are answered as the first time', async (t) => {
    const { store, name } = await open(t);
    for (const expected of ['any', 'stream-exists'] as const) {
      const stream = name(expected);
      await store.append(stream, [eventOf(0)], 'no-stream');
      const [e1, e2, e3] = eventsOf(3, 1) as [ReturnType<typeof eventOf>, ReturnType<typeof eventOf>, ReturnType<typeof eventOf>];
      const first = await store.append(stream, [e1, e2], expected);
      t.same(await store.append(stream, [e1, e2], expected), first, `${expected}: the whole`);
      t.equal(await outcomeOf(store.append(stream, [e1], expected)), 'revision 1', `${expected}: its beginning`);
      t.equal(await kindOf(store.append(stream, [e1, e3], expected)), 'wrong-expected-version', `${expected}: known first, new later`);
      t.equal(await outcomeOf(store.append(stream, [e3, e1], expected)), 'revision 4', `${expected}: new first`);
      t.same(numbersOf(await all(store.readStream(stream))), [0, 1, 2, 3, 1]);
    }
  });

  t.test('the same id in two streams is two events', async (t) => {
    const { store, name } = await open(t);
    const event = { ...eventOf(1), id: randomUUID() };
    t.equal(await outcomeOf(store.append(name('one'), [event], 'any')), 'revision 0');
    t.equal(await outcomeOf(store.append(name('two'), [event], 'any')), 'revision 0');
  });

  const { restart } = options;
  if (restart !== undefined) t.test('after a restart the exact revision still protects, "any" no longer does', async (t) => {
    const { store, name } = await open(t);
    const exact = name('exact');
    const any = name('any');
    const events = eventsOf(3);
    const first = await store.append(exact, events, 'no-stream');
    await store.append(any, events, 'any');
    await restart();
    t.same(await store.append(exact, events, 'no-stream'), first);
    t.equal(await outcomeOf(store.append(any, events, 'any')), 'revision 5', 'the server has forgotten the ids');
    t.same(numbersOf(await all(store.readStream(exact))), [0, 1, 2]);
    t.same(numbersOf(await all(store.readStream(any))), [0, 1, 2, 0, 1, 2]);
  });
};
