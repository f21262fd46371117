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
  /** Asked once the outputs are in the log: what appending them told may be part of it. */
  state(): State;
  /** In the log, of the last event that was taken whole. */
  readonly takenUpTo: bigint;
  /** What goes with it, in the same transaction. */
  readonly save?: (client: PoolClient) => Promise<void>;
}

/** One run of the evaluation, from the state it was begun with; after a throw it is of no use any more. */
export interface Evaluation<Output, State extends object> {
  /**
   * Events in the log's order. May come again after a crash, where a step in their midst was committed: what the state says was taken is left out. Calls `commit` one time or
   * several; everything of the step is stored when it resolves.
   */
  take(events: readonly BusEvent[], commit: (step: ProcessorStep<Output, State>) => Promise<void>): Promise<void>;
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
}

export interface ProcessorStatus extends OrderedStatus {
  /** standby: another process has the lease. */
  readonly state: 'standby' | 'processing' | 'stopped';
}

export interface Processor {
  status(): ProcessorStatus;
  stop(): Promise<void>;
}

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

function followInOrder<Output, State extends object>({ name, bus, topics, readPool, schema, begin, logger, limits }: ProcessorOptions<Output, State>): OrderedSubscription {
  let run: { readonly checkpoint: Checkpoint<State>; readonly evaluation: Evaluation<Output, State> } | undefined;

  /** After every failure anew: what is in memory may be ahead of what is stored. */
  async function load(): Promise<OrderedProgress> {
    const checkpoint = await Checkpoint.take<State>(readPool, schema);
    run = { checkpoint, evaluation: await begin(checkpoint.saved.state) };
    return checkpoint.saved.progress;
  }

  async function handle({ events, next }: OrderedBatch): Promise<void> {
    const { checkpoint, evaluation } = run!;
    let progressed = false;
    if (events.length > 0)
      await evaluation.take(events, async ({ outputs, state, takenUpTo, save }) => {
        if (outputs.length > 0) await evaluation.append(outputs);
        progressed = takenUpTo >= events[events.length - 1]!.position;
        await checkpoint.save({ state: state(), ...(progressed && { progress: next }) }, save);
      });
    if (!progressed) await checkpoint.save({ progress: next });
  }

  return subscribeInOrder({ bus, group: name, topics, load, handle, logger, ...(limits && { limits }) });
}
