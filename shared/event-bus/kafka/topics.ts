import type { Admin, Kafka } from 'kafkajs';
import type { PartitionsOf } from '../partitions.js';
import { BusFailure, type Topic } from '../port.js';
import { TOPIC_CONFIGURATION } from '../topic-configuration.js';
import { within } from './client.js';

const DEADLINE_MS = 30_000;

/** Makes the missing topics, refuses one with another partition count. */
export async function prepareTopics(kafka: Kafka, topics: readonly Topic[], partitionsOf: PartitionsOf, replicationFactor: number): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const present = new Set(await admin.listTopics());
    const missing = topics.filter((topic) => !present.has(topic));
    if (missing.length > 0)
      await admin.createTopics({
        waitForLeaders: true,
        timeout: 10_000,
        topics: missing.map((topic) => ({
          topic,
          numPartitions: partitionsOf(topic),
          replicationFactor,
          configEntries: Object.entries(TOPIC_CONFIGURATION).map(([name, value]) => ({ name, value })),
        })),
      });
    const described = await admin.fetchTopicMetadata({ topics: [...topics] });
    for (const { name, partitions } of described.topics)
      if (partitions.length !== partitionsOf(name))
        throw new BusFailure(
          'refused',
          `topic ${name} has ${partitions.length} partitions instead of ${partitionsOf(name)}; a partition count is never altered`,
        );
  });
}

export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    return await within(
      DEADLINE_MS,
      'Kafka admin',
      admin.connect().then(() => work(admin)),
    );
  } catch (error) {
    throw error instanceof BusFailure ? error : new BusFailure('unavailable', `Kafka does not answer: ${String(error)}`, error);
  } finally {
    await admin.disconnect().catch(() => {});
  }
}
