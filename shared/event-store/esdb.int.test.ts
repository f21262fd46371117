import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import type { Test } from 'tap';
import { cuttableProxy } from '../../infra/event-store/cuttable-proxy.js';
import { startSeparateEventStore } from '../../infra/event-store/separate-process.js';
import { eventually } from '../testing/eventually.js';
import { freshDatabase, skipUnless } from '../testing/parts.js';
import { all, eventOf, eventsOf, kindOf, numbersOf } from './contract-harness.js';
import { openEventStore } from './esdb.js';
import type { OpenEventStore } from './esdb.js';
import { StoreFailure } from './port.js';
import type { EventStore, NewEvent, StoredEvent } from './port.js';

/** What the adapter makes of bad connections and servers; what it makes of good ones is the contract's. */
const open = (t: Test, options: OpenEventStore): EventStore => {
  const store = openEventStore(options);
  t.teardown(() => store.close());
  return store;
};
const hurried = { appendTryMs: 500, appendMs: 1_500, readMs: 500 };
const big = (bytes: number): NewEvent => ({ ...eventOf(1), data: { filler: 'x'.repeat(bytes) } });

const server = async (t: Test) => {
  const started = await startSeparateEventStore(await freshDatabase(t, 'log'));
  t.teardown(() => started.kill());
  return started;
};

test('where nothing listens everything is "unavailable", and nothing was sent', async (t) => {
  const proxy = await cuttableProxy(1);
  const { port } = proxy;
  await proxy.close();
  const store = open(t, { url: `esdb://127.0.0.1:${port}?tls=false`, timeouts: hurried });
  t.equal(await kindOf(store.append('s', [eventOf(1)], 'no-stream')), 'unavailable');
  t.equal(await kindOf(store.append('s', [eventOf(1)], 'any')), 'unavailable');
  t.equal(await kindOf(all(store.readStream('s'))), 'unavailable');
  t.equal(await kindOf(store.ping()), 'unavailable');
  t.equal(await kindOf(store.deleteStream('s', 'any')), 'outcome-unknown');
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  t.same(await all(store.subscribeAll({ signal: stop.signal })), [], 'a subscription waits, and ends by its signal');
});

test('a server that no longer answers is left after the deadline, and used again when it does', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const running = await server(t);
  const store = open(t, { url: running.url, timeouts: hurried });
  await store.append('frozen', [eventOf(0)], 'no-stream');
  process.kill(running.pid, 'SIGSTOP');
  const startedAt = Date.now();
  const exact = store.append('frozen', [eventOf(1)], 0n);
  t.equal(await kindOf(store.append('other', [eventOf(5)], 'any')), 'outcome-unknown', '"any" is not sent again');
  t.ok(Date.now() - startedAt < 2_500);
  t.equal(await kindOf(exact), 'outcome-unknown', 'an exact revision is, until the deadline');
  t.ok(Date.now() - startedAt < 5_000, `${Date.now() - startedAt} ms`);
  t.equal(await kindOf(store.ping()), 'unavailable');
  process.kill(running.pid, 'SIGCONT');
  await eventually(async () => (await kindOf(store.ping())) === 'done');
  t.equal(await kindOf(store.append('frozen', [eventOf(2)], 1n)), 'revision', 'the append of unknown outcome had been stored');
  t.same(numbersOf(await all(store.readStream('frozen'))), [0, 1, 2]);
});

test('a read is whole or fails: closed meanwhile, or another read\'s failure having ended its connection', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const running = await server(t);
  const writer = open(t, { url: running.url });
  const COUNT = 600;
  for (let at = 0; at < COUNT; at += 100) await writer.append('long', Array.from({ length: 100 }, () => big(8_000)), 'any');
  /** So many as came, and how it ended; what is given happens after the first. */
  const readThrough = async (store: EventStore, meanwhile: () => Promise<unknown>): Promise<{ count: number; kind: string }> => {
    let count = 0;
    const kind = await kindOf((async () => {
      for await (const _ of store.readStream('long')) if (++count === 1) await meanwhile();
    })());
    return { count, kind };
  };
  t.same(await readThrough(open(t, { url: running.url }), async () => {}), { count: COUNT, kind: 'done' }, 'control');

  const closing = openEventStore({ url: running.url });
  const closed = await readThrough(closing, () => closing.close());
  t.equal(closed.kind, 'unavailable');
  t.ok(closed.count < COUNT, `${closed.count} had come`);

  const shared = open(t, { url: running.url, timeouts: hurried });
  const beside = await readThrough(shared, async () => {
    process.kill(running.pid, 'SIGSTOP');
    t.equal(await kindOf(all(shared.readStream('long', { direction: 'backwards', limit: 1 }))), 'unavailable', 'control: the other read failed');
    process.kill(running.pid, 'SIGCONT');
  });
  t.equal(beside.kind, 'unavailable');
  t.ok(beside.count < COUNT, `${beside.count} had come`);
  t.same(await readThrough(shared, async () => {}), { count: COUNT, kind: 'done' }, 'and the next is whole');
});

