import type { Test } from 'tap';
import { all, eventOf, eventsOf, fill, kindOf, numbersOf, revisionsOf } from './contract-harness.js';
import type { ContractOptions, Harness } from './contract-harness.js';
import type { AllRead, EventStore, StoredEvent } from './port.js';

/** Events of $all that belong to these streams, until there are enough. */
const allOf = async (store: EventStore, read: AllRead, streams: readonly string[], enough: number): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for await (const event of store.readAll(read)) {
    if (streams.includes(event.stream)) events.push(event);
    if (events.length === enough) break;
  }
  return events;
};

export const reading = (t: Test, open: (t: Test) => Promise<Harness>, options: ContractOptions): void => {
  t.test('a stream is read both ways, from anywhere, as far as asked', async (t) => {
    const { store, name } = await open(t);
    const stream = name('read');
    await store.append(stream, eventsOf(4), 'no-stream');
    await store.append(stream, eventsOf(1, 4), 3n);
    await store.append(stream, eventsOf(5, 5), 4n);
    const read = async (options: Parameters<EventStore['readStream']>[1]): Promise<unknown[]> => numbersOf(await all(store.readStream(stream, options)));
    t.same(await read({}), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    t.same(await read({ direction: 'backwards' }), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    t.same(await read({ from: 3n }), [3, 4, 5, 6, 7, 8, 9]);
    t.same(await read({ from: 3n, limit: 3 }), [3, 4, 5]);
    t.same(await read({ from: 6n, direction: 'backwards', limit: 4 }), [6, 5, 4, 3]);
    t.same(await read({ direction: 'backwards', limit: 1 }), [9], 'the newest');
    t.same(await read({ from: 0n, direction: 'backwards' }), [0]);
    t.same(await read({ from: 10n }), [], 'beyond the end there is nothing yet');
    t.same(await read({ limit: 0 }), []);
  });

  t.test('the stored bytes are given where they are asked for, the same by every way', async (t) => {
    const { store, name } = await open(t);
    const stream = name('bytes');
    const event = { id: eventOf(0).id, type: 'Said', data: { text: '张伟 \u2028 "é"', n: 1e21, none: null }, metadata: { of: ['x'] } };
    const { position } = await store.append(stream, [event], 'no-stream');
    const said = (events: readonly StoredEvent[]): unknown[] =>
      events.filter((one) => one.stream === stream).map(({ data, bytes }) => [data, bytes && [bytes.data, bytes.metadata].map((part) => Buffer.from(part).toString('utf8'))]);
    const expected = [[event.data, [JSON.stringify(event.data), JSON.stringify(event.metadata)]]];
    t.same(said(await all(store.readStream(stream, { bytes: true }))), expected);
    t.same(said(await all(store.readAll({ from: position, bytes: true, limit: 1 }))), expected);
    const ends = new AbortController();
    const live: StoredEvent[] = [];
    for await (const item of store.subscribeAll({ streamPrefixes: [stream], bytes: true, signal: ends.signal })) {
      if (item.kind === 'event') live.push(item.event);
      if (item.kind === 'caught-up') break;
    }
    ends.abort();
    t.same(said(live), expected);
    t.same(said(await all(store.readStream(stream))), [[event.data, undefined]]);
  });

  t.test('a stream that never was is not found', async (t) => {
    const { store, name } = await open(t);
    t.equal(await kindOf(all(store.readStream(name('never')))), 'stream-not-found');
    t.equal(await kindOf(all(store.readStream(name('never'), { direction: 'backwards', limit: 1 }))), 'stream-not-found');
  });

  t.test('what was answered can be read at once', async (t) => {
    const { store, name } = await open(t);
    const stream = name('at-once');
    for (let n = 0; n < 30; n++) {
      const { position } = await store.append(stream, [eventOf(n)], n === 0 ? 'no-stream' : BigInt(n - 1));
      t.same(numbersOf(await all(store.readStream(stream, { direction: 'backwards', limit: 1 }))), [n]);
      t.equal((await allOf(store, { direction: 'backwards' }, [stream], 1))[0]?.position, position);
    }
  });

  t.test('long streams come whole and in order, and a read may be left half-way', async (t) => {
    const { store, name } = await open(t);
    const stream = name('long');
    for (let group = 0; group < 15; group++) await store.append(stream, eventsOf(200, group * 200), group === 0 ? 'no-stream' : BigInt(group * 200 - 1));
    const numbers = Array.from({ length: 3_000 }, (_, n) => n);
    t.same(numbersOf(await all(store.readStream(stream))), numbers);
    t.same(numbersOf(await all(store.readStream(stream, { direction: 'backwards' }))), [...numbers].reverse());
    for (let round = 0; round < 20; round++) {
      for await (const event of store.readStream(stream, { from: 100n })) {
        if (event.revision === 110n) break;
      }
    }
    t.same(numbersOf(await all(store.readStream(stream, { from: 2_990n }))), numbers.slice(2_990));
  });

  t.test('$all is every stream in the order of writing, both ways', async (t) => {
    const { store, name } = await open(t);
    const streams = [name('all-a'), name('all-b')] as const;
    const written: { stream: string; position: bigint }[] = [];
    for (let n = 0; n < 6; n++) {
      const stream = streams[n % 2 === 0 ? 0 : 1];
      written.push({ stream, ...(await store.append(stream, [eventOf(n)], 'any')) });
      if (n === 3) await store.setMetadata(stream, { maxCount: 1_000 });
    }
    const positions = written.map(({ position }) => position);
    const [first, , , , fifth] = positions as [bigint, bigint, bigint, bigint, bigint];
    const forwards = await allOf(store, { from: first }, streams, 6);
    t.same(numbersOf(forwards), [0, 1, 2, 3, 4, 5], 'forwards from a position begins with it; system events are left out');
    t.same(forwards.map((event) => event.position), positions);
    t.same(forwards.map((event) => event.stream), written.map(({ stream }) => stream));
    t.same(numbersOf(await allOf(store, { direction: 'backwards' }, streams, 6)), [5, 4, 3, 2, 1, 0]);
    t.same(numbersOf(await allOf(store, { direction: 'backwards', from: fifth }, streams, 4)), [3, 2, 1, 0], 'backwards from a position begins before it');
    t.equal((await all(store.readAll({ from: first, limit: 3 }))).length, 3);
    t.same(await all(store.readAll({ from: first, limit: 0 })), []);
    t.ok((await all(store.readAll({ from: first, limit: 20 }))).every((event) => !event.type.startsWith('$') && !event.stream.startsWith('$')), 'no system events');
  });

  if (options.checksPositions !== false) t.test('from a position that no event has, nothing is read', async (t) => {
    const { store, name } = await open(t);
    const [first] = await fill(store, name('between'), 3);
    t.same(await all(store.readAll({ from: (first?.position ?? 0n) + 1n, limit: 5 })), []);
  });

  t.test('truncation hides events from readers of the stream, not from $all', async (t) => {
    const { store, name } = await open(t);
    const stream = name('truncated');
    const [first] = await fill(store, stream, 6);
    const read = async (options: Parameters<EventStore['readStream']>[1] = {}): Promise<number[]> => revisionsOf(await all(store.readStream(stream, options)));
    await store.setMetadata(stream, { maxCount: 2 });
    t.same(await read(), [4, 5], 'maxCount');
    t.same(await read({ direction: 'backwards' }), [5, 4]);
    t.same(await read({ from: 0n, limit: 1 }), [4], 'a read from before begins at the first that is left');
    await store.setMetadata(stream, { truncateBefore: 3n });
    t.same(await read(), [3, 4, 5], 'truncateBefore; new metadata replaces the old');
    t.same(await read({ direction: 'backwards', from: 4n }), [4, 3]);
    await store.setMetadata(stream, { truncateBefore: 3n, maxCount: 2 });
    t.same(await read(), [4, 5], 'the stricter counts');
    await store.setMetadata(stream, { truncateBefore: 50n });
    t.same(await read(), [], 'all hidden is empty, not "not found"');
    await store.setMetadata(stream, { maxAgeSeconds: 1_000 });
    t.same(await read(), [0, 1, 2, 3, 4, 5], 'young enough');
    await store.setMetadata(stream, { maxAgeSeconds: 1 });
    const deadline = Date.now() + 15_000;
    let left = await read();
    while (left.length > 0 && Date.now() < deadline) left = await read();
    t.same(left, [], 'too old');
    t.same(numbersOf(await allOf(store, { from: first?.position ?? 0n }, [stream], 6)), [0, 1, 2, 3, 4, 5], '$all still has them');
  });

  t.test('metadata is kept and replaced as a whole', async (t) => {
    const { store, name } = await open(t);
    const stream = name('metadata');
    t.equal(await store.metadataOf(stream), undefined);
    await store.setMetadata(stream, { maxCount: 7, custom: { owner: '张三' } });
    t.same(await store.metadataOf(stream), { maxCount: 7, custom: { owner: '张三' } });
    await store.setMetadata(stream, { maxAgeSeconds: 60, truncateBefore: 3n });
    t.same(await store.metadataOf(stream), { maxAgeSeconds: 60, truncateBefore: 3n });
    t.equal(await kindOf(store.setMetadata(stream, { maxCount: 0 })), 'invalid');
  });

  t.test('ping answers', async (t) => {
    const { store } = await open(t);
    await t.resolves(store.ping());
  });

  t.test('a closed store says so', async (t) => {
    const { openStore, name } = await open(t);
    const store = await openStore();
    await store.append(name('closing'), [eventOf(1)], 'any');
    await store.close();
    await store.close();
    t.equal(await kindOf(store.append(name('closed'), [eventOf(1)], 'any')), 'unavailable');
    t.equal(await kindOf(all(store.readStream(name('closed')))), 'unavailable');
  });
};
