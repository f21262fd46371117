import kafkajs from 'kafkajs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { test, type Test } from 'tap';
import { startKafka } from '../../../infra/kafka/kafka.js';
import { missingTools } from '../../../infra/real-parts.js';
import { eventually } from '../../testing/eventually.js';
import { kafkaBrokers, skipUnless, uniqueName } from '../../testing/parts.js';
import { FakeLog, LaneStore, revisionsDense } from '../contract-parts.js';
import { BusFailure, type EventBus } from '../port.js';
import { createKafkaBus, type KafkaBusOptions } from './kafka.js';

const logger = pino({ level: process.env['PASSBOOK_TEST_LOG'] ?? 'silent' });
const timings = { sessionTimeoutMs: 8_000, heartbeatIntervalMs: 500, maxWaitMs: 50 };
const WAIT = { deadlineMs: 40_000 };
const kafkaIsMissing =
  missingTools()
    .filter(({ part }) => part === 'kafka')
    .map(({ message }) => message)
    .join('; ') || false;

const twoTopics = () => [uniqueName('passbook.one'), uniqueName('passbook.two')] as const;

function busOn(t: Test, brokers: string[], changes: Partial<KafkaBusOptions> = {}): EventBus & { readonly duplicatesSkipped: number } {
  const bus = createKafkaBus({ brokers, clientId: 'faults', logger, partitionsOf: () => 3, timings, ...changes });
  t.teardown(() => bus.close());
  return bus;
}

const client = (brokers: string[]) => new kafkajs.Kafka({ clientId: 'faults', brokers, logLevel: kafkajs.logLevel.NOTHING });

async function publishAll(bus: EventBus, log: FakeLog, after = -1n): Promise<void> {
  const events = log.events.filter(({ position }) => position > after);
  for (let at = 0; at < events.length; at += 40) {
    const batch = events.slice(at, at + 40);
    await bus.publish(batch, batch[batch.length - 1]!.position);
  }
}

test('a topic with another number of partitions is refused', skipUnless('kafka'), async (t) => {
  const [topic] = twoTopics();
  await busOn(t, kafkaBrokers()).prepare([topic]);
  await t.rejects(busOn(t, kafkaBrokers(), { partitionsOf: () => 4 }).prepare([topic]), {
    kind: 'refused',
    message: /has 3 partitions instead of 4/,
  });
});

test('a new relay goes on where the partitions end, whatever the checkpoint says', skipUnless('kafka'), async (t) => {
  const topics = twoTopics();
  const log = new FakeLog(topics);
  log.grow(100, 10);
  const first = busOn(t, kafkaBrokers());
  await first.prepare(topics);
  await first.resumeFrom(-1n);
  await publishAll(first, log);
  await first.close();
  const second = busOn(t, kafkaBrokers());
  await second.prepare(topics);
  const store = new LaneStore(second, topics);
  await second.subscribe(uniqueName('group'), topics, store);
  t.equal(await second.resumeFrom(-1n), -1n, 'a checkpoint that was lost means reading everything again');
  await publishAll(second, log);
  t.equal(second.duplicatesSkipped, 100, 'and nothing of it is published twice');
  await eventually(() => store.lowest() >= log.end, WAIT);
  t.equal(store.applied.length, 100);
});

test('a topic that was made anew is filled again, and no consumer misses what changed places', skipUnless('kafka'), async (t) => {
  const topics = twoTopics();
  const log = new FakeLog(topics);
  log.grow(200, 10);
  const bus = busOn(t, kafkaBrokers());
  await bus.prepare(topics);
  const store = new LaneStore(bus, topics);
  const group = uniqueName('group');
  const subscription = await bus.subscribe(group, topics, store);
  await bus.resumeFrom(-1n);
  await publishAll(bus, log, log.events[150]!.position - 1n); // the first 150 are not there: the consumer's offsets come to stand low
  await publishAll(bus, log, log.events[199]!.position - 1n);
  await eventually(() => store.lowest() >= log.end, WAIT);
  await subscription.stop();
  await bus.close();
  await deleteTopics([topics[0]]);

  log.grow(200, 10);
  const again = busOn(t, kafkaBrokers());
  await again.prepare(topics);
  t.equal(await again.resumeFrom(log.events[199]!.position), -1n, 'the relay is sent back to the beginning');
  await publishAll(again, log);
  const late = new LaneStore(again, topics);
  await again.subscribe(uniqueName('group'), [topics[0]], late);
  await eventually(() => late.applied.length === log.events.filter(({ topic }) => topic === topics[0]).length, WAIT);
  const before = store.applied.length;
  await again.subscribe(group, topics, store);
  await eventually(() => store.lowest() >= log.end, WAIT);
  t.equal(store.applied.length - before, 200, "offsets far beyond the new topic's events did not hide them");
});

