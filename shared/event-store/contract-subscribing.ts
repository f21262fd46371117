import type { Test } from 'tap';
import { eventOf, eventsAmong, eventsOf, fill, isCaughtUp, itemsUntil, numbersOf } from './contract-harness.js';
import type { ContractOptions, Harness } from './contract-harness.js';
import type { Checkpoint, SubscriptionItem } from './port.js';

const checkpointOf = (item: SubscriptionItem): Checkpoint[] => (item.kind === 'caught-up' ? [] : [item.checkpoint]);
const upTo = (numbers: number, from = 0): number[] => Array.from({ length: numbers }, (_, n) => from + n);

export const subscribing = (t: Test, open: (t: Test) => Promise<Harness>, options: ContractOptions): void => {
  t.test('a subscription gives what is there, says it has caught up, and goes on with what comes', async (t) => {
    const { store, name } = await open(t);
    const prefix = name('live');
    await store.append(`${prefix}-a`, eventsOf(3), 'no-stream');
    await store.append(`${prefix}-b`, eventsOf(2, 3), 'no-stream');
    let writing: Promise<unknown> | undefined;
    const items = await itemsUntil(store, { streamPrefixes: [prefix] }, (item, items) => {
      if (item.kind === 'caught-up') writing ??= store.append(`${prefix}-a`, eventsOf(4, 5), 2n).then(() => store.append(`${prefix}-c`, [eventOf(9)], 'no-stream'));
      return eventsAmong(items).length === 10;
    });
    await writing;
    t.same(numbersOf(eventsAmong(items)), upTo(10));
    const caughtUp = items.findIndex(isCaughtUp);
    t.equal(eventsAmong(items.slice(0, caughtUp)).length, 5, 'caught up after all that was there');
    const positions = items.flatMap(checkpointOf).map(({ commit }) => commit);
    t.ok(positions.every((position, index) => index === 0 || position >= (positions[index - 1] as bigint)), 'checkpoints never go back');
    t.ok(eventsAmong(items).every((event) => event.metadata && (event.data as { n: number }).n === (event.metadata as { about: number }).about));
  });

  t.test('only streams that begin with a prefix are given, system events never', async (t) => {
    const { store, name } = await open(t);
    const wanted = name('wanted');
    const also = name('also');
    const unwanted = name('unwanted');
    const [first] = await fill(store, `${unwanted}-1`, 1);
    await store.append(`${wanted}-1`, [eventOf(0)], 'no-stream');
    await store.append(`x${wanted}-1`, [eventOf(70)], 'no-stream');
    await store.setMetadata(`${wanted}-1`, { maxCount: 100 });
    await store.append(`${also}-1`, [eventOf(1)], 'no-stream');
    await store.tombstoneStream(`${also}-1`, 0n);
    await store.append(`${wanted}-2`, [eventOf(2)], 'no-stream');
    const filtered = await itemsUntil(store, { streamPrefixes: [wanted, also] }, isCaughtUp);
    t.same(numbersOf(eventsAmong(filtered)), [0, 1, 2]);
    const everything = await itemsUntil(store, { after: { commit: first?.position ?? 0n, prepare: first?.position ?? 0n } }, isCaughtUp);
    t.ok(eventsAmong(everything).every((event) => !event.type.startsWith('$') && !event.stream.startsWith('$')));
    t.same(numbersOf(eventsAmong(everything)).filter((n) => typeof n === 'number').slice(0, 4), [0, 70, 1, 2], 'without prefixes: everything after the checkpoint');
  });

  t.test('resuming from any checkpoint skips nothing and repeats nothing', async (t) => {
    const { store, name } = await open(t);
    const prefix = name('resume');
    const noise = name('noise');
    let n = 0;
    // Few that match among many that do not, so that most checkpoints fall between matching events.
    for (let round = 0; round < 12; round++) {
      await store.append(`${prefix}-${round}`, eventsOf(3, n), 'no-stream');
      n += 3;
      await store.append(`${noise}-${round}`, eventsOf(90), 'no-stream');
    }
    const items = await itemsUntil(store, { streamPrefixes: [prefix] }, isCaughtUp);
    t.same(numbersOf(eventsAmong(items)), upTo(n));
    t.ok(items.some((item) => item.kind === 'checkpoint'), 'there are checkpoints between the events');
    const last = items.findLastIndex((item) => item.kind === 'event');
    const between = items.map((_, index) => index).filter((index) => index > 0 && index < last && items[index]?.kind === 'checkpoint');
    const tried = [0, ...between.filter((_, index) => index % Math.ceil(between.length / 8) === 0), last - 1];
    for (const index of tried) {
      const [after] = checkpointOf(items[index] as SubscriptionItem);
      if (after === undefined) continue;
      const rest = await itemsUntil(store, { after, streamPrefixes: [prefix] }, (item, all) => isCaughtUp(item) && eventsAmong(all).length > 0);
      t.same(numbersOf(eventsAmong(rest)), numbersOf(eventsAmong(items.slice(index + 1))), `from item ${index}, a ${items[index]?.kind}`);
    }
  });

  t.test('a reader slower than the writer gets everything once and in order', async (t) => {
    const { store, name } = await open(t);
    const prefix = name('slow');
    const stop = new AbortController();
    const seen: unknown[] = [];
    await store.append(`${prefix}-1`, eventsOf(50), 'no-stream');
    let writing: Promise<void> | undefined;
    const write = async (): Promise<void> => {
      for (let group = 1; group < 40; group++) await store.append(`${prefix}-1`, eventsOf(50, group * 50), BigInt(group * 50 - 1));
    };
    const timer = setTimeout(() => stop.abort(), 30_000);
    for await (const item of store.subscribeAll({ streamPrefixes: [prefix], signal: stop.signal })) {
      if (item.kind !== 'event') continue;
      writing ??= write();
      seen.push((item.event.data as { n: number }).n);
      if (seen.length % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      if (seen.length === 2_000) stop.abort();
    }
    clearTimeout(timer);
    await writing;
    t.same(seen, upTo(2_000));
  });

  t.test('the signal ends a subscription at once, while it waits as well as before it began', async (t) => {
    const { store, name } = await open(t);
    const prefix = name('stop');
    const stop = new AbortController();
    let abortedAt = 0;
    for await (const item of store.subscribeAll({ streamPrefixes: [prefix], signal: stop.signal })) {
      if (item.kind === 'caught-up') {
        setTimeout(() => {
          abortedAt = Date.now();
          stop.abort();
        }, 20);
      }
    }
    t.ok(Date.now() - abortedAt < 1_500, `ended ${Date.now() - abortedAt} ms after the signal`);
    const items: SubscriptionItem[] = [];
    for await (const item of store.subscribeAll({ streamPrefixes: [prefix], signal: stop.signal })) items.push(item);
    t.same(items, [], 'a signal that was given before gives nothing');
  });

  t.test('many subscriptions see the same', async (t) => {
    const { store, name } = await open(t);
    const prefix = name('many');
    await store.append(`${prefix}-1`, eventsOf(5), 'no-stream');
    const subscribers = upTo(8).map(() => itemsUntil(store, { streamPrefixes: [prefix] }, (_, items) => eventsAmong(items).length === 15));
    for (let n = 5; n < 15; n++) await store.append(`${prefix}-1`, [eventOf(n)], BigInt(n - 1));
    for (const items of await Promise.all(subscribers)) t.same(numbersOf(eventsAmong(items)), upTo(15));
  });

  const { restart } = options;
  if (restart !== undefined) t.test('a subscription survives the server\'s end without losing or repeating', async (t) => {
    const { store, name } = await open(t);
    const prefix = name('survive');
    const stream = `${prefix}-1`;
    await store.append(stream, eventsOf(100), 'no-stream');
    const write = async (): Promise<void> => {
      for (let n = 100; n < 200; n++) {
        if (n === 130 || n === 160) await restart();
        await store.append(stream, [eventOf(n)], BigInt(n - 1));
      }
    };
    let writing: Promise<void> | undefined;
    const items = await itemsUntil(store, { streamPrefixes: [prefix] }, (item, items) => {
      if (item.kind === 'caught-up') writing ??= write();
      return eventsAmong(items).length === 200;
    }, 60_000);
    await writing;
    t.same(numbersOf(eventsAmong(items)), upTo(200));
  });
};
