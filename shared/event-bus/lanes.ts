import { backoffMs } from './backoff.js';
import { partitionOf, type PartitionsOf } from './partitions.js';
import type { BusEvent, BusMessage, LaneId } from './port.js';

/** `topic/partition`, for maps and messages. */
export const laneName = ({ topic, partition }: LaneId): string => `${topic}/${partition}`;

/** Events by the name of their lane, in order. */
export function byLane(events: readonly BusEvent[], partitionsOf: PartitionsOf): Map<string, BusEvent[]> {
  const lanes = new Map<string, BusEvent[]>();
  for (const event of events) {
    const name = laneName({ topic: event.topic, partition: partitionOf(event.key, partitionsOf(event.topic)) });
    if (!lanes.get(name)?.push(event)) lanes.set(name, [event]);
  }
  return lanes;
}

/** What a lane that stands at `position` has not had; with a tick where the log has come farther than the lane. */
export function newTo(position: bigint, events: readonly BusEvent[] = [], reached?: bigint): BusMessage[] {
  const fresh: BusMessage[] = events.filter((event) => event.position > position);
  if (reached !== undefined && reached > position) fresh.push({ kind: 'tick', position: reached });
  return fresh;
}

/** How long a lane whose consumer has failed so often rests before it is tried again. */
export const laneRestMs = (failures: number): number => backoffMs(failures, 50, 5_000);
