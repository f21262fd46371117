import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Feed } from '../event-store/feed.js';
import { lastPosition } from '../event-store/last-position.js';
import type { EventStore } from '../event-store/port.js';
import { backoffMs } from './backoff.js';
import { busEventOf, type TopicOf } from './from-log.js';
import type { EventBus } from './port.js';

export interface Filling {
  /** Throws why nothing comes just now. */
  check(): void;
  stop(): Promise<void>;
}

const IDLE_MS = 1_000;
/** A few events wait so long for others: what every publication costs its consumers is then shared by many. */
const GATHER_MS = 20;
const ENOUGH = 100;

/**
 * Gives a bus within this process what is appended to the log from now on, where no relay does: for a process of consumers alone. What came before, its lanes read
 * from the log themselves. Whatever fails, it begins again at the log's end, and lanes that lack something fall behind.
 */
export function fillFromLog({ eventStore, bus, topicOf, logger, batchSize = 1_000 }: {
  readonly eventStore: EventStore; readonly bus: EventBus; readonly topicOf: TopicOf; readonly logger: Logger; readonly batchSize?: number;
}): Filling {
  const stopping = new AbortController();
  let failure: string | undefined;
  let published = 0;
  const running = untilStopped();

  async function untilStopped(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      const before = published;
      try {
        await fill();
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (published > before) failures = 0;
        failure = String(error);
        logger.warn({ err: error, failures }, 'reading the log for the bus was interrupted');
      }
      await pause(backoffMs(failures, 100, 5_000), undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  async function fill(): Promise<void> {
    const ends = new AbortController();
    try {
      const end = await lastPosition(eventStore);
      let upTo = await bus.resumeFrom(end ?? -1n);
      const after = end === undefined ? undefined : { commit: end, prepare: end };
      const feed = new Feed(eventStore.subscribeAll({ ...(after && { after }), signal: AbortSignal.any([stopping.signal, ends.signal]) }), batchSize * 4);
      failure = undefined;
      while (!stopping.signal.aborted) {
        const items = await feed.take(batchSize, IDLE_MS);
        const events = items.flatMap((item) => (item.kind === 'event' ? [busEventOf(item.event, topicOf)] : []));
        upTo = events[events.length - 1]?.position ?? upTo;
        if (upTo >= 0n) await bus.publish(events, upTo);
        published += events.length;
        if (items.length < ENOUGH) await pause(GATHER_MS, undefined, { signal: stopping.signal }).catch(() => {});
      }
    } finally {
      ends.abort();
    }
  }

  return {
    check() {
      if (failure !== undefined) throw new Error(`the log does not come: ${failure}`);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
