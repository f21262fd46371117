import type { Logger } from 'pino';
import { InProcessMember, type MemberLane } from './in-process-member.js';
import { byLane, newTo } from './lanes.js';
import { partitionsOfBank, type PartitionsOf } from './partitions.js';
import { BusFailure, type BusEvent, type EventBus, type LaneId, type Subscription, type Topic } from './port.js';

export interface InProcessBusOptions {
  readonly logger: Logger;
  readonly partitionsOf?: PartitionsOf;
  /** The log itself, after a position and to its present end: how a lane that is behind gets what was published before it came. */
  readonly readLog: (after: bigint) => AsyncIterable<BusEvent>;
}

interface Group {
  readonly topics: Set<Topic>;
  members: InProcessMember[];
}

/**
 * The bus within one process. It keeps nothing: a lane that is behind (new, or failed before) reads the log from its own progress until it has what
 * was published, and then is live. `publish` resolves when every live lane has handled it, so a slow projector slows the relay; a lane that fails
 * falls behind by itself and holds nobody up.
 */
export function createInProcessBus({ logger, partitionsOf = partitionsOfBank(1), readLog }: InProcessBusOptions): EventBus {
  const groups = new Map<string, Group>();
  let published = -1n;
  let resumed = false;
  let closed = false;

  /** Lanes go round among the group's members; those that stay where they were are not disturbed. */
  function share(group: Group, left: readonly Promise<unknown>[] = []): void {
    const lanes: LaneId[] = [...group.topics]
      .sort()
      .flatMap((topic) => Array.from({ length: partitionsOf(topic) }, (_, partition) => ({ topic, partition })));
    const shares = group.members.map(() => [] as LaneId[]);
    lanes.forEach((lane, index) => shares[index % shares.length]?.push(lane));
    const leaving = [...left, ...group.members.flatMap((member, index) => member.release(shares[index]!))];
    group.members.forEach((member, index) => member.take(shares[index]!, Promise.all(leaving)));
  }

  const liveLanes = (): { member: InProcessMember; lane: MemberLane }[] =>
    [...groups.values()].flatMap(({ members }) => members.flatMap((member) => member.liveLanes().map((lane) => ({ member, lane }))));

  return {
    partitionsOf,
    async prepare() {},

    async publish(events, upTo) {
      if (closed || !resumed) throw new BusFailure('resume-first', 'nobody has asked yet where to resume');
      const perLane = byLane(events, partitionsOf);
      // From here on a lane is live only if it has everything up to here, or gets it below.
      if (upTo > published) published = upTo;
      await Promise.all(
        liveLanes().map(async ({ member, lane }) => {
          const fresh = newTo(lane.position, perLane.get(lane.name), upTo);
          if (fresh.length > 0) await member.deliver(lane, fresh);
        }),
      );
    },

    async resumeFrom(stored) {
      resumed = true;
      if (stored > published) published = stored;
      for (const { member, lane } of liveLanes()) if (lane.position < published) member.fallBehind(lane);
      return stored;
    },

    async subscribe(name, topics, consumer) {
      const group = groups.get(name) ?? { topics: new Set(), members: [] };
      groups.set(name, group);
      for (const topic of topics) group.topics.add(topic);
      const member = new InProcessMember({ consumer, readLog, partitionsOf, published: () => published, logger: logger.child({ group: name }) });
      group.members = [...group.members, member];
      share(group);
      const subscription: Subscription = {
        async stop() {
          group.members = group.members.filter((other) => other !== member);
          share(group, member.release([]));
          await member.stop();
        },
      };
      return subscription;
    },

    async close() {
      closed = true;
      await Promise.all([...groups.values()].flatMap(({ members }) => members.map((member) => member.stop())));
      groups.clear();
    },
  };
}
