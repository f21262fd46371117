import type { Consumer, EachBatchPayload, IMemberAssignment } from 'kafkajs';
import type { Logger } from 'pino';
import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '../backoff.js';
import { laneName, laneRestMs } from '../lanes.js';
import type { BusMessage, LaneConsumer, LaneId, LaneProgress, LaneRest } from '../port.js';
import { readRecord } from './record.js';

interface Lane {
  readonly id: LaneId;
  /** Resolves once the consumer's own store has said where the lane stands. */
  ready: Promise<void>;
  /** Offset wanted next. */
  next: bigint;
  /** Newest producer session met. */
  session: number;
  position: bigint;
  failures: number;
  committedAt: number;
}

const COMMIT_EVERY_MS = 5_000;

/** Feeds the lanes assigned to one member from where their consumer's store says they stand; what Kafka's group remembers is only for its tools. */
export class LaneReader {
  private lanes = new Map<string, Lane>();
  private closed = false;
  private inHand = 0;

  constructor(
    private readonly kafka: Consumer,
    private readonly consumer: LaneConsumer,
    private readonly logger: Logger,
    private readonly heartbeatIntervalMs: number,
    private readonly stopping: AbortSignal,
  ) {}

  get busy(): boolean {
    return this.inHand > 0;
  }

  close(): void {
    this.closed = true;
  }

  /** At every join, also when the lanes are the same: while this member was away another may have moved them. */
  assign(assignment: IMemberAssignment): void {
    const lanes = new Map<string, Lane>();
    for (const [topic, partitions] of Object.entries(assignment))
      for (const partition of partitions) {
        const lane: Lane = { id: { topic, partition }, ready: Promise.resolve(), next: 0n, session: 0, position: -1n, failures: 0, committedAt: 0 };
        lanes.set(laneName(lane.id), lane);
      }
    this.lanes = lanes;
    for (const lane of lanes.values()) lane.ready = this.begin(lane);
  }

  async take(payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, isRunning, isStale } = payload;
    if (!isRunning() || isStale()) return;
    await heartbeat();
    const lane = this.lanes.get(laneName(batch));
    if (!lane) return;
    this.inHand++;
    try {
      await this.beating(payload, () => lane.ready);
      if (!this.holds(lane) || isStale()) return;
      await this.takeInto(lane, payload);
    } finally {
      this.inHand--;
    }
  }

  private async takeInto(lane: Lane, payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset } = payload;
    const { topic, partition } = lane.id;
    if (BigInt(batch.firstOffset()!) > lane.next) return this.seek(lane);
    if (BigInt(batch.highWatermark) < lane.next) {
      this.logger.warn({ topic, partition, wanted: lane.next.toString(), end: batch.highWatermark }, 'the partition lost records, reading it again');
      lane.next = BigInt(batch.firstOffset()!);
    }
    const messages: BusMessage[] = [];
    let { next, session, position } = lane;
    for (const message of batch.messages) {
      const offset = BigInt(message.offset);
      const record = readRecord(topic, message);
      const newer = record !== undefined && record.session.number > session;
      if (newer && record.session.start < next) {
        this.logger.warn(
          { topic, partition, from: record.session.start.toString(), wanted: next.toString() },
          'the partition was written again, reading it from there',
        );
        lane.session = record.session.number;
        lane.next = record.session.start;
        return this.seek(lane);
      }
      if (offset < next) continue;
      next = offset + 1n;
      if (!record) {
        this.logger.error({ topic, partition, offset: message.offset }, 'a record that the relay did not write is passed over');
        continue;
      }
      session = Math.max(session, record.session.number);
      if (record.message.position > position) position = record.message.position;
      messages.push(record.message);
    }
    const progress: LaneProgress = { position, cursor: `${next}:${session}` };
    let rest: LaneRest | void = undefined;
    try {
      if (messages.length > 0) rest = await this.beating(payload, () => this.consumer.handle({ lane: lane.id, messages, next: progress }));
    } catch (error) {
      return this.again(lane, payload, error);
    }
    Object.assign(lane, { next, session, position, failures: 0 });
    if (rest) this.leaveAlone(payload, rest);
    resolveOffset((next - 1n).toString());
    await this.tellGroup(lane, payload);
  }

  private leaveAlone({ pause: leave }: EachBatchPayload, { until }: LaneRest): void {
    const resume = leave();
    // A consumer that was thrown away meanwhile cannot be resumed, and need not be.
    void until.then(resume).catch(() => {});
  }

  /** The batch was refused: rest this lane only, then read from where its store stands. */
  private again(lane: Lane, { pause: rest }: EachBatchPayload, error: unknown): void {
    if (this.closed || this.stopping.aborted) return;
    const waitMs = laneRestMs(lane.failures++);
    this.logger.warn({ err: error, ...lane.id, failures: lane.failures, waitMs }, 'a batch failed, it will be delivered again');
    const resume = rest();
    lane.ready = pause(waitMs, undefined, { signal: this.stopping })
      .then(() => this.begin(lane))
      .finally(resume)
      .catch(() => {});
  }

  private async begin(lane: Lane): Promise<void> {
    for (let failures = 0; this.holds(lane); failures++)
      try {
        const { position, cursor } = await this.consumer.progressOf(lane.id);
        const [offset = '0', session = '0'] = cursor?.split(':') ?? [];
        Object.assign(lane, { position, next: BigInt(offset), session: Number(session) });
        return this.seek(lane);
      } catch (error) {
        this.logger.warn({ err: error, ...lane.id }, 'the progress of a lane cannot be read');
        await pause(backoffMs(failures, 50, 2_000), undefined, { signal: this.stopping }).catch(() => {});
      }
  }

  private seek(lane: Lane): void {
    if (this.holds(lane)) this.kafka.seek({ ...lane.id, offset: lane.next.toString() });
  }

  private holds(lane: Lane): boolean {
    return !this.closed && !this.stopping.aborted && this.lanes.get(laneName(lane.id)) === lane;
  }

  /** Work may take longer than a session: the group hears of us meanwhile. A rebalance is heard after the work (its effects are fenced). */
  private async beating<T>({ heartbeat }: EachBatchPayload, work: () => Promise<T>): Promise<T> {
    let lost: Error | undefined;
    const beat = setInterval(
      () =>
        void heartbeat().catch((error: unknown) => {
          lost = error instanceof Error ? error : new Error(String(error));
        }),
      this.heartbeatIntervalMs,
    );
    try {
      const result = await work();
      if (lost !== undefined) throw lost;
      return result;
    } finally {
      clearInterval(beat);
    }
  }

  /** Best effort, for lag tools. */
  private async tellGroup(lane: Lane, { commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    if (Date.now() - lane.committedAt < COMMIT_EVERY_MS) return;
    lane.committedAt = Date.now();
    const { topic, partition } = lane.id;
    await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: lane.next.toString() }] }] }).catch(() => {});
  }
}
