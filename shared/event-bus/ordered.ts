import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { backoffMs } from './backoff.js';
import { LaneMerge, type OrderedProgress } from './lane-merge.js';
import { laneName } from './lanes.js';
import type { BusEvent, EventBus, LaneBatch, LaneId, LaneRest, Subscription, Topic } from './port.js';

export interface OrderedBatch {
  /** In the log's order, each once; none where only time passed in the log of other topics. */
  readonly events: readonly BusEvent[];
  /** What was handled before. Stored progress that stands elsewhere was moved by somebody else: refuse the batch. */
  readonly after: bigint;
  /** With this batch everything up to here, inclusive, is handled. */
  readonly upTo: bigint;
  /** To be stored with the batch's effects, in the same transaction. */
  readonly next: OrderedProgress;
}

export interface OrderedLimits {
  /** Most events of one batch. */
  readonly batchEvents: number;
  /** So much may wait in a lane for the others, and one bus batch on top. */
  readonly laneMessages: number;
  /** Progress without events is given at most this often. */
  readonly idleMs: number;
  /** The bus waits so long for a handler that is behind; then the lane rests, and nobody else waits. */
  readonly patienceMs: number;
  /** A lane that holds the others up for so long is logged, as often. */
  readonly heldUpMs: number;
}

export interface OrderedSetup {
  readonly bus: EventBus;
  /** One member alone: whoever shares the lanes with another waits for ever for what the other has. Run it under a lease. */
  readonly group: string;
  readonly topics: readonly Topic[];
  /** As stored by the last batch handled; asked at the start and after every failure. */
  load(): Promise<OrderedProgress>;
  /** Resolves once effects and `next` are durable, or left to a later call. After a throw everything is read again from `load()`. */
  handle(batch: OrderedBatch): Promise<void>;
  /** Nothing came for `idleMs` after something was handled. `handle` may leave storing to it: what was not stored comes again. */
  rest?(): Promise<void>;
  readonly logger: Logger;
  readonly limits?: Partial<OrderedLimits>;
}

export interface OrderedStatus {
  /** Everything up to here is handled. */
  readonly position: bigint;
  /** What waits, waits for this lane. */
  readonly awaited?: LaneId;
  /** Of the last run, until something was handled again. */
  readonly failure?: string;
}

export interface OrderedSubscription extends Subscription {
  status(): OrderedStatus;
}

const LIMITS: OrderedLimits = { batchEvents: 1_000, laneMessages: 1_000, idleMs: 500, patienceMs: 500, heldUpMs: 30_000 };

/**
 * The events of some topics in the log's exact order, at least once (once for whoever stores `next` with the effects). An event waits until every lane has
 * reached its position; ticks say so where a lane is idle. What waits is bounded: a lane that is ahead rests. While `handle` works, the bus waits for it, a while.
 */
