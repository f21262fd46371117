import { randomUUID } from 'node:crypto';
import { BACKWARDS, END, EventStoreDBClient, eventTypeFilter, jsonEvent, streamNameFilter } from '@eventstore/db-client';
import { test } from 'tap';
import type { Test } from 'tap';
import { startSeparateEventStore } from '../../infra/event-store/separate-process.js';
import { eventually } from '../testing/eventually.js';
import { freshDatabase, skipUnless, uniqueName } from '../testing/parts.js';
import { all } from './contract-harness.js';
import { discard } from './esdb-connection.js';

/** What the embedded server must do for clients that ask in ways the adapter does not: run with the client itself, on a real server too. */
const url = process.env['PASSBOOK_TEST_EVENTSTORE_URL'];

const connect = async (t: Test): Promise<EventStoreDBClient> => {
  let target = url;
  if (!target) {
    const server = await startSeparateEventStore(await freshDatabase(t, 'log'));
    t.teardown(() => server.stop());
    target = server.url;
  }
  const client = EventStoreDBClient.connectionString(target);
  t.teardown(() => discard(client));
  return client;
};

const event = (n: number, type = 'Happened') => jsonEvent({ id: randomUUID(), type, data: { n } });
const failure = (promise: Promise<unknown>): Promise<{ type: string } & Record<string, unknown>> =>
  promise.then(() => ({ type: 'none' }), (error: unknown) => error as { type: string } & Record<string, unknown>);

test('the classic append, which credentials per call bring about', skipUnless('postgres'), async (t) => {
  const client = await connect(t);
  const stream = uniqueName('classic');
  const credentials = { username: 'admin', password: 'changeit' };
  const written = await client.appendToStream(stream, [event(1), event(2)], { expectedRevision: 'no_stream', credentials });
  t.match(written, { success: true, nextExpectedRevision: 1n });
  const [last] = await all(client.readStream(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 }));
  t.equal(last?.event?.position?.commit, written.position?.commit);
  t.match(await failure(client.appendToStream(stream, [event(3)], { expectedRevision: 7n, credentials })), { type: 'wrong-expected-version', expectedVersion: 7n, actualVersion: 1n });
  t.match(await failure(client.appendToStream(uniqueName('never'), [event(3)], { expectedRevision: 'stream_exists', credentials })), { type: 'wrong-expected-version', expectedVersion: 'stream_exists', actualVersion: 'no_stream' });
  t.match(await failure(client.appendToStream(stream, [jsonEvent({ type: 'Big', data: { x: 'x'.repeat(1_100_000) } })], { credentials })), { type: 'maximum-append-size-exceeded', maxAppendSize: 1_048_576 });
  await client.tombstoneStream(stream);
  t.match(await failure(client.appendToStream(stream, [event(3)], { credentials })), { type: 'stream-deleted', streamName: stream });
});

test('refusals of deleting name the revisions', skipUnless('postgres'), async (t) => {
  const client = await connect(t);
  const stream = uniqueName('delete');
  await client.appendToStream(stream, [event(1), event(2)]);
  t.match(await failure(client.deleteStream(stream, { expectedRevision: 7n })), { type: 'wrong-expected-version', expectedVersion: 7n, streamName: stream });
  t.match(await failure(client.tombstoneStream(stream, { expectedRevision: 'no_stream' })), { type: 'wrong-expected-version', expectedVersion: -1n });
  t.type((await client.deleteStream(stream, { expectedRevision: 1n })).position?.commit, 'bigint');
});

test('a subscription to one stream: from anywhere, live, to its tombstone', skipUnless('postgres'), async (t) => {
  const client = await connect(t);
  const stream = uniqueName('one');
  const seen: unknown[] = [];
  let caughtUp = 0;
  let failed: unknown;
  // A stream that is not there yet is waited for.
  const subscription = client.subscribeToStream(stream);
  subscription.on('caughtUp', () => caughtUp++).on('data', ({ event }) => seen.push((event?.data as { n: number }).n)).on('error', (error) => (failed = error));
  await eventually(() => caughtUp > 0);
  await client.appendToStream(stream, [event(0), event(1), event(2)]);
  await client.appendToStream(uniqueName('other'), [event(9)]);
  await client.appendToStream(stream, [event(3)]);
  await eventually(() => seen.length === 4);
  t.same(seen, [0, 1, 2, 3]);
  const later: unknown[] = [];
  const second = client.subscribeToStream(stream, { fromRevision: 1n }).on('data', ({ event }) => later.push((event?.data as { n: number }).n)).on('error', () => undefined);
  await eventually(() => later.length === 2);
  t.same(later, [2, 3], 'from a revision: what comes after it');
  const fresh: unknown[] = [];
  const end = client.subscribeToStream(stream, { fromRevision: END }).on('data', ({ event }) => fresh.push((event?.data as { n: number }).n)).on('error', () => undefined);
  await new Promise((resolve) => end.on('confirmation', resolve));
  await client.appendToStream(stream, [event(4)]);
  await eventually(() => fresh.length === 1);
  t.same(fresh, [4], 'from the end: only what is new');
  await client.tombstoneStream(stream);
  t.match(await eventually(() => failed), { type: 'stream-deleted' });
  await Promise.all([subscription, second, end].map((one) => one.unsubscribe()));
});

test('filters by event type and by regular expression', skipUnless('postgres'), async (t) => {
  const client = await connect(t);
  const mark = uniqueName('filter');
  await client.appendToStream(`${mark}-a`, [event(0, `${mark}Opened`), event(1, `${mark}Closed`), event(2, 'Elsewhere')]);
  await client.appendToStream(`${mark}-b`, [event(3, `${mark}Opened`)]);
  const through = async (filter: Parameters<EventStoreDBClient['subscribeToAll']>[0] & object): Promise<unknown[]> => {
    const seen: unknown[] = [];
    const subscription = client.subscribeToAll(filter);
    subscription.on('data', ({ event }) => seen.push((event?.data as { n: number }).n));
    await new Promise((resolve) => subscription.on('caughtUp', resolve));
    await eventually(() => subscription.readableLength === 0);
    await subscription.unsubscribe();
    return seen;
  };
  t.same(await through({ filter: eventTypeFilter({ prefixes: [mark] }) }), [0, 1, 3]);
  t.same(await through({ filter: eventTypeFilter({ regex: `${mark}(Opened|Nothing)$` }) }), [0, 3]);
  t.same(await through({ filter: streamNameFilter({ regex: `${mark}-b$` }) }), [3], 'expressions are not anchored');
});
