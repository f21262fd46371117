import { partitionOf } from '../../shared/event-bus/partitions.js';
import type { StoredEvent } from '../../shared/event-store/port.js';
import type { ReadRows } from '../../shared/read-store/verify.js';
import { topicOf } from '../roles/parts.js';

/** How far a projection's live build has come. */
export interface Lanes {
  /** Whether the build had been given the event. */
  reached(stored: StoredEvent): boolean;
  /** Whether the event is for the build, and it had not been given it. */
  lacks(stored: StoredEvent): boolean;
  /** Lanes that do not go on, with the reason. */
  readonly halted: readonly { readonly lane: string; readonly reason: string }[];
  /** Streams whose events are set aside. */
  readonly parked: readonly string[];
}

/** Undefined where there is no live build. */
export async function liveLanes(query: ReadRows, projection: string): Promise<Lanes | undefined> {
  const there = await query<{ found: boolean }>(`SELECT to_regclass('projector.lanes') IS NOT NULL AS found`);
  if (!there[0]?.found) return undefined;
  const rows = await query<{ topic: string; partition: number; position: string; halted: string | null }>(
    `SELECT topic, partition, position, halted FROM projector.lanes JOIN projector.builds b USING (projection, build) WHERE projection = $1 AND b.state = 'live' ORDER BY topic, partition`, [projection]);
  if (rows.length === 0) return undefined;
  const positions = new Map<string, bigint[]>();
  for (const { topic, position } of rows) positions.set(topic, [...(positions.get(topic) ?? []), BigInt(position)]);
  const parked = await query<{ stream: string }>(
    `SELECT DISTINCT stream FROM projector.parked JOIN projector.builds b USING (projection, build) WHERE projection = $1 AND b.state = 'live' ORDER BY stream`, [projection]);
  const positionFor = (stored: StoredEvent): bigint | undefined => {
    const lanes = positions.get(topicOf(stored));
    return lanes?.[partitionOf(stored.stream, lanes.length)];
  };
  return {
    parked: parked.map(({ stream }) => stream),
    halted: rows.flatMap(({ topic, partition, halted }) => (halted === null ? [] : [{ lane: `${topic}/${partition}`, reason: halted }])),
    reached(stored) {
      const position = positionFor(stored);
      return position !== undefined && stored.position <= position;
    },
    lacks(stored) {
      const position = positionFor(stored);
      return position !== undefined && stored.position > position;
    },
  };
}
