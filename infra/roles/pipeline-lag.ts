import { progressOf, type ProjectionProgress } from '../../projections/projector/progress.js';
import { publishedUpTo } from '../../services/relay/checkpoint.js';
import { lastPosition } from '../../shared/event-store/last-position.js';
import type { EventStore, StoredEvent } from '../../shared/event-store/port.js';
import type { Pool } from '../../shared/read-store/pool.js';

export interface PipelineSources {
  readonly eventStore: EventStore;
  readonly readPool: Pool;
  readonly opsPool: Pool;
  /** Every read model there must be. */
  readonly projections: readonly string[];
  readonly now: () => number;
}

export interface Lag {
  /** Events of the log beyond the checkpoint; past a thousand reckoned from their positions. */
  readonly events: number;
  /** Age of the oldest of them, 0 where there is none. */
  readonly seconds: number;
}

export interface PipelineLag {
  readonly relay: Lag;
  readonly projections: readonly (ProjectionProgress & Lag)[];
}

const LEVEL: Lag = { events: 0, seconds: 0 };
const MOST_COUNTED = 1_000;

/** How far relay and projections are behind the log, as the log and their checkpoints tell: nobody who may be away or wrong is asked. */
export async function pipelineLag({ eventStore, readPool, opsPool, projections, now }: PipelineSources): Promise<PipelineLag> {
  // Checkpoints first: what is appended in between then counts as waiting, and nothing is ever ahead of the log.
  const [progress, published] = await Promise.all([progressOf(readPool, projections), publishedUpTo(opsPool)]);
  const end = await lastPosition(eventStore);
  const lags = new Map<bigint, Promise<Lag>>();
  const lagOf = (checkpoint: bigint): Promise<Lag> => {
    if (end === undefined || checkpoint >= end) return Promise.resolve(LEVEL);
    let lag = lags.get(checkpoint);
    if (!lag) lags.set(checkpoint, (lag = countAfter(eventStore, checkpoint, end, now)));
    return lag;
  };
  return {
    relay: await lagOf(published),
    projections: await Promise.all(progress.map(async (one) => ({ ...one, ...(await lagOf(one.position)) }))),
  };
}

async function countAfter(eventStore: EventStore, checkpoint: bigint, end: bigint, now: () => number): Promise<Lag> {
  let [events, oldestAt, reached] = [0, 0, checkpoint];
  for await (const stored of eventStore.readAll({ ...(checkpoint >= 0n && { from: checkpoint }), limit: MOST_COUNTED + 1 })) {
    if (stored.position <= checkpoint) continue;
    if (events === 0) oldestAt = recordedAt(stored);
    events++;
    reached = stored.position;
  }
  const ratio = reached > checkpoint && reached < end ? Number(end - checkpoint) / Number(reached - checkpoint) : 1;
  return { events: Math.round(events * ratio), seconds: events === 0 ? 0 : Math.max(0, now() - oldestAt) / 1_000 };
}

function recordedAt({ metadata, created }: StoredEvent): number {
  const at = (metadata as { readonly recordedAt?: unknown } | undefined)?.recordedAt;
  const ms = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  return Number.isNaN(ms) ? created.getTime() : ms;
}
