import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import kafkajs from 'kafkajs';
import { pino } from 'pino';
import { test } from 'tap';
import { kafkaBrokers, skipUnless, uniqueName } from '../../shared/testing/parts.js';
import { processIdentity } from '../processes/process-identity.js';
import { missingTools } from '../real-parts.js';
import { startKafka } from './kafka.js';

const kafkaIsMissing = missingTools().filter(({ part }) => part === 'kafka').map(({ message }) => message).join('; ') || false;

test('a real Kafka: a topic is made, what is produced is consumed', skipUnless('kafka'), async (t) => {
  const kafka = new kafkajs.Kafka({ clientId: 'smoke', brokers: kafkaBrokers(), logLevel: kafkajs.logLevel.NOTHING });
  const topic = uniqueName('smoke');
  const [admin, producer] = [kafka.admin(), kafka.producer({ idempotent: true, maxInFlightRequests: 1 })];
  const consumer = kafka.consumer({ groupId: uniqueName('smoke-group'), maxWaitTimeInMs: 100 });
  await admin.connect();
  t.teardown(async () => {
    await Promise.all([consumer.disconnect(), producer.disconnect()]);
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  });
  t.equal(await admin.createTopics({ topics: [{ topic, numPartitions: 3 }], waitForLeaders: true }), true);
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: ['one', 'two', 'three'].map((value) => ({ key: 'ledger-0', value })) });

  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen: string[] = [];
  await new Promise<void>((resolve, reject) => {
    consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(`${message.key?.toString()}=${message.value?.toString()}`);
        if (seen.length === 3) resolve();
      },
    }).catch(reject);
  });
  t.same(seen, ['ledger-0=one', 'ledger-0=two', 'ledger-0=three'], 'in order, under their key');

  const impatient = kafka.producer({ retry: { retries: 1, initialRetryTime: 50 } });
  await impatient.connect();
  await t.rejects(impatient.send({ topic: uniqueName('absent'), messages: [{ value: 'x' }] }), /does not host this topic-partition/, 'topics are never made by accident');
  await impatient.disconnect();
});

test('a Kafka of our own: what it acknowledged outlives kill -9, on the same address', { skip: kafkaIsMissing }, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'passbook kafka-'));
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }); });
  const options = { dataDir: path.join(folder, 'data'), logger: pino({ level: 'silent' }) };
  const running = await startKafka(options);
  t.teardown(() => running.stop());
  const { brokers, pid } = running;
  const admin = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  const producer = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING }).producer();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }], waitForLeaders: true });
  await producer.connect();
  await producer.send({ topic: 'kept', acks: -1, messages: [{ value: '1' }, { value: '2' }] });
  await producer.disconnect();
  await admin.disconnect();
  await t.rejects(startKafka(options), { name: 'PartFailure', message: /already running/ });

  await running.kill9();
  t.equal(processIdentity(pid), undefined);
  await running.restart();
  t.not(running.pid, pid);
  t.equal(running.brokers, brokers);
  const again = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await again.connect();
  t.match(await again.fetchTopicOffsets('kept'), [{ partition: 0, high: '2' }]);
  await again.disconnect();
});
