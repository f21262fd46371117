import { progressOf, type ProjectionProgress } from '../../projections/projector/progress.js';
import { publishedUpTo } from '../../services/relay/checkpoint.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { Pool } from '../../shared/read-store/pool.js';
import { lagsBehind, type Lag } from './log-lag.js';

export interface PipelineSources {
  readonly eventStore: EventStore;
  readonly readPool: Pool;
  readonly opsPool: Pool;
  /** Every read model there must be. */
  readonly projections: readonly string[];
  readonly now: () => number;
}

export interface PipelineLag {
  readonly relay: Lag;
  readonly projections: readonly (ProjectionProgress & Lag)[];
}

/** How far relay and projections are behind the log, as the log and their checkpoints tell: nobody who may be away or wrong is asked. */
export async function pipelineLag({ eventStore, readPool, opsPool, projections, now }: PipelineSources): Promise<PipelineLag> {
  // Checkpoints first: what is appended in between then counts as waiting, and nothing is ever ahead of the log.
  const [progress, published] = await Promise.all([progressOf(readPool, projections), publishedUpTo(opsPool)]);
  const lagOf = await lagsBehind(eventStore, now);
  return {
    relay: await lagOf(published),
    projections: await Promise.all(progress.map(async (one) => ({ ...one, ...(await lagOf(one.position)) }))),
  };
}
