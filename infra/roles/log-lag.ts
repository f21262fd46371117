import { lastPosition } from '../../shared/event-store/last-position.js';
import type { EventStore, StoredEvent } from '../../shared/event-store/port.js';

export interface Lag {
  /** Events of the log beyond the checkpoint; past a thousand reckoned from their positions. */
  readonly events: number;
  /** Age of the oldest of them, 0 where there is none. */
  readonly seconds: number;
}

/** Work that has waited so long makes a role not ready: what it shows is that old. */
const MOST_LAG_SECONDS = 15;
const LEVEL: Lag = { events: 0, seconds: 0 };
const MOST_COUNTED = 1_000;
const LOOK_AT_MOST_EVERY_MS = 500;

/** How far checkpoints are behind the log as it ends now. Ask after the checkpoints were read: then nothing is ever ahead of the log. */
export async function lagsBehind(eventStore: EventStore, now: () => number): Promise<(checkpoint: bigint) => Promise<Lag>> {
  const end = await lastPosition(eventStore);
  const lags = new Map<bigint, Promise<Lag>>();
  return (checkpoint) => {
    if (end === undefined || checkpoint >= end) return Promise.resolve(LEVEL);
    let lag = lags.get(checkpoint);
    if (!lag) lags.set(checkpoint, (lag = countAfter(eventStore, checkpoint, end, now)));
    return lag;
  };
}

/** Who is too late, as readiness says it. */
export const behind = (who: string, { events, seconds }: Lag): string[] =>
  seconds > MOST_LAG_SECONDS ? [`${who}: ${events} events behind the log, the oldest of them for ${Math.round(seconds)} s`] : [];

/** Readiness and every metric ask; what was seen a moment ago is good enough. */
export function lookedAtSeldom<Seen>(look: () => Promise<Seen>, now: () => number): () => Promise<Seen> {
  let seen: Promise<Seen> | undefined;
  let seenAt = 0;
  return () => {
    if (seen && now() - seenAt < LOOK_AT_MOST_EVERY_MS) return seen;
    seenAt = now();
    return (seen = look());
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
