import fc from 'fast-check';
import { pino } from 'pino';
import t from 'tap';
import { createMemoryVault } from '../../shared/crypto/memory-vault.js';
import { busEventOf, createTopicOf } from '../../shared/event-bus/from-log.js';
import type { BusEvent } from '../../shared/event-bus/port.js';
import { createInProcessBus } from '../../shared/event-bus/in-process.js';
import { createCodec } from '../../shared/events/codec.js';
import { allTopics, definitionsByType } from '../../shared/events/registry.js';
import { memoryEventStore } from '../../shared/event-store/memory.js';
import { createPool } from '../../shared/read-store/pool.js';
import { eventIdOf } from '../../shared/kernel/ids.js';
import { eventually } from '../../shared/testing/eventually.js';
import { freshDatabase, skipUnless } from '../../shared/testing/parts.js';
import { seed } from '../../shared/testing/seed.js';
import { startLiveEvaluation } from '../evaluation/live.js';
import { evaluationMeters } from '../evaluation/meters.js';
import type { Processor } from '../evaluation/processor/processor.js';
import { outputsBy } from '../evaluation/testing/runs.js';
import { story } from '../evaluation/testing/story.js';
import { appendMemberships, causeIdOf } from './membership-log.js';
import { SegmentsProgram, type SegmentOutput } from './program.js';
import { monthTurns } from './rfm/month-turns.js';
import { appendRun } from './rfm/run-log.js';
import type { RfmRun } from './rfm/run.js';
import { runsOf } from './testing/rfm-story.js';
import { DEFINITIONS, listed, published, unlisted, withBetween } from './testing/segments-story.js';

const logger = pino({ level: process.env['PASSBOOK_TEST_LOG'] ?? 'silent' });
const WAIT = { deadlineMs: 60_000 };
const topicOf = createTopicOf({ ofType: (type) => definitionsByType.get(type)?.module, ofCategory: () => undefined });
const line = (segmentId: string, customerId: string, way: string, at: string, cause: string): string => `${segmentId} ${customerId} ${way} ${at} ${cause}`;