test('where all topics were made anew and are longer than before, no consumer misses what changed places', skipUnless('kafka'), async (t) => {
  const topics = twoTopics();
  const log = new FakeLog(topics);
  log.grow(20, 10);
  const bus = busOn(t, kafkaBrokers());
  await bus.prepare(topics);
  const store = new LaneStore(bus, topics);
  const group = uniqueName('group');
  const subscription = await bus.subscribe(group, topics, store);
  await bus.resumeFrom(-1n);
  for (const event of log.events) await bus.publish([event], event.position);
  for (let tick = 0; tick < 5; tick++) await bus.publish([], log.end + BigInt(tick));
  await eventually(() => store.lowest() >= log.end, WAIT);
  await subscription.stop();
  await bus.close();
  await deleteTopics(topics);

  log.grow(400, 10);
  const again = busOn(t, kafkaBrokers());
  await again.prepare(topics);
  t.equal(await again.resumeFrom(log.events[19]!.position), -1n);
  await publishAll(again, log);
  await again.subscribe(group, topics, store);
  await eventually(() => store.lowest() >= log.end, WAIT);
  t.equal(store.applied.length, 420);
});

test('what others write into a topic is passed over; an event too large is said to be', skipUnless('kafka'), async (t) => {
  const topics = twoTopics();
  const log = new FakeLog(topics);
  const bus = busOn(t, kafkaBrokers());
  await bus.prepare(topics);
  const store = new LaneStore(bus, topics);
  await bus.subscribe(uniqueName('group'), topics, store);
  await bus.resumeFrom(-1n);
  const producer = client(kafkaBrokers()).producer();
  await producer.connect();
  await producer.send({
    topic: topics[0],
    messages: [0, 1, 2].map((partition) => ({ partition, value: 'not ours', headers: { 'passbook-position': 'x' } })),
  });
  await producer.disconnect();
  log.grow(40, 6);
  await publishAll(bus, log);
  await eventually(() => store.lowest() >= log.end, WAIT);
  t.equal(store.applied.length, 40);
  log.grow(1, 6);
  const large = { ...log.events[40]!, data: { text: 'x'.repeat(900 * 1024) } };
  await bus.publish([large], large.position);
  await eventually(() => store.applied.length === 41, WAIT);
  await t.rejects(bus.publish([{ ...large, position: large.position + 1n, data: { text: 'x'.repeat(5 * 1024 * 1024) } }], large.position + 1n), {
    name: 'BusFailure',
    kind: 'too-large',
  } satisfies Partial<BusFailure>);
  await t.rejects(bus.publish([], large.position), { name: 'BusFailure', kind: 'resume-first' } satisfies Partial<BusFailure>);
});

test('the broker is killed and comes back: publishing fails, resumes, and nothing is lost or doubled', { skip: kafkaIsMissing }, async (t) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'passbook-kafka-'));
  const kafka = await startKafka({ dataDir, logger });
  t.teardown(async () => {
    await kafka.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const topics = twoTopics();
  const log = new FakeLog(topics);
  const bus = busOn(t, [kafka.brokers]);
  await bus.prepare(topics);
  const store = new LaneStore(bus, topics);
  await bus.subscribe(uniqueName('group'), topics, store);
  let checkpoint = await bus.resumeFrom(-1n);
  let noticed = 0;
  const publishUntilThere = async (): Promise<void> => {
    for (let failures = 0; ; failures++)
      try {
        if (failures > 0) await bus.resumeFrom(checkpoint);
        for (const event of log.events.filter(({ position }) => position > checkpoint)) {
          await bus.publish([event], event.position);
          checkpoint = event.position;
        }
        return;
      } catch (error) {
        if (!(error instanceof BusFailure) || failures > 200) throw error;
        noticed++;
      }
  };
  log.grow(100, 10);
  await publishUntilThere();
  t.equal(noticed, 0);
  log.grow(1_000, 10);
  const publishing = publishUntilThere();
  await eventually(() => checkpoint > log.events[110]!.position, { everyMs: 1 });
  await kafka.kill9();
  await eventually(() => noticed > 0, { deadlineMs: 60_000 });
  await kafka.restart();
  await publishing;
  await eventually(() => store.lowest() >= log.end, { deadlineMs: 60_000 });
  t.equal(store.applied.length, 1_100);
  t.ok(revisionsDense(store.applied));
});

/** Resolves once the broker lists none of them any more. */
async function deleteTopics(topics: readonly string[]): Promise<void> {
  const admin = client(kafkaBrokers()).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [...topics] });
  await eventually(async () => !(await admin.listTopics()).some((topic) => topics.includes(topic)), WAIT);
  await admin.disconnect();
}
