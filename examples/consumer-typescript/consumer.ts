import { parseArgs } from 'node:util';
import { Kafka, logLevel, type EachBatchPayload } from 'kafkajs';
import { Pool } from 'pg';
import { createContract } from './contract.js';
import { readEvent } from './event.js';
import { applyEvent, loadLane, prepareTables, saveLane } from './tables.js';

// A program of another house that keeps every account's balance in its own Postgres, from the bank's Kafka.
const { values: options } = parseArgs({ options: {
  brokers: { type: 'string', default: '127.0.0.1:9092' },
  bank: { type: 'string', default: 'http://127.0.0.1:8080' },
  database: { type: 'string', default: 'postgres://127.0.0.1/balances' },
  group: { type: 'string', default: 'example-balances' },
  topic: { type: 'string', default: 'passbook.ledger.events' },
} });

const pool = new Pool({ connectionString: options.database });
pool.on('error', () => {}); // the query that needs it next will say so
const contract = createContract(options.bank);
const kafka = new Kafka({ clientId: options.group, brokers: options.brokers.split(','), logLevel: logLevel.NOTHING, retry: { retries: 20, maxRetryTime: 1_000 } });
const consumer = kafka.consumer({ groupId: options.group, sessionTimeout: 6_000, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
const say = (text: string): boolean => process.stdout.write(`${text}\n`);
let ending = false;

/** One batch is one transaction: the balances, what was seen of each stream, and where to read on. */
async function take({ batch: { topic, partition, messages }, resolveOffset, isRunning, isStale }: EachBatchPayload): Promise<void> {
  if (ending || !isRunning() || isStale()) return;
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const lane = await loadLane(client, topic, partition);
    let rewound = false;
    for (const message of messages) {
      const offset = BigInt(message.offset);
      const record = readEvent(message);
      // A newer session of the relay began to write behind where this program stands: the partition was made anew and refilled.
      if (record && record.session > lane.session && record.start < lane.next) [lane.next, lane.session, rewound] = [record.start, record.session, true];
      if (offset < lane.next || (rewound && offset > lane.next)) continue;
      if (record?.kind === 'event') {
        await contract.check(record);
        await applyEvent(client, record);
      }
      lane.next = offset + 1n;
      if (record) [lane.session, lane.position] = [Math.max(lane.session, record.session), record.position];
    }
    await saveLane(client, lane);
    await client.query('COMMIT');
    const read = messages.at(-1)!.offset;
    if (lane.next === BigInt(read) + 1n) resolveOffset(read);
    else consumer.seek({ topic, partition, offset: lane.next.toString() });
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    end(1, `stopped at ${topic}/${partition}: ${(error as Error).message}`);
  } finally {
    client.release();
  }
}

function end(code: number, why: string): void {
  if (ending) return;
  ending = true;
  say(why);
  process.exitCode = code;
  // Not waited for within a batch: it waits for the batch.
  void consumer.disconnect().then(() => pool.end()).catch(() => {});
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(0, 'stopped'));
consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || end(1, `Kafka: ${payload.error.message}`));
try {
  await prepareTables(pool);
  await consumer.connect();
  await consumer.subscribe({ topic: options.topic, fromBeginning: true });
  // Where to read on stands in the tables alone, so nothing is committed to Kafka.
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: take });
  say('reading');
} catch (error) {
  end(1, `cannot start: ${(error as Error).message}`);
}
