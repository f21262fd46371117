import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { StaleViews } from '../../shared/cache/stale-views.js';
import type { TopicOf } from '../../shared/event-bus/from-log.js';
import type { EventBus, Topic } from '../../shared/event-bus/port.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { Codec } from '../../shared/events/codec.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { Projection } from '../../shared/read-store/projection.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import type { Traces } from '../../shared/telemetry/traces.js';
import { beginBuild, prepareBuilds, type BuildState } from './builds.js';
import { checkCoverage } from './coverage.js';
import { createDecoder, type CheckSealed } from '../../shared/event-bus/decode.js';
import { projectorMeters, tracedProjector } from './meters.js';
import { parkedStreams, type ParkedStream } from './parking.js';
import { ProgressNews } from './progress-news.js';
import { replayParked } from './replay-parked.js';
import { ProjectionRuntime } from './runtime.js';

export interface ProjectorOptions {
  readonly projections: readonly Projection[];
  readonly bus: EventBus;
  readonly codec: Codec;
  readonly eventStore: EventStore;
  readonly topicOf: TopicOf;
  /** Every event type of a topic, for the check that a projection forgets none. */
  readonly typesOf: (topic: Topic) => readonly string[];
  /** The read database; two connections are held, and about four more are used at a time. */
  readonly readPool: Pool;
  /** How caches learn what is stale; where absent nothing of this read store is cached. */
  readonly staleViews?: StaleViews;
  /** What is wrong with a sealed event off the bus, or undefined. */
  readonly checkSealed?: CheckSealed;
  /** Topics whose lanes halt at an unreadable event instead of parking its stream. */
  readonly haltingTopics?: readonly Topic[];
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly traces?: Traces;
  /** Events of one transaction when a build is loaded from the log. */
  readonly loadBatchSize?: number;
}

export interface LaneStatus {
  readonly topic: Topic;
  readonly partition: number;
  readonly position: bigint;
  readonly halted?: string;
}

export interface ProjectionStatus {
  readonly projection: string;
  readonly builds: readonly {
    readonly build: number;
    readonly version: number;
    readonly state: BuildState;
    readonly loaded: bigint;
    readonly lanes: readonly LaneStatus[];
  }[];
  /** Streams set aside in the live build. */
  readonly parked: readonly ParkedStream[];
  /** Why a build could not be finished. */
  readonly failure?: string;
}

export interface Projector {
  stop(): Promise<void>;
  /** What this process knows; refreshed every second. */
  status(): readonly ProjectionStatus[];
  /** Every projection is live here and no lane has halted. */
  ready(): boolean;
  /** Builds the projection anew beside the live one and switches; resolves when the new build is live. Queries go on meanwhile. */
  rebuild(projection: string): Promise<void>;
  /** Tries a parked stream's events again, in order; what was applied, or why it still cannot be. */
  replayParked(projection: string, stream: string): Promise<{ readonly applied: number; readonly reason?: string }>;
}

const RECONCILE_MS = 1_000;
const LEDGER: Topic = 'passbook.ledger.events';

/** Keeps the read models up with the bus. Resolves once the projections are checked; becoming ready is up to the parts it needs. */
export async function startProjector(options: ProjectorOptions): Promise<Projector> {
  const { projections, readPool: pool, logger, metrics, traces } = options;
  for (const projection of projections) checkCoverage(projection, options.typesOf);
  const news = new ProgressNews(pool, logger);
  const setup = {
    bus: options.bus,
    eventStore: options.eventStore,
    topicOf: options.topicOf,
    pool,
    news,
    logger,
    decoder: createDecoder(options.codec, options.checkSealed),
    haltingTopics: new Set(options.haltingTopics ?? [LEDGER]),
    ...(options.staleViews && { staleViews: options.staleViews }),
    ...(options.loadBatchSize !== undefined && { loadBatchSize: options.loadBatchSize }),
  };
  const metersOf = (name: string) => (traces ? tracedProjector(projectorMeters(metrics, name), name, traces) : projectorMeters(metrics, name));
  const runtimes = projections.map((projection) => new ProjectionRuntime(projection, setup, metersOf(projection.name), logger.child({ projection: projection.name })));
  const parked = new Map<string, readonly ParkedStream[]>();
  const stopping = new AbortController();
  let prepared = false;
  const running = keepReconciling();

  async function reconcileAll(): Promise<void> {
    if (!prepared) await prepareBuilds(pool);
    prepared = true;
    await Promise.all(
      runtimes.map(async (runtime) => {
        await runtime.reconcile();
        const {
          projection: { name },
          live,
        } = runtime;
        if (live)
          parked.set(name, await parkedStreams(async (text, values) => (await pool.query(text, values && [...values])).rows, name, live.build));
      }),
    );
  }

  async function keepReconciling(): Promise<void> {
    while (!stopping.signal.aborted) {
      await reconcileAll().catch((error: unknown) => logger.warn({ err: error }, 'the projections cannot be looked after, trying again'));
      const becoming = runtimes.some(({ live, superseded }) => !live && !superseded);
      await pause(becoming ? RECONCILE_MS / 20 : RECONCILE_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  const runtimeOf = (name: string): ProjectionRuntime => {
    const runtime = runtimes.find(({ projection }) => projection.name === name);
    if (!runtime) throw new Error(`there is no projection ${name}`);
    return runtime;
  };

  const status = (): ProjectionStatus[] =>
    runtimes.map(({ projection: { name }, builds, following, failure }) => ({
      projection: name,
      builds: builds.map(({ build, version, state, loaded }) => ({
        build,
        version,
        state,
        loaded,
        lanes: following.get(build)?.follower.status() ?? [],
      })),
      parked: parked.get(name) ?? [],
      ...(failure !== undefined && { failure }),
    }));

  return {
    status,
    ready: () =>
      runtimes.every(({ live, superseded, following }) => {
        const follower = live && following.get(live.build)?.follower;
        return superseded || (follower !== undefined && follower.status().every(({ halted }) => halted === undefined));
      }),

    async rebuild(name) {
      const runtime = runtimeOf(name);
      const before = runtime.live?.build ?? 0;
      await prepareBuilds(pool);
      await beginBuild(pool, runtime.projection);
      while ((runtime.live?.build ?? 0) <= before) {
        stopping.signal.throwIfAborted();
        await runtime.reconcile();
        await pause(50, undefined, { signal: stopping.signal });
      }
    },

    async replayParked(name, stream) {
      const runtime = runtimeOf(name);
      if (!runtime.live) throw new Error(`projection ${name} has no live build`);
      const result = await replayParked(pool, runtime.rulesOf(runtime.live.build), stream);
      await reconcileAll();
      return result;
    },

    async stop() {
      stopping.abort();
      await running;
      await Promise.all(runtimes.map((runtime) => runtime.stop()));
      await news.stop();
    },
  };
}
