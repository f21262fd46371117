import { randomUUID } from 'node:crypto';
import { test } from 'tap';
import { openEventStore } from '../../shared/event-store/esdb.js';
import { StoreFailure } from '../../shared/event-store/port.js';
import type { EventStore, ExpectedRevision, NewEvent } from '../../shared/event-store/port.js';
import { eventually } from '../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { randomMoment } from '../../shared/testing/random-moment.js';
import { startSeparateEventStore } from './separate-process.js';
import type { SeparateEventStore } from './separate-process.js';

const WRITERS = 64;
const KILLS = 4;

const eventOf = (stream: string, n: number): NewEvent => ({ id: randomUUID(), type: 'Written', data: { stream, n, filler: 'x'.repeat(300) }, metadata: {} });

/** Kills the server several times while writers write; each kill waits for progress, so that it meets a busy server. */
const underKills = async (server: SeparateEventStore, written: () => number, write: (writer: number, goOn: () => boolean) => Promise<void>): Promise<void> => {
  let going = true;
  const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer, () => going));
  const everybody = Promise.all(writers);
  everybody.catch(() => (going = false));
  for (let kill = 0; kill < KILLS && going; kill++) {
    const before = written();
    await eventually(() => written() >= before + 300 || !going, { everyMs: 5, deadlineMs: 60_000 });
    await randomMoment(40);
    await server.restart();
  }
  const before = written();
  await eventually(() => written() >= before + 200 || !going, { everyMs: 5, deadlineMs: 60_000 });
  going = false;
  await everybody;
};

/** The ids that $all holds, by stream, in order. */
const storedIds = async (store: EventStore): Promise<Map<string, string[]>> => {
  const ids = new Map<string, string[]>();
  let position = -1n;
  for await (const event of store.readAll()) {
    if (event.position <= position) throw new Error('positions do not rise');
    position = event.position;
    const stream = ids.get(event.stream) ?? [];
    if (event.revision !== BigInt(stream.length)) throw new Error(`${event.stream}: revision ${event.revision} after ${stream.length} events`);
    ids.set(event.stream, [...stream, event.id]);
  }
  return ids;
};

test('killed under many writers: every answered append is stored once, and nothing else', { ...skipUnless('postgres'), timeout: 120_000 }, async (t) => {
  const server = await startSeparateEventStore(await freshDatabase(t, 'log'));
  const store = openEventStore({ url: server.url, timeouts: { appendTryMs: 5_000, appendMs: 60_000 } });
  t.teardown(() => server.stop());
  t.teardown(() => store.close());
  const answered = new Map<string, string[]>();
  let appends = 0;

  await underKills(server, () => appends, async (writer, goOn) => {
    const stream = `account-${writer}`;
    const ids: string[] = [];
    answered.set(stream, ids);
    // Every fourth writer has two appends in flight, the second at the revision that the first will reach.
    const depth = writer % 4 === 0 ? 2 : 1;
    while (goOn()) {
      const groups = Array.from({ length: depth }, () => Array.from({ length: 1 + (appends % 3) }, (_, n) => eventOf(stream, n)));
      let next = ids.length;
      await Promise.all(groups.map(async (group) => {
        const expected: ExpectedRevision = next === 0 ? 'no-stream' : BigInt(next - 1);
        next += group.length;
        const { revision } = await store.append(stream, group, expected);
        if (revision !== BigInt(Number(expected === 'no-stream' ? -1n : expected) + group.length)) throw new Error(`answered with revision ${revision}`);
        ids.push(...group.map((event) => event.id));
        appends++;
      }));
    }
  });

  const stored = await storedIds(store);
  t.ok(appends > (KILLS + 1) * 200, `${appends} appends were answered`);
  t.same([...stored.keys()].sort(), [...answered.keys()].filter((stream) => answered.get(stream)?.length !== 0).sort());
  for (const [stream, ids] of answered) {
    const inLog = stored.get(stream) ?? [];
    if (inLog.length !== ids.length || inLog.some((id, index) => id !== ids[index])) t.same(inLog, ids, stream);
  }
  t.equal([...stored.values()].flat().length, [...answered.values()].flat().length, 'not one event more than was answered');
});

test('the same without exact revisions doubles events: the test above can fail', { ...skipUnless('postgres'), timeout: 120_000 }, async (t) => {
  const server = await startSeparateEventStore(await freshDatabase(t, 'log'));
  const store = openEventStore({ url: server.url, timeouts: { appendTryMs: 5_000, appendMs: 60_000 } });
  t.teardown(() => server.stop());
  t.teardown(() => store.close());
  let appends = 0;
  let unknown = 0;
  await underKills(server, () => appends, async (writer, goOn) => {
    const stream = `account-${writer}`;
    while (goOn()) {
      const event = eventOf(stream, appends);
      for (let stored = false; !stored; ) {
        try {
          await store.append(stream, [event], 'any');
          stored = true;
        } catch (error) {
          if (!(error instanceof StoreFailure && (error.kind === 'outcome-unknown' || error.kind === 'unavailable'))) throw error;
          if (error.kind === 'outcome-unknown') unknown++;
          await randomMoment(40);
        }
      }
      appends++;
    }
  });
  const ids = [...(await storedIds(store)).values()].flat();
  const doubled = ids.length - new Set(ids).size;
  t.comment(`${appends} appends, ${unknown} unknown outcomes sent again with "any", ${doubled} events stored twice`);
  t.ok(unknown > 0, 'the kills left appends without an answer');
  t.ok(doubled > 0, 'and sending them again with "any" stored some twice');
  t.equal(new Set(ids).size, appends, 'though none is missing');
});
