import { pino } from 'pino';
import { test } from 'tap';
import { eventually } from '../testing/eventually.js';
import { letTimePass } from '../testing/let-time-pass.js';
import { FakeLog } from './contract-parts.js';
import { createInProcessBus } from './in-process.js';
import { BEGINNING, type OrderedProgress } from './lane-merge.js';
import { orderedContract } from './ordered-contract.js';
import { subscribeInOrder } from './ordered.js';
import type { BusEvent, EventBus, LaneConsumer } from './port.js';

test('the ordered feed within a process', (t) =>
  orderedContract(t, async (t) => {
    const topics = ['passbook.one.events', 'passbook.two.events'] as const;
    const log = new FakeLog(topics);
    const bus = createInProcessBus({ logger: pino({ level: 'silent' }), partitionsOf: () => 4, readLog: (after) => log.read(after) });
    t.teardown(() => bus.close());
    let groups = 0;
    return { bus, other: bus, log, topics, group: () => `group-${++groups}` };
  }));

test('a lane is said to hold the others up only for as long as something waited for it', async (t) => {
  const warnings: { lane: string; heldUpMs: number }[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line) as { lane: string; heldUpMs: number }) });
  const topic = 'passbook.one.events' as const;
  let consumer: LaneConsumer | undefined;
  const bus = { partitionsOf: () => 2, subscribe: async (_group: string, _topics: unknown, given: LaneConsumer) => { consumer = given; return { stop: async () => undefined }; } } as unknown as EventBus;
  let progress: OrderedProgress = BEGINNING;
  const feed = subscribeInOrder({ bus, group: 'g', topics: [topic], logger, limits: { heldUpMs: 40 }, load: async () => progress, handle: async ({ next }) => void (progress = next) });
  t.teardown(() => feed.stop());
  await eventually(() => consumer !== undefined);
  const bring = (partition: number, position: bigint, kind: 'event' | 'tick') => {
    const message = kind === 'event' ? ({ kind, position, topic, stream: 's', revision: position, type: 'T' } as unknown as BusEvent) : { kind, position };
    return consumer!.handle({ lane: { topic, partition }, messages: [message], next: { position, cursor: null } });
  };
  const LONG = 60;

  await Promise.all([bring(0, 1n, 'event'), bring(1, 1n, 'tick')]);
  await eventually(() => feed.status().position === 1n);
  await letTimePass(LONG, 'nothing comes for longer than a lane may hold others up');
  await Promise.all([bring(0, 2n, 'event'), bring(1, 2n, 'tick')]);
  await eventually(() => feed.status().position === 2n);
  t.same(warnings, [], 'nothing waited meanwhile');

  await bring(0, 3n, 'event');
  await letTimePass(LONG, 'an event waits for longer than a lane may hold others up');
  await bring(0, 4n, 'event');
  t.match(warnings, [{ lane: `${topic}/1` }], 'control');
  t.ok(warnings[0]!.heldUpMs < 10_000);
});
