import type { Logger } from 'pino';
import type { BusEvent, LaneBatch, LaneConsumer, LaneId, LaneProgress } from '../../shared/event-bus/port.js';
import type { StaleViews } from '../../shared/cache/stale-views.js';
import type { Pool } from '../../shared/read-store/pool.js';
import { forgetViews } from '../../shared/read-store/view-news.js';
import { applyBatch, prepareBatch, type BatchResult, type BatchRules, type Prepared } from './apply-batch.js';
import { Fenced, Gap, LaneHalted } from './failures.js';
import { isPermanent } from '../../shared/read-store/permanent.js';
import { moveIdleLanes, moveLane, noteHalt, readProgress, type LaneMove } from './lane-table.js';
import type { ProjectorMeters } from './meters.js';
import { schemaOf } from './tables.js';
import { inSchema } from './transaction.js';

interface Lane {
  readonly id: LaneId;
  /** As stored. */
  stored: bigint;
  /** As heard by ticks; at least `stored`. */
  heard: LaneProgress;
  halted: string | undefined;
  /** It stands elsewhere than this process believes: ask again. */
  lost: boolean;
  /** The last batch failed for good: find the event. */
  suspect: boolean;
  /** One change of the stored position at a time. */
  turn: Promise<unknown>;
  busy: boolean;
}

export interface FollowerSetup {
  readonly rules: BatchRules;
  readonly pool: Pool;
  readonly readStream: (stream: string, from: bigint, to: bigint) => Promise<BusEvent[]>;
  readonly staleViews?: StaleViews;
  readonly logger: Logger;
  readonly meters: ProjectorMeters;
  /** Told when stored positions have moved. */
  readonly onProgress: () => void;
  /** Told when a tick waits to be stored. */
  readonly onTick: () => void;
}

/** Keeps one build up with the bus: rows and lane position change in one transaction. */
export class Follower implements LaneConsumer {
  private readonly lanes = new Map<string, Lane>();

  constructor(private readonly setup: FollowerSetup) {}

  /** The lanes this process holds or held. */
  status(): { topic: string; partition: number; position: bigint; halted?: string }[] {
    return [...this.lanes.values()].map(({ id, heard, halted }) => ({ ...id, position: heard.position, ...(halted !== undefined && { halted }) }));
  }

  async progressOf(id: LaneId): Promise<LaneProgress> {
    const progress = await readProgress(this.setup.pool, this.key, id);
    const before = this.lanes.get(nameOf(id));
    this.lanes.set(nameOf(id), {
      id,
      stored: progress.position,
      heard: progress,
      halted: before?.halted,
      suspect: before?.suspect ?? false,
      lost: false,
      turn: before?.turn ?? Promise.resolve(),
      busy: false,
    });
    return progress;
  }

  async handle({ lane: id, messages, next }: LaneBatch): Promise<void> {
    const lane = this.lanes.get(nameOf(id));
    if (!lane) throw new Error(`lane ${nameOf(id)} was never asked for`);
    if (lane.lost) throw new Fenced(`lane ${nameOf(id)} was put back`);
    const events: BusEvent[] = [];
    let high = lane.heard.position;
    for (const message of messages)
      if (message.position > high) {
        high = message.position;
        if (message.kind === 'event') events.push(message);
      } else if (message.kind === 'event') this.setup.meters.duplicates(1);
    const to: LaneProgress = { position: high > next.position ? high : next.position, cursor: next.cursor };
    if (events.length === 0) {
      lane.heard = to;
      if (to.position > lane.stored) this.setup.onTick();
      return;
    }
    lane.busy = true;
    const work = lane.turn
      .then(() => this.applyTo(lane, events, to))
      .finally(() => {
        lane.busy = false;
      });
    lane.turn = work.catch(() => {});
    await work.catch((error: unknown) => this.failed(lane, error));
  }

