import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import pRetry from 'p-retry';
import { laneName } from '../lanes.js';
import { BusFailure, type Topic } from '../port.js';
import { within } from './client.js';
import { readRecord } from './record.js';
import { withAdmin } from './topics.js';

/** The end of one partition as it really is. */
export interface Tail {
  readonly topic: Topic;
  readonly partition: number;
  /** Offset of the next record. */
  readonly end: bigint;
  /** Everything up to this log position is in the partition; -1n for an empty one. */
  readonly position: bigint;
  /** The newest session that wrote here, 0 for none. */
  readonly session: number;
}

/** The last record says it; a few more are looked at in case others wrote here too. */
const LOOK_BACK = 20n;
const DEADLINE_MS = 30_000;

/** Reads the end of every partition. kafkajs reads only as a group: one with a name of its own, deleted afterwards. */
export async function readTails(kafka: Kafka, topics: readonly Topic[]): Promise<Tail[]> {
  const tails = new Map<string, Tail>();
  const wanted = new Map<string, { readonly from: bigint; readonly last: bigint }>();
  await withAdmin(kafka, async (admin) => {
    for (const topic of topics)
      for (const { partition, low, high } of await offsetsOf(admin, topic)) {
        const [begin, end] = [BigInt(low), BigInt(high)];
        tails.set(laneName({ topic, partition }), { topic, partition, end, position: -1n, session: 0 });
        if (end > begin) wanted.set(laneName({ topic, partition }), { from: end - LOOK_BACK > begin ? end - LOOK_BACK : begin, last: end - 1n });
      }
  });
  if (wanted.size > 0) await readInto();
  return [...tails.values()];

  async function readInto(): Promise<void> {
    const groupId = `passbook-tails-${randomUUID()}`;
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: 10_000,
      heartbeatInterval: 1_000,
      maxWaitTimeInMs: 50,
      allowAutoTopicCreation: false,
    });
    const all = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer
        .connect()
        .then(() => consumer.subscribe({ topics: [...topics], fromBeginning: true }))
        .then(() =>
          consumer.run({
            autoCommit: false,
            eachBatch: async ({ batch: { topic, partition, messages } }) => {
              const key = laneName({ topic, partition });
              const range = wanted.get(key);
              if (!range) return;
              if (BigInt(messages[0]!.offset) > range.from || BigInt(messages[messages.length - 1]!.offset) < range.from) {
                consumer.seek({ topic, partition, offset: range.from.toString() });
                return;
              }
              const before = tails.get(key)!;
              const records = messages.map((message) => readRecord(topic, message)).filter((record) => record !== undefined);
              const position = records.reduce((high, { message }) => (message.position > high ? message.position : high), before.position);
              const session = records.reduce((high, record) => Math.max(high, record.session.number), before.session);
              tails.set(key, { ...before, position, session });
              if (BigInt(messages[messages.length - 1]!.offset) >= range.last) wanted.delete(key);
              else wanted.set(key, { ...range, from: BigInt(messages[messages.length - 1]!.offset) + 1n });
              if (wanted.size === 0) resolve();
            },
          }),
        )
        .then(() => {
          for (const [key, { from }] of wanted) consumer.seek({ ...laneOf(key), offset: from.toString() });
        })
        .catch(reject);
    });
    try {
      await within(DEADLINE_MS, 'reading the ends of the topics', all);
    } catch (error) {
      throw new BusFailure('unavailable', `the ends of the topics cannot be read: ${String(error)}`, error);
    } finally {
      await consumer.disconnect().catch(() => {});
      await withAdmin(kafka, (admin) => admin.deleteGroups([groupId])).catch(() => {});
    }
  }
}

/** A partition just made may not have its leader yet; kafkajs gives up at once there. */
const offsetsOf = (admin: Admin, topic: Topic): ReturnType<Admin['fetchTopicOffsets']> =>
  pRetry(() => admin.fetchTopicOffsets(topic), {
    retries: 8, minTimeout: 50, maxTimeout: 1_000,
    shouldRetry: ({ error }) => /^(NOT_LEADER_|LEADER_NOT_AVAILABLE)/.test((error as { type?: string }).type ?? ''),
  });

const laneOf = (key: string): { topic: string; partition: number } => {
  const slash = key.lastIndexOf('/');
  return { topic: key.slice(0, slash), partition: Number(key.slice(slash + 1)) };
};
