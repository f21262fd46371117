import type { Logger } from 'pino';
import type { OrderedProgress } from '../../../shared/event-bus/lane-merge.js';
import { subscribeInOrder, type OrderedBatch, type OrderedLimits, type OrderedStatus, type OrderedSubscription } from '../../../shared/event-bus/ordered.js';
import type { BusEvent, EventBus, Topic } from '../../../shared/event-bus/port.js';
import { keepUnderLease } from '../../../shared/read-store/keep-leased.js';
import type { Pool, PoolClient } from '../../../shared/read-store/pool.js';
import { Checkpoint } from './checkpoint.js';

/** What is durable together. Its outputs are in the log first: they come again after a crash, and must be recognised there by their ids. */
export interface ProcessorStep<Output, State extends object> {
  readonly outputs: readonly Output[];
  /** False: only its outputs have to be in the log now; the rest may come with a later step. */
  readonly mustStore: boolean;
  /** Asked once the outputs are in the log: what appending them told may be part of it. */
  state(): State;
  /** What goes with it, in the same transaction; not asked where nothing is stored now. */
  readonly save: (client: PoolClient) => Promise<void>;
}

export type Commit<Output, State extends object> = (step: ProcessorStep<Output, State>) => Promise<void>;

/** One run of the evaluation, from the state it was begun with; after a throw it is of no use any more. */
export interface Evaluation<Output, State extends object> {
  /**
   * Events in the log's order. May come again after a crash, where a step in their midst was committed: what the state says was taken is left out. Calls `commit` one time or
   * several; everything of a step that must be stored is stored when it resolves.
   */
  take(events: readonly BusEvent[], commit: Commit<Output, State>): Promise<void>;
  /** Commits, once, whatever waits to be stored. */
  store(commit: Commit<Output, State>): Promise<void>;
  /** Resolves once the outputs are in the log, also where they were before. */
  append(outputs: readonly Output[]): Promise<void>;
}

export interface ProcessorOptions<Output, State extends object> {
  /** Of the lease and the group. */
  readonly name: string;
  readonly bus: EventBus;
  readonly topics: readonly Topic[];
  /** The database `ops`: the lease. */
  readonly opsPool: Pool;
  /** The database `read`: everything here follows from the log and may be thrown away. */
  readonly readPool: Pool;
  /** Of the checkpoint, in `read`. */
  readonly schema: string;
  /** State as it was committed last, null for none. */
  begin(state: State | null): Promise<Evaluation<Output, State>>;
  readonly logger: Logger;
  /** Who this is, in the lease's row. */
  readonly instance?: string;
  readonly limits?: Partial<OrderedLimits>;
  /** What may wait is stored so often, and where nothing more comes. */
  readonly storeEveryMs?: number;
}

export interface ProcessorStatus extends OrderedStatus {
  /** standby: another process has the lease. */
  readonly state: 'standby' | 'processing' | 'stopped';
}

export interface Processor {
  status(): ProcessorStatus;
  stop(): Promise<void>;
}

const STORE_EVERY_MS = 1_000;

/** Evaluates the topics' events in the log's order, one process at a time, for ever. Killed at any moment, it goes on as if it had not been. */
export function startProcessor<Output, State extends object>(options: ProcessorOptions<Output, State>): Processor {
  const { name, opsPool, logger } = options;
  let feed: OrderedSubscription | undefined;
  let stopped = false;
  const leased = keepUnderLease({ pool: opsPool, name, holder: options.instance ?? `pid ${process.pid}`, logger }, async (signal) => {
    feed = followInOrder(options);
    try {
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      await feed.stop();
      feed = undefined;
    }
  });
  return {
    status: () => ({ position: -1n, ...feed?.status(), state: stopped ? 'stopped' : feed ? 'processing' : 'standby' }),
    async stop() {
      await leased.stop();
      stopped = true;
    },
  };
}

function followInOrder<Output, State extends object>(
  { name, bus, topics, readPool, schema, begin, logger, limits, storeEveryMs = STORE_EVERY_MS }: ProcessorOptions<Output, State>,
): OrderedSubscription {
  let run: { readonly checkpoint: Checkpoint<State>; readonly evaluation: Evaluation<Output, State> } | undefined;
  let storedAt = 0;
  /** Handled, and not stored yet. */
  let waiting: OrderedProgress | undefined;

  /** After every failure anew: what is in memory may be ahead of what is stored. */
  async function load(): Promise<OrderedProgress> {
    waiting = undefined;
    const checkpoint = await Checkpoint.take<State>(readPool, schema);
    run = { checkpoint, evaluation: await begin(checkpoint.saved.state) };
    return checkpoint.saved.progress;
  }

  /** After a throw the evaluation is of no use any more, not even to be stored. */
  async function orForget(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      run = undefined;
      throw error;
    }
  }

  async function handle({ events, next }: OrderedBatch): Promise<void> {
    const { checkpoint, evaluation } = run!;
    if (events.length > 0)
      await evaluation.take(events, async ({ outputs, mustStore, state, save }) => {
        if (outputs.length > 0) await evaluation.append(outputs);
        if (mustStore) await checkpoint.save({ state: state() }, save);
      });
    waiting = next;
    if (Date.now() - storedAt >= storeEveryMs) await store();
  }

  async function store(): Promise<void> {
    const progress = waiting;
    if (!run || !progress) return;
    const { checkpoint, evaluation } = run;
    await evaluation.store(async ({ outputs, state, save }) => {
      if (outputs.length > 0) await evaluation.append(outputs);
      await checkpoint.save({ state: state(), progress }, save);
    });
    waiting = undefined;
    storedAt = Date.now();
  }

  const feed = subscribeInOrder({
    bus, group: name, topics, load, handle: (batch) => orForget(() => handle(batch)), rest: () => orForget(store), logger, ...(limits && { limits }),
  });
  return {
    ...feed,
    async stop() {
      await feed.stop();
      // It would only have to be evaluated again.
      await orForget(store).catch((error: unknown) => logger.warn({ err: error, group: name }, 'what was evaluated last could not be stored'));
    },
  };
}
