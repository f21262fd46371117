import type { ConsumerGroupJoinEvent, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { setTimeout as pause } from 'node:timers/promises';
import type { LaneConsumer, Subscription, Topic } from '../port.js';
import { backoffMs } from '../backoff.js';
import { within } from './client.js';
import { LaneReader } from './lane-reader.js';

export interface ConsumerTimings {
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxWaitMs: number;
  /** Neither a fetch nor a batch for so long: the consumer is made anew (kafkajs can stop silently). */
  readonly silenceMs: number;
}

const DEFAULTS: ConsumerTimings = { sessionTimeoutMs: 30_000, heartbeatIntervalMs: 3_000, maxWaitMs: 250, silenceMs: 60_000 };
const STOP_DEADLINE_MS = 15_000;
/** How long a member that is stopped while it joins may go on joining. */
const JOIN_DEADLINE_MS = 10_000;

interface ConsumerSetup {
  readonly kafka: Kafka;
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly consumer: LaneConsumer;
  readonly logger: Logger;
  readonly timings: Partial<ConsumerTimings>;
}

/** Keeps one member of the group running: kafkajs' consumer is thrown away when it crashes or falls silent, and made anew. */
export function startConsumer(setup: ConsumerSetup): Subscription {
  const { kafka, group, topics, logger } = setup;
  const timings = { ...DEFAULTS, ...setup.timings };
  const stopping = new AbortController();
  const finished = keepRunning();

  async function keepRunning(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      const startedAt = Date.now();
      try {
        await runOnce();
      } catch (error) {
        logger.warn({ err: error, group, failures }, 'the Kafka consumer broke down, making it anew');
      }
      if (Date.now() - startedAt > 60_000) failures = 0;
      await pause(backoffMs(failures, 200, 5_000), undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  async function runOnce(): Promise<void> {
    const consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: timings.sessionTimeoutMs,
      heartbeatInterval: timings.heartbeatIntervalMs,
      rebalanceTimeout: 60_000,
      maxWaitTimeInMs: timings.maxWaitMs,
      maxBytesPerPartition: 1_048_576,
      maxBytes: 5_242_880,
      readUncommitted: false,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8, restartOnFailure: async () => false },
    });
    const lanes = new LaneReader(consumer, setup.consumer, logger.child({ group }), timings.heartbeatIntervalMs, stopping.signal);
    let lastSign = Date.now();
    let stopWatching = (): void => {};
    let starting: Promise<void> = Promise.resolve();
    let over = false;
    const unlessOver = (): void => {
      if (over) throw new Error('stopped before it began');
    };
    const alive = (): void => {
      lastSign = Date.now();
    };
    try {
      await new Promise<void>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        consumer.on(consumer.events.STOP, () => resolve());
        consumer.on(consumer.events.FETCH, alive);
        consumer.on(consumer.events.END_BATCH_PROCESS, alive);
        consumer.on(consumer.events.GROUP_JOIN, (event: ConsumerGroupJoinEvent) => {
          alive();
          lanes.assign(event.payload.memberAssignment);
        });
        stopping.signal.addEventListener('abort', () => resolve(), { once: true });
        const watchdog = setInterval(
          () => {
            if (lanes.busy) alive();
            if (Date.now() - lastSign > timings.silenceMs) reject(new Error(`nothing fetched for ${timings.silenceMs} ms`));
          },
          Math.min(1_000, timings.silenceMs),
        );
        stopWatching = () => clearInterval(watchdog);
        starting = consumer
          .connect()
          .then(unlessOver)
          .then(() => consumer.subscribe({ topics: [...topics], fromBeginning: true }))
          .then(unlessOver)
          .then(() =>
            consumer.run({
              autoCommit: false,
              eachBatchAutoResolve: false,
              partitionsConsumedConcurrently: 3,
              eachBatch: (payload) => lanes.take(payload),
            }),
          );
        starting.catch(reject);
      });
    } finally {
      stopWatching();
      lanes.close();
      // Disconnected amid joining, kafkajs would join afterwards and hold its lanes for ever, or leave a member behind that the group waits for.
      await within(JOIN_DEADLINE_MS, 'joining the group', starting).catch(() => {});
      over = true;
      await within(STOP_DEADLINE_MS, 'leaving the group', consumer.disconnect()).catch((error: unknown) =>
        logger.warn({ err: error, group }, 'the Kafka consumer did not stop cleanly'),
      );
    }
  }

  return {
    async stop() {
      stopping.abort();
      await finished;
    },
  };
}