t.test(`killed while events flow, every coming and going is in the log once, and evaluated anew from nothing it is the same; seed ${seed}`, { ...skipUnless('postgres'), timeout: 120_000 }, async (t) => {
  const [told] = fc.sample(story(300), { numRuns: 1, seed: 18 });
  const log = withBetween(told!, (place) => (place === 20 ? DEFINITIONS.map((_, n) => published(n)) : place % 15 === 0 ? [listed(2, place % 6, (place + 1) % 6), unlisted(2, (place + 3) % 6)] : []));
  const vault = createMemoryVault();
  const codec = createCodec(vault);
  const store = memoryEventStore();
  for (const { id, stream, event, metadata } of log) await store.append(stream, await codec.seal([{ id, event: event as { type: string; data: object }, metadata }]), 'any');
  const events: BusEvent[] = [];
  for await (const stored of store.readAll()) events.push(busEventOf(stored, topicOf));
  const bus = createInProcessBus({ logger, partitionsOf: () => 3, async *readLog(after) { for (const event of events) if (event.position > after) yield event; } });
  t.teardown(() => bus.close());
  await bus.prepare([...allTopics]);
  await bus.resumeFrom(-1n);

  const url = await freshDatabase(t, 'segments');
  const pool = (applicationName: string) => {
    const made = createPool(url, { applicationName, max: 6, logger });
    t.teardown(() => made.end());
    return made;
  };
  const [opsPool, readPool] = [pool('ops'), pool('read')];
  const memberships = memoryEventStore();
  const runs = memoryEventStore();
  const appendChanges = appendMemberships({ eventStore: memberships, codec, now: () => new Date(), onDiffer: async (differ) => { throw differ; } });
  let random = seed;
  const chance = (): number => (random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x7fffffff;
  let [failing, failures, failedRuns, appends] = [true, 0, 0, 0];
  /** Dies in the midst of a run as well, six times at most: after each failure the feed waits longer. */
  const runsUnderFire = { ...runs, append: (...args: Parameters<typeof runs.append>) => (failing && failedRuns < 6 && chance() < 0.3 ? (failedRuns++, Promise.reject(new Error('as the test wants it'))) : runs.append(...args)) };
  const start = (): Processor => {
    const processor = startLiveEvaluation<SegmentOutput | RfmRun>({
      name: 'marketing', modules: ['marketing'], program: () => new SegmentsProgram(), turns: monthTurns('UTC'), bus, codec, vault, opsPool, readPool, timeZone: 'UTC', logger, meters: evaluationMeters(undefined)('marketing'),
      append: async (outputs, heads) => {
        for (const one of outputs) if (one.kind === 'rfm-run') await appendRun({ eventStore: runsUnderFire, codec, now: () => new Date() }, one);
        const changes = outputs.filter((one) => one.kind !== 'failed' && one.kind !== 'rfm-run');
        appends += changes.length;
        const some = failing && chance() < 0.15 ? Math.floor(chance() * changes.length) : changes.length;
        await appendChanges(changes.slice(0, some), heads);
        // The first that has changes always fails after they were stored: they come again.
        if (some < changes.length || (failing && changes.length > 0 && (failures === 0 || chance() < 0.1))) {
          failures++;
          throw new Error('as the test wants it');
        }
      },
    });
    t.teardown(() => processor.stop());
    return processor;
  };
  const stored = async (): Promise<string[]> => {
    const lines: string[] = [];
    for await (const { type, data } of memberships.readAll()) {
      const { segmentId, customerId, at, cause } = data as { segmentId: string; customerId: string; at: string; cause: string };
      lines.push(line(segmentId, customerId, type === 'CustomerEnteredSegment' ? 'entered' : 'left', at, cause));
    }
    return lines.sort();
  };

  const expectedRuns = await runsOf(log);
  /** Every event of the runs that the log brings about, byte for byte. */
  const storedRuns = async (): Promise<string[]> => {
    const texts: string[] = [];
    for await (const { type, data } of runs.readAll()) texts.push(JSON.stringify({ type, data }));
    return texts.sort();
  };
  let processor = start();
  const end = events.at(-1)!.position;
  for (let at = 0; at < events.length; at += 25) {
    const batch = events.slice(at, at + 25);
    await bus.publish(batch, batch.at(-1)!.position);
    if (at % 100 !== 0) continue;
    await eventually(() => processor.status().position >= batch[Math.floor(chance() * batch.length)]!.position, WAIT);
    if (chance() < 0.5) await readPool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN ('ops', 'read') AND pid <> pg_backend_pid() AND datname = current_database()`);
    else {
      await processor.stop();
      processor = start();
    }
  }
  failing = false;
  await eventually(() => processor.status().position >= end, WAIT);
  await processor.stop();

  // Nobody's key is destroyed here: evaluated anew, everything comes again.
  const expected = (await outputsBy<SegmentOutput>(() => new SegmentsProgram(), log)).flatMap((one) => (one.kind === 'failed' || one.kind === 'stands' ? [] : [line(one.segmentId, one.customerId, one.kind, new Date(one.at).toISOString(), causeIdOf(one.cause))])).sort();
  t.same(await stored(), expected);
  t.ok(expected.length > 10 && failures > 0 && appends > expected.length, `${expected.length} changes, ${failures} failures; control: ${appends} were sent`);

  const expectedTexts = expectedRuns.flat().map((event) => JSON.stringify(event)).sort();
  t.same(await storedRuns(), expectedTexts, 'every run is told once');
  t.ok(expectedRuns.length > 5 && failedRuns > 1, `${expectedRuns.length} runs, ${failedRuns} failures in their midst`);
  for await (const { id, stream, revision } of runs.readAll()) t.equal(id, eventIdOf(stream.slice('rfmrun-'.length), Number(revision)), 'ids follow from the month');

  await readPool.query('DROP SCHEMA evaluation_marketing CASCADE');
  const anew = start();
  await eventually(() => anew.status().position >= end, WAIT);
  await anew.stop();
  t.same(await stored(), expected, 'evaluated anew');
  t.same(await storedRuns(), expectedTexts, 'evaluated anew');
});
