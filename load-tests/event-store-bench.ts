/**
 * Appends and reads against an event store, as Passbook uses it: groups on one stream at exact predicted revisions, single events on many
 * streams, catch-up and live subscriptions. Usage: `node dist/load-tests/event-store-bench.js esdb://127.0.0.1:2113?tls=false [seconds]`.
 * Or, for the embedded server in its own process: `… --embedded postgres://…/bench_log [seconds]`.
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from 'hdr-histogram-js';
import { openEventStore } from '../shared/event-store/esdb.js';
import type { EventStore, NewEvent } from '../shared/event-store/port.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const run = randomUUID().slice(0, 8);
const filler = 'x'.repeat(230);

const eventOf = (n: number): NewEvent => ({ id: randomUUID(), type: 'TransferPosted', data: { n, filler, at: 1_700_000_000_000 + n }, metadata: { commandId: randomUUID() } });

interface Measured {
  readonly events: number;
  readonly appends: number;
  readonly seconds: number;
  readonly cpuUsPerEvent: number;
  readonly p50: number;
  readonly p99: number;
}

const measure = async (seconds: number, lanes: number, eventsEach: number, append: (lane: number) => Promise<unknown>): Promise<Measured> => {
  const latencies = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
  const started = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  const until = Date.now() + seconds * 1000;
  let appends = 0;
  await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
    while (Date.now() < until) {
      const at = process.hrtime.bigint();
      await append(lane);
      latencies.recordValue(Number((process.hrtime.bigint() - at) / 1000n));
      appends++;
    }
  }));
  const elapsed = Number(process.hrtime.bigint() - started) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  const events = appends * eventsEach;
  return { events, appends, seconds: elapsed, cpuUsPerEvent: (user + system) / events, p50: latencies.getValueAtPercentile(50) / 1000, p99: latencies.getValueAtPercentile(99) / 1000 };
};

const report = (name: string, m: Measured): void =>
  say(`${name.padEnd(36)} ${Math.round(m.events / m.seconds).toLocaleString('en').padStart(9)} ev/s ${Math.round(m.appends / m.seconds).toLocaleString('en').padStart(8)} appends/s` +
    `   p50 ${m.p50.toFixed(1)} ms  p99 ${m.p99.toFixed(1)} ms   client ${m.cpuUsPerEvent.toFixed(0)} µs/event`);

/** Groups on one stream, `depth` in flight, each at the revision that the ones before it will have reached. */
const groups = async (store: EventStore, size: number, depth: number, seconds: number): Promise<void> => {
  const stream = `bench-${run}-ledger-${size}x${depth}-${randomUUID()}`;
  let next = 0n;
  const measured = await measure(seconds, depth, size, () => {
    const expected = next === 0n ? 'no-stream' : next - 1n;
    next += BigInt(size);
    return store.append(stream, Array.from({ length: size }, (_, n) => eventOf(n)), expected);
  });
  report(`one stream, ${size} events x depth ${depth}`, measured);
};

const manyStreams = async (store: EventStore, lanes: number, seconds: number): Promise<void> => {
  let n = 0;
  const measured = await measure(seconds, lanes, 1, () => store.append(`bench-${run}-customer-${n++ % 2_000}`, [eventOf(n)], 'any'));
  report(`2,000 streams, 1 event x ${lanes}`, measured);
};

const catchUp = async (store: EventStore): Promise<void> => {
  const stop = new AbortController();
  const cpu = process.cpuUsage();
  const started = Date.now();
  let events = 0;
  for await (const item of store.subscribeAll({ signal: stop.signal, streamPrefixes: [`bench-${run}`] })) {
    if (item.kind === 'event') events++;
    if (item.kind === 'caught-up') stop.abort();
  }
  const seconds = (Date.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  say(`${'catch-up subscription'.padEnd(36)} ${Math.round(events / seconds).toLocaleString('en').padStart(9)} ev/s   ${events.toLocaleString('en')} events   client ${((user + system) / events).toFixed(0)} µs/event`);
};

const liveLatency = async (store: EventStore, count: number): Promise<void> => {
  const stop = new AbortController();
  const latencies = build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
  const stream = `benchlive-${run}`;
  let sentAt = 0n;
  let sent = 0;
  const send = (): void => {
    sentAt = process.hrtime.bigint();
    sent++;
    store.append(stream, [eventOf(sent)], 'any').catch(() => stop.abort());
  };
  for await (const item of store.subscribeAll({ signal: stop.signal, streamPrefixes: [stream] })) {
    if (item.kind === 'caught-up' && sent === 0) send();
    if (item.kind !== 'event') continue;
    latencies.recordValue(Number((process.hrtime.bigint() - sentAt) / 1000n));
    if (sent === count) stop.abort();
    else send();
  }
  say(`${'append to live subscriber'.padEnd(36)} p50 ${(latencies.getValueAtPercentile(50) / 1000).toFixed(1)} ms  p99 ${(latencies.getValueAtPercentile(99) / 1000).toFixed(1)} ms`);
};

const embedded = async (postgresUrl: string): Promise<{ url: string; stop: () => void }> => {
  const child = fork(fileURLToPath(new URL('../infra/event-store/process.js', import.meta.url)), {
    env: { ...process.env, EVENT_STORE_POSTGRES_URL: postgresUrl, EVENT_STORE_PORT: '0', EVENT_STORE_LOG_LEVEL: 'warn' },
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { url: string }).url));
    child.once('exit', (code) => reject(new Error(`the event store ended with ${code}`)));
  });
  return { url, stop: () => child.kill('SIGTERM') };
};

const [first = '', second = '', third] = process.argv.slice(2);
const server = first === '--embedded' ? await embedded(second) : { url: first, stop: () => undefined };
const seconds = Number((first === '--embedded' ? third : second) || 3);
const store = openEventStore({ url: server.url });
try {
  await store.ping();
  await groups(store, 50, 2, Math.min(1, seconds));
  say('(that was the warm-up)');
  for (const [size, depth] of [[1, 1], [1, 8], [10, 1], [10, 4], [50, 1], [50, 2], [50, 4], [200, 2]] as const) await groups(store, size, depth, seconds);
  for (const lanes of [1, 16, 64]) await manyStreams(store, lanes, seconds);
  await catchUp(store);
  await liveLatency(store, 500);
} finally {
  await store.close();
  server.stop();
}
