import type { Logger } from 'pino';
import { partitionsOfBank, type PartitionsOf } from '../partitions.js';
import { BusFailure, type BusEvent, type EventBus, type LaneConsumer, type Subscription, type Topic } from '../port.js';
import { createClient, type KafkaAccess } from './client.js';
import { startConsumer, type ConsumerTimings } from './consumer.js';
import { ProducerSession } from './session.js';
import { prepareTopics } from './topics.js';

export interface KafkaBusOptions extends KafkaAccess {
  readonly logger: Logger;
  readonly partitionsOf?: PartitionsOf;
  readonly replicationFactor?: number;
  /** Idle partitions learn of the position reached at most this late. */
  readonly tickWithinMs?: number;
  readonly timings?: Partial<ConsumerTimings>;
}

/** The bus over a real Kafka. kafkajs is used in this folder and nowhere else. */
export function createKafkaBus(options: KafkaBusOptions): EventBus & { readonly duplicatesSkipped: number } {
  const { logger, partitionsOf = partitionsOfBank(1), replicationFactor = 1, tickWithinMs = 50 } = options;
  const kafka = createClient(options, logger);
  const topics = new Set<Topic>();
  const subscriptions = new Set<Subscription>();
  let session: ProducerSession | undefined;
  let emptied: ReadonlySet<string> = new Set();
  let duplicatesSkipped = 0;
  let upToNow = -1n;
  let tickedAt = 0;
  let tickTimer: NodeJS.Timeout | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  /** One send at a time: order within a partition is all the relay has. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => {});
    return turn;
  };

  async function send(events: readonly BusEvent[], tickTo: bigint | undefined): Promise<void> {
    const current = session;
    if (!current) throw new BusFailure('resume-first', 'the producer has no session');
    try {
      await current.send(events, tickTo);
      if (tickTo !== undefined) tickedAt = Date.now();
    } catch (error) {
      if (session === current) endSession();
      throw error;
    }
  }

  function endSession(): void {
    if (!session) return;
    emptied = session.emptied;
    duplicatesSkipped += session.duplicatesSkipped;
    void session.end();
    session = undefined;
    clearTimeout(tickTimer);
    tickTimer = undefined;
  }

  function tickLater(): void {
    tickTimer ??= setTimeout(() => {
      tickTimer = undefined;
      // A failure ends the session; the next publish says so.
      inTurn(() => send([], upToNow)).catch((error: unknown) => logger.warn({ err: error }, 'a tick was not published'));
    }, tickWithinMs);
  }

  return {
    partitionsOf,

    get duplicatesSkipped() {
      return duplicatesSkipped + (session?.duplicatesSkipped ?? 0);
    },

    async prepare(wanted) {
      await prepareTopics(kafka, wanted, partitionsOf, replicationFactor);
      for (const topic of wanted) topics.add(topic);
    },

    publish: (events, upTo) =>
      inTurn(async () => {
        const tickNow = Date.now() - tickedAt >= tickWithinMs;
        await send(events, tickNow ? upTo : undefined);
        upToNow = upTo;
        if (!tickNow) tickLater();
      }),

    resumeFrom: (stored) =>
      inTurn(async () => {
        endSession();
        if (topics.size === 0) throw new BusFailure('refused', 'no topic was prepared');
        session = await ProducerSession.open(kafka, [...topics], partitionsOf, emptied);
        emptied = new Set();
        upToNow = -1n;
        const low = session.lowestTail;
        return low !== undefined && low < stored ? low : stored;
      }),

    async subscribe(group, wanted, consumer: LaneConsumer) {
      const running = startConsumer({ kafka, group, topics: wanted, consumer, logger, timings: options.timings ?? {} });
      const subscription: Subscription = {
        async stop() {
          subscriptions.delete(subscription);
          await running.stop();
        },
      };
      subscriptions.add(subscription);
      return subscription;
    },

    async close() {
      clearTimeout(tickTimer);
      await Promise.all([...subscriptions].map((subscription) => subscription.stop()));
      await inTurn(async () => {
        if (session && upToNow >= 0n) await session.send([], upToNow).catch(() => {});
        await session?.end();
        session = undefined;
      });
      clearTimeout(tickTimer);
    },
  };
}