export function subscribeInOrder(setup: OrderedSetup): OrderedSubscription {
  const { logger } = setup;
  const stopping = new AbortController();
  let position = -1n;
  let run: OrderedRun | undefined;
  let failure: string | undefined;
  const running = untilStopped();

  async function untilStopped(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      try {
        const progress = await setup.load();
        position = BigInt(progress.position);
        run = new OrderedRun(setup, progress, (upTo) => {
          position = upTo;
          failures = 0;
          failure = undefined;
        });
        await run.until(stopping.signal);
      } catch (error) {
        failure = String(error);
        logger.warn({ err: error, group: setup.group, failures }, 'the ordered feed was interrupted and begins again from the stored progress');
      }
      run = undefined;
      await pause(backoffMs(failures, 50, 5_000), undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  return {
    status: () => ({ position, ...(run?.awaited && { awaited: run.awaited }), ...(failure !== undefined && { failure }) }),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** From the stored progress to the first failure: nothing outlives it, neither buffers nor the subscription. */
class OrderedRun {
  readonly #merge: LaneMerge;
  readonly #limits: OrderedLimits;
  /** 'step': something was handled, or nothing more is ready; 'end'. */
  readonly #signs = new EventEmitter().setMaxListeners(0);
  #ended: { readonly error?: unknown } | undefined;
  #busy = false;
  #after: bigint;
  #handledAt = 0;
  #movingAt = Date.now();
  #idleTimer: NodeJS.Timeout | undefined;
  #restTimer: NodeJS.Timeout | undefined;

  constructor(private readonly setup: OrderedSetup, from: OrderedProgress, private readonly handled: (upTo: bigint) => void) {
    const { bus, topics } = setup;
    const lanes = topics.flatMap((topic) => Array.from({ length: bus.partitionsOf(topic) }, (_, partition) => ({ topic, partition })));
    this.#merge = new LaneMerge(lanes, from);
    this.#limits = { ...LIMITS, ...setup.limits };
    this.#after = BigInt(from.position);
  }

  get awaited(): LaneId | undefined {
    return this.#busy ? undefined : this.#merge.awaited;
  }

  /** Resolves after the signal, rejects after a failure; nothing is being handled any more then. */
  async until(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#end({});
    signal.addEventListener('abort', stop, { once: true });
    const { bus, group, topics } = this.setup;
    try {
      const subscription = await bus.subscribe(group, topics, {
        comparesLanes: true,
        progressOf: async (lane) => this.#merge.progressOf(lane),
        handle: (batch) => this.#take(batch),
      });
      if (signal.aborted) stop();
      if (!this.#ended) await once(this.#signs, 'end');
      await subscription.stop();
      while (this.#busy) await once(this.#signs, 'step');
    } finally {
      signal.removeEventListener('abort', stop);
      this.#end({});
    }
    if ('error' in this.#ended!) throw this.#ended.error;
  }

  /** Never waits for another lane: on Kafka few lanes are served at a time, and that one may not be among them. */
  async #take(batch: LaneBatch): Promise<LaneRest | void> {
    if (this.#ended) return;
    // Where nothing waited, nobody was held up, however long nothing came.
    if (this.#isHeldUpLong() && this.#merge.awaited === undefined) this.#movingAt = Date.now();
    this.#merge.add(batch);
    void this.#work();
    this.#watch();
    const { laneMessages, patienceMs } = this.#limits;
    const until = Date.now() + patienceMs;
    while (!this.#ended && this.#busy && this.#merge.waiting(batch.lane) > laneMessages && Date.now() < until) await this.#stepUntil(until);
    if (!this.#ended && this.#merge.waiting(batch.lane) > laneMessages) return { until: this.#room(batch.lane) };
  }

  async #stepUntil(moment: number): Promise<void> {
    const done = new AbortController();
    const { signal } = done;
    await Promise.race([once(this.#signs, 'step', { signal }), pause(Math.max(0, moment - Date.now()), undefined, { signal })]);
    done.abort();
  }

  async #room(lane: LaneId): Promise<void> {
    while (!this.#ended && this.#merge.waiting(lane) > this.#limits.laneMessages / 2) await once(this.#signs, 'step');
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (!this.#ended && this.#due()) {
        const { events, upTo } = this.#merge.take(this.#limits.batchEvents)!;
        await this.setup.handle({ events, after: this.#after, upTo, next: this.#merge.progressAt(upTo) });
        this.#after = upTo;
        this.#handledAt = this.#movingAt = Date.now();
        this.handled(upTo);
        this.#signs.emit('step');
        this.#restLater();
      }
    } catch (error) {
      this.#end({ error });
    } finally {
      this.#busy = false;
      this.#signs.emit('step');
    }
  }

  /** Whether there is something to give now; ticks alone wait a little for company. */
  #due(): boolean {
    if (this.#merge.frontier <= this.#after) return false;
    const waitMs = this.#handledAt + this.#limits.idleMs - Date.now();
    if (this.#merge.hasReady || waitMs <= 0) return true;
    this.#idleTimer ??= setTimeout(() => {
      this.#idleTimer = undefined;
      void this.#work();
    }, waitMs).unref();
    return false;
  }

  #restLater(): void {
    const { rest } = this.setup;
    if (!rest) return;
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => void this.#alone(rest), this.#limits.idleMs).unref();
  }

  /** Unless something is being handled: then it is asked again afterwards. */
  async #alone(work: () => Promise<void>): Promise<void> {
    if (this.#busy || this.#ended) return;
    this.#busy = true;
    try {
      await work();
    } catch (error) {
      this.#end({ error });
    } finally {
      this.#busy = false;
      this.#signs.emit('step');
    }
    void this.#work();
  }

  #isHeldUpLong(): boolean {
    return Date.now() - this.#movingAt > this.#limits.heldUpMs;
  }

  #watch(): void {
    const awaited = this.#isHeldUpLong() ? this.awaited : undefined;
    if (!awaited) return;
    const heldUpMs = Date.now() - this.#movingAt;
    this.#movingAt = Date.now();
    this.setup.logger.warn({ group: this.setup.group, lane: laneName(awaited), heldUpMs }, 'the ordered feed waits for a lane that is behind the others');
  }

  #end(how: { readonly error?: unknown }): void {
    if (this.#ended) return;
    this.#ended = how;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#restTimer);
    this.#signs.emit('step');
    this.#signs.emit('end');
  }
}
