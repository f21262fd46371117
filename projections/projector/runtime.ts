import type { Logger } from 'pino';
import type { StaleViews } from '../../shared/cache/stale-views.js';
import { busEventOf, type TopicOf } from '../../shared/event-bus/from-log.js';
import type { BusEvent, EventBus, LaneId, Subscription, Topic } from '../../shared/event-bus/port.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { withTransaction, type Pool } from '../../shared/read-store/pool.js';
import type { Projection } from '../../shared/read-store/projection.js';
import type { BatchRules } from './apply-batch.js';
import { beginBuild, buildsOf, dropRetired, type Build } from './builds.js';
import type { Decoder } from '../../shared/event-bus/decode.js';
import { Follower } from './follower.js';
import { fitLanes, noteStaleViewsVia } from './lane-table.js';
import { makeBuild } from './make-build.js';
import type { ProjectorMeters } from './meters.js';
import type { ProgressNews } from './progress-news.js';
import { schemaOf } from './tables.js';
import { readTransaction } from './transaction.js';

export interface RuntimeSetup {
  readonly bus: EventBus;
  readonly eventStore: EventStore;
  readonly topicOf: TopicOf;
  readonly pool: Pool;
  readonly decoder: Decoder;
  readonly haltingTopics: ReadonlySet<Topic>;
  readonly staleViews?: StaleViews;
  readonly news: ProgressNews;
  readonly logger: Logger;
  readonly loadBatchSize?: number;
}

interface Following {
  readonly follower: Follower;
  readonly subscription: Subscription;
}

const RETIRED_KEPT_MS = 10_000;

/** One projection in this process: which builds it feeds, and the making of a new one. */
export class ProjectionRuntime {
  readonly following = new Map<number, Following>();
  builds: readonly Build[] = [];
  failure: string | undefined;
  private readonly stopping = new AbortController();
  private making: Promise<void> | undefined;
  private makingBuild: number | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    readonly projection: Projection,
    readonly setup: RuntimeSetup,
    readonly meters: ProjectorMeters,
    readonly logger: Logger,
  ) {}

  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  get live(): Build | undefined {
    return this.builds.find(({ state }) => state === 'live');
  }

  /** A newer program has taken this projection over: this one writes nothing. */
  get superseded(): boolean {
    return (this.live?.version ?? 0) > this.projection.version;
  }

  /** Brings what runs here in line with the table of builds, which other processes change too. */
  reconcile(): Promise<void> {
    const turn = this.turn.then(() => this.reconcileNow());
    this.turn = turn.catch(() => {});
    return turn;
  }

  private async reconcileNow(): Promise<void> {
    if (this.signal.aborted) return;
    const { name, version } = this.projection;
    const { pool } = this.setup;
    this.builds = await buildsOf(pool, name);
    if (!this.superseded && !this.builds.some((build) => build.version === version)) {
      await beginBuild(pool, this.projection);
      this.builds = await buildsOf(pool, name);
    }
    const wanted = new Set(
      this.superseded ? [] : this.builds.filter((build) => build.version === version && build.state === 'live').map(({ build }) => build),
    );
    for (const build of wanted) await this.follow(build);
    for (const build of this.following.keys()) if (!wanted.has(build) && build !== this.makingBuild) await this.unfollow(build);
    const unfinished = this.superseded ? undefined : this.builds.find((build) => build.version === version && build.state !== 'live');
    if (unfinished && !this.making) this.make(unfinished);
    await dropRetired(pool, name, RETIRED_KEPT_MS);
  }

  async follow(build: number): Promise<void> {
    if (this.following.has(build) || this.signal.aborted) return;
    const { bus, pool, news, staleViews } = this.setup;
    const { name, topics } = this.projection;
    await bus.prepare(topics);
    await withTransaction(pool, async (client) => {
      const tx = readTransaction(client, schemaOf(name, build));
      await noteStaleViewsVia(tx, { projection: name, build }, staleViews?.via);
      for (const topic of topics)
        if (await fitLanes(tx, { projection: name, build }, topic, bus.partitionsOf(topic)))
          this.logger.warn({ build, topic }, 'the topic has another number of partitions, its lanes begin again');
    });
    const follower = new Follower({
      rules: this.rulesOf(build),
      pool,
      logger: this.logger,
      meters: this.meters,
      ...(staleViews && { staleViews }),
      readStream: (stream, from, to) => this.readStream(stream, from, to),
      onProgress: () => news.moved(name),
      onTick: () => news.plan(name),
    });
    const subscription = await bus.subscribe(`passbook.${schemaOf(name, build)}`, topics, follower);
    this.following.set(build, { follower, subscription });
    news.add(name, follower);
  }

  async unfollow(build: number): Promise<void> {
    const followed = this.following.get(build);
    if (!followed) return;
    this.following.delete(build);
    await followed.subscription.stop();
    await followed.follower.storeTicks().catch(() => {});
    this.setup.news.remove(this.projection.name, followed.follower);
  }

  rulesOf(build: number): BatchRules {
    return { projection: this.projection, build, decoder: this.setup.decoder, haltingTopics: this.setup.haltingTopics };
  }

  get lanes(): LaneId[] {
    return this.projection.topics.flatMap((topic) =>
      Array.from({ length: this.setup.bus.partitionsOf(topic) }, (_, partition) => ({ topic, partition })),
    );
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.making;
    await Promise.all([...this.following.keys()].map((build) => this.unfollow(build)));
  }

  private make(build: Build): void {
    this.makingBuild = build.build;
    this.making = makeBuild(this, build)
      .then(() => {
        this.failure = undefined;
      })
      .catch((error: unknown) => {
        if (this.signal.aborted) return;
        this.failure = String(error);
        this.logger.error({ err: error, build: build.build }, 'a build could not be finished, it will be taken up again');
      })
      .finally(() => {
        [this.making, this.makingBuild] = [undefined, undefined];
      });
  }

  private async readStream(stream: string, from: bigint, to: bigint): Promise<BusEvent[]> {
    const events: BusEvent[] = [];
    for await (const stored of this.setup.eventStore.readStream(stream, { from, limit: Number(to - from) + 1 }))
      events.push(busEventOf(stored, this.setup.topicOf));
    return events;
  }
}