  /** Stores what idle lanes have heard. */
  async storeTicks(): Promise<void> {
    const idle = [...this.lanes.values()].filter((lane) => !lane.busy && !lane.lost && lane.heard.position > lane.stored);
    if (idle.length === 0) return;
    const moves = new Map(idle.map((lane) => [{ lane: lane.id, from: lane.stored, to: lane.heard } satisfies LaneMove, lane]));
    const storing = moveIdleLanes(this.setup.pool, this.key, [...moves.keys()]);
    for (const lane of idle) lane.turn = storing.catch(() => {});
    const stored = await storing;
    for (const [move, lane] of moves) {
      const position = stored.get(move);
      if (position === undefined || position > move.to.position) lane.lost = true;
      else if (lane.stored === move.from) lane.stored = position;
    }
    if (stored.size > 0) this.setup.onProgress();
  }

  private get key(): { projection: string; build: number } {
    return { projection: this.setup.rules.projection.name, build: this.setup.rules.build };
  }

  private async applyTo(lane: Lane, events: readonly BusEvent[], to: LaneProgress): Promise<void> {
    const { rules, pool, staleViews, meters } = this.setup;
    const startedAt = performance.now();
    const prepared = await prepareBatch(rules, events);
    let healed: Prepared | undefined;
    let result: BatchResult | undefined;
    let stillTold = (): boolean => true;
    while (!result)
      try {
        result = await inSchema(pool, schemaOf(this.key.projection, this.key.build), async (tx) => {
          await moveLane(tx, this.key, { lane: lane.id, from: lane.stored, to });
          const applied = await applyBatch(tx, rules, prepared, healed, lane.suspect);
          const stale = (staleViews && rules.projection.cacheKeys?.(applied.applied)) ?? [];
          if (staleViews && stale.length > 0) stillTold = await staleViews.tell(tx, rules.projection.name, stale);
          return applied;
        });
      } catch (error) {
        if (!(error instanceof Gap)) throw error;
        healed = await this.heal(error, healed);
      }
    Object.assign(lane, { stored: to.position, heard: to, halted: undefined, suspect: false });
    meters.batch({ ...result, seconds: (performance.now() - startedAt) / 1_000, lane: lane.id, position: to.position });
    if (result.parked > 0) this.setup.logger.error({ ...this.key, ...lane.id, parked: result.parked }, 'events were set aside with their streams');
    this.setup.onProgress();
    if (!stillTold()) await this.forgetViews();
  }

  private async forgetViews(): Promise<void> {
    const { rules: { projection, build }, pool, logger } = this.setup;
    await inSchema(pool, schemaOf(projection.name, build), (tx) => forgetViews(tx, projection.name)).catch((error: unknown) =>
      logger.error({ err: error, ...this.key }, 'cached views may be stale until their time is over'));
  }

  /** What the bus did not bring is read from the log; where the log does not have it either, the lane stands still. */
  private async heal(gap: Gap, before: Prepared | undefined): Promise<Prepared> {
    const { rules, readStream, logger, meters } = this.setup;
    logger.error(
      { ...this.key, stream: gap.stream, from: gap.from.toString(), to: gap.to.toString() },
      'revisions are missing on the bus, reading them from the log',
    );
    meters.gap();
    const missing = await readStream(gap.stream, gap.from, gap.to);
    const whole = missing.length === Number(gap.to - gap.from) + 1 && missing.every(({ revision }, index) => revision === gap.from + BigInt(index));
    if (!whole) throw new LaneHalted(`${gap.message}, and the log does not have them`);
    const { events, decoded } = await prepareBatch(rules, missing);
    return { events: [...(before?.events ?? []), ...events], decoded: new Map([...(before?.decoded ?? []), ...decoded]) };
  }

  private async failed(lane: Lane, error: unknown): Promise<never> {
    if (error instanceof LaneHalted) {
      if (lane.halted === undefined) this.setup.logger.fatal({ err: error, ...this.key, ...lane.id }, 'the lane has halted');
      lane.halted = error.message;
      await noteHalt(this.setup.pool, this.key, lane.id, error.message).catch(() => {});
    } else if (!(error instanceof Fenced) && isPermanent(error)) {
      if (lane.suspect) lane.halted = String(error);
      lane.suspect = true;
    }
    throw error;
  }
}

const nameOf = ({ topic, partition }: LaneId): string => `${topic}/${partition}`;
