/**
 * The bus between the relay and everything downstream. Adapters: `kafka.ts` (kafkajs) and `in-process.ts`; `contract.ts` runs on both.
 * Promise: at least once, in order within a partition; doubles are harmless because every message carries stream, revision and position.
 */

/** "passbook.<module>.events" */
export type Topic = string;

export interface BusEvent {
  readonly kind: 'event';
  readonly topic: Topic;
  /** Partition key: the stream's name. */
  readonly key: string;
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  /** The stored (sealed) JSON, untouched. */
  readonly data: object;
  readonly metadata: object;
}

/** Says that everything up to `position` has been published to this partition, so that idle partitions move too. */
export interface BusTick {
  readonly kind: 'tick';
  readonly position: bigint;
}

export type BusMessage = BusEvent | BusTick;

export interface LaneId {
  readonly topic: Topic;
  readonly partition: number;
}

/** How far a consumer's own store says it is in a lane; the bus resumes from here and from nowhere else. */
export interface LaneProgress {
  /** Log position handled, -1n for nothing yet. */
  readonly position: bigint;
  /** Bus-specific cursor (Kafka: next offset and topic incarnation), stored untouched beside the position. */
  readonly cursor: string | null;
}

export interface LaneBatch {
  readonly lane: LaneId;
  /** In bus order; may hold doubles. */
  readonly messages: readonly BusMessage[];
  /** To be stored with the batch's effects, in the same transaction. */
  readonly next: LaneProgress;
}

export interface LaneConsumer {
  /** Asked each time a lane is assigned (start, rebalance, drop). */
  progressOf(lane: LaneId): Promise<LaneProgress>;
  /** Resolves once the batch's effects and `next` are durable. A throw makes the bus deliver again from `progressOf`. */
  handle(batch: LaneBatch): Promise<LaneRest | void>;
  /** What one lane brings waits here for what the others have reached: while lanes are brought up from the log, each is told chunk by chunk how far it was read. */
  readonly comparesLanes?: true;
}

/** The batch was taken, but no more of this lane is wanted until `until` resolves (it never rejects). The other lanes go on. */
export interface LaneRest {
  readonly until: Promise<void>;
}

export interface Subscription {
  /** Finishes the batch in hand, leaves the group. */
  stop(): Promise<void>;
}

export interface EventBus {
  /** Creates what is missing (topics with their fixed partition counts); refuses a topic with another count. */
  prepare(topics: readonly Topic[]): Promise<void>;
  /** Resolves when all of it is durably accepted; then a tick of `upTo` for every partition of every topic follows or rides along. */
  publish(events: readonly BusEvent[], upTo: bigint): Promise<void>;
  /** Where the relay must resume: the relay's own stored checkpoint, moved back where the bus has lost its tail or keeps no state. */
  resumeFrom(stored: bigint): Promise<bigint>;
  subscribe(group: string, topics: readonly Topic[], consumer: LaneConsumer): Promise<Subscription>;
  partitionsOf(topic: Topic): number;
  close(): Promise<void>;
}

export type BusFailureKind =
  | 'unavailable' // the bus is away; what was sent may or may not have arrived
  | 'resume-first' // nothing was sent: the bus wants `resumeFrom` asked (again) before it takes more
  | 'too-large' // an event that the bus will never take
  | 'refused'; // a topic that is not as it must be

/** Every failure of `prepare`, `publish` and `resumeFrom`. After a failed `publish` the relay asks `resumeFrom` and begins there. */
export class BusFailure extends Error {
  override readonly name = 'BusFailure';
  constructor(readonly kind: BusFailureKind, message: string, cause?: unknown) {
    super(message, { cause });
  }
}
