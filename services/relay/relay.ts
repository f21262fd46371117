import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { backoffMs } from '../../shared/event-bus/backoff.js';
import { busEventOf, type TopicOf } from '../../shared/event-bus/from-log.js';
import { BusFailure, type EventBus, type Topic } from '../../shared/event-bus/port.js';
import { Feed } from '../../shared/event-store/feed.js';
import type { Checkpoint, EventStore, SubscriptionItem } from '../../shared/event-store/port.js';
import { keepUnderLease } from '../../shared/read-store/keep-leased.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { traceNow, type Traces } from '../../shared/telemetry/traces.js';
import { PublishedStore, type Published } from './checkpoint.js';
import { relayMeters, traceRelay } from './meters.js';

export interface RelayOptions {
  readonly eventStore: EventStore;
  readonly bus: EventBus;
  /** The database that is kept (`ops`): lease and checkpoint. */
  readonly opsPool: Pool;
  /** Every topic that `topicOf` can name. */
  readonly topics: readonly Topic[];
  readonly topicOf: TopicOf;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly traces?: Traces;
  /** Only streams beginning so; every stream but the store's own where absent. */
  readonly streamPrefixes?: readonly string[];
  /** Who this is, in the lease's row. */
  readonly instance?: string;
  /** Most events of one publication. */
  readonly batchSize?: number;
}

export interface RelayStatus {
  /** standby: another relay is active. halted: an event that the bus will never take; a person must act. */
  readonly state: 'standby' | 'resuming' | 'publishing' | 'halted' | 'stopped';
  /** Position of the last event published. */
  readonly position: bigint;
  /** Whether everything the store had was published when last looked. */
  readonly caughtUp: boolean;
  readonly failure?: string;
}

export interface Relay {
  stop(): Promise<void>;
  status(): RelayStatus;
}

const NAME = 'relay';
const IDLE_MS = 1_000;
const SAVE_EVERY_MS = 200;

/** Publishes the log on the bus, in the log's order, at least once, for ever. Resolves at once; being active may take until another relay ends. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { eventStore, bus, opsPool, topicOf, topics, logger, streamPrefixes, batchSize = 1_000 } = options;
  const store = new PublishedStore(opsPool, NAME);
  let state: RelayStatus['state'] = 'standby';
  let failure: string | undefined;
  let published: Published = { checkpoint: undefined, lastEvent: -1n };
  let caughtUp = false;
  const meters = relayMeters(options.metrics, bus, () => ({ position: published.lastEvent, halted: state === 'halted' }));
  const leased = keepUnderLease({ pool: opsPool, name: NAME, holder: options.instance ?? `pid ${process.pid}`, logger }, async (signal) => {
    await store.prepare();
    await beActive(signal);
    if (state !== 'halted') state = 'standby';
  });

  async function beActive(leased: AbortSignal): Promise<void> {
    for (let failures = 0; !leased.aborted;) {
      const run = new AbortController();
      const before = published.lastEvent;
      try {
        state = 'resuming';
        await publishFrom(AbortSignal.any([leased, run.signal]));
      } catch (error) {
        failure = String(error);
        caughtUp = false;
        if (error instanceof BusFailure && (error.kind === 'too-large' || error.kind === 'refused')) return await halt(error, leased);
        failures = published.lastEvent > before ? 1 : failures + 1;
        if (!leased.aborted) logger.warn({ err: error, failures }, 'publishing was interrupted, resuming from the checkpoint');
      } finally {
        run.abort();
      }
      await rest(failures, leased);
    }
  }

  async function publishFrom(signal: AbortSignal): Promise<void> {
    await bus.prepare(topics);
    published = await store.load();
    const resume = await bus.resumeFrom(published.lastEvent);
    if (resume < published.lastEvent)
      logger.info({ checkpoint: published.lastEvent.toString(), resume: resume.toString() }, 'the bus wants events again');
    const after = resume < published.lastEvent ? checkpointAt(resume) : published.checkpoint;
    // What the checkpoint says is out may lack its ticks.
    if (resume >= 0n) await bus.publish([], resume);
    const feed = new Feed(eventStore.subscribeAll({ ...(after && { after }), ...(streamPrefixes && { streamPrefixes }), signal }), batchSize * 4);
    state = 'publishing';
    failure = undefined;
    let reached = resume;
    let savedAt = Date.now();
    let saved = published;
    const save = async (): Promise<void> => {
      const now = published;
      if (now !== saved) await store.save(now);
      [saved, savedAt] = [now, Date.now()];
    };
    while (!signal.aborted) {
      const items = await feed.take(batchSize, published === saved ? IDLE_MS : SAVE_EVERY_MS);
      reached = await publish(items, reached);
      if (items.some(({ kind }) => kind === 'caught-up')) caughtUp = true;
      if (Date.now() - savedAt >= SAVE_EVERY_MS) await save();
    }
    await save();
  }

  /** Nothing is remembered as published before the bus has acknowledged it. */
  async function publish(items: readonly SubscriptionItem[], reached: bigint): Promise<bigint> {
    const events = items.flatMap((item) => (item.kind === 'event' ? [busEventOf(item.event, topicOf)] : []));
    const upTo = events[events.length - 1]?.position ?? reached;
    const startedAt = traceNow();
    if (upTo >= 0n) await bus.publish(events, upTo);
    if (options.traces) traceRelay(options.traces, events, startedAt);
    meters.published(events);
    const last = items.findLast((item) => item.kind !== 'caught-up');
    if (last && 'checkpoint' in last && last.checkpoint.commit > (published.checkpoint?.commit ?? -1n))
      published = { checkpoint: last.checkpoint, lastEvent: upTo > published.lastEvent ? upTo : published.lastEvent };
    return upTo;
  }

  async function halt(error: BusFailure, leased: AbortSignal): Promise<void> {
    state = 'halted';
    logger.fatal({ err: error }, 'the relay has halted: it never skips an event, and the bus will not take this one');
    await new Promise<void>((resolve) => leased.addEventListener('abort', () => resolve(), { once: true }));
  }

  return {
    status: () => ({ state, position: published.lastEvent, caughtUp, ...(failure !== undefined && { failure }) }),
    async stop() {
      await leased.stop();
      state = 'stopped';
    },
  };
}

const checkpointAt = (event: bigint): Checkpoint | undefined => (event < 0n ? undefined : { commit: event, prepare: event });

const rest = (failures: number, signal: AbortSignal): Promise<void> =>
  failures === 0 ? Promise.resolve() : pause(backoffMs(failures - 1, 100, 5_000), undefined, { signal }).catch(() => {});