test('an answer that gets lost: an exact append is stored once, "any" is unknown', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const running = await server(t);
  const proxy = await cuttableProxy(running.port);
  t.teardown(() => proxy.close());
  const direct = open(t, { url: running.url });
  const store = open(t, { url: `esdb://127.0.0.1:${proxy.port}?tls=false`, timeouts: { appendTryMs: 1_000, appendMs: 20_000 } });
  await store.append('warm', [eventOf(0)], 'no-stream');
  const stored = (stream: string): Promise<unknown> => eventually(async () => (await kindOf(all(direct.readStream(stream)))) === 'done');

  proxy.muffle();
  const groups = [store.append('lost', eventsOf(2), 'no-stream'), store.append('lost', eventsOf(2, 2), 1n), store.append('lost', eventsOf(2, 4), 3n)];
  await stored('lost');
  proxy.cut();
  await running.restart();
  proxy.heal();
  t.same((await Promise.all(groups)).map(({ revision }) => revision), [1n, 3n, 5n], 'groups in flight are sent again in their order');
  t.same(numbersOf(await all(direct.readStream('lost'))), [0, 1, 2, 3, 4, 5]);

  proxy.muffle();
  const any = kindOf(store.append('lost-any', [eventOf(1)], 'any'));
  await stored('lost-any');
  proxy.cut();
  proxy.heal();
  t.equal(await any, 'outcome-unknown');
  t.same(numbersOf(await all(direct.readStream('lost-any'))), [1]);
});

test('drops under many and large appends leave no rejection behind that would end the process', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const running = await server(t);
  const proxy = await cuttableProxy(running.port);
  t.teardown(() => proxy.close());
  const store = open(t, { url: `esdb://127.0.0.1:${proxy.port}?tls=false`, timeouts: { appendTryMs: 5_000, appendMs: 30_000 } });
  // The test runner counts as a listener of its own and fails on any unhandled rejection that reaches it.
  for (const [round, [count, bytes]] of ([[2_000, 400], [500, 4_000], [150, 60_000]] as const).entries()) {
    const appends = Array.from({ length: count }, (_, n) => kindOf(store.append(`burst-${round}-${n}`, [big(bytes)], 'no-stream')));
    await Promise.race(appends);
    proxy.cut();
    proxy.heal();
    t.same([...new Set(await Promise.all(appends))], ['revision'], `${count} appends of ${bytes} bytes`);
  }
});

test('subscriptions go on through drops, losing and repeating nothing, and leave no connection behind', { ...skipUnless('postgres'), timeout: 60_000 }, async (t) => {
  const running = await server(t);
  const proxy = await cuttableProxy(running.port);
  t.teardown(() => proxy.close());
  const store = open(t, { url: `esdb://127.0.0.1:${proxy.port}?tls=false`, checkpointEvery: 32 });
  const writer = open(t, { url: running.url });
  const stop = new AbortController();
  const seen: StoredEvent[] = [];
  const subscription = (async () => {
    for await (const item of store.subscribeAll({ signal: stop.signal, streamPrefixes: ['dropped-'] })) if (item.kind === 'event') seen.push(item.event);
  })();
  for (let group = 0; group < 60; group++) {
    await writer.append('dropped-1', eventsOf(20, group * 20), group === 0 ? 'no-stream' : BigInt(group * 20 - 1));
    await writer.append(`noise-${group}`, eventsOf(10), 'no-stream');
    if (group % 15 === 7) {
      proxy.cut();
      proxy.heal();
    }
  }
  await eventually(() => seen.length >= 1_200, { deadlineMs: 20_000 });
  t.same(numbersOf(seen), Array.from({ length: 1_200 }, (_, n) => n));
  stop.abort();
  await subscription;
  for (let round = 0; round < 50; round++) {
    for await (const item of store.subscribeAll({ signal: new AbortController().signal })) if (item.kind === 'event') break;
  }
  await store.close();
  t.equal(await kindOf(store.ping()), 'unavailable');
});

test('TLS is asked for by the URL', { ...skipUnless('postgres') }, async (t) => {
  const running = await server(t);
  // The embedded server speaks no TLS: the handshake fails, and so does the first call.
  const store = open(t, { url: `esdb://teller:secret@127.0.0.1:${running.port}?tls=true`, timeouts: hurried });
  t.equal(await kindOf(store.append('tls', [eventOf(1)], 'no-stream')), 'unavailable');
  t.throws(() => openEventStore({ url: 'esdb://127.0.0.1:1?tls=true&tlsCAFile=/nowhere/ca.pem' }), StoreFailure, 'a certificate that is not there is noticed at once');
  t.throws(() => openEventStore({ url: 'http://127.0.0.1:1' }), StoreFailure, 'and so is what is no such URL');
});

test('a list of hosts is discovered by gossip', { ...skipUnless('postgres') }, async (t) => {
  const running = await server(t);
  const store = open(t, { url: `esdb://127.0.0.1:${running.port},127.0.0.1:${running.port}?tls=false` });
  const id = randomUUID();
  await store.append('discovered', [eventOf(1, id)], 'no-stream');
  t.equal((await all(store.readStream('discovered')))[0]?.id, id);
  const discovered = open(t, { url: `esdb+discover://127.0.0.1:${running.port}?tls=false` });
  t.equal((await all(discovered.readStream('discovered')))[0]?.id, id);
});
