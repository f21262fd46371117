import type { Logger } from 'pino';
import { setTimeout as pause } from 'node:timers/promises';
import { byLane, laneName, laneRestMs, newTo } from './lanes.js';
import type { PartitionsOf } from './partitions.js';
import type { BusEvent, BusMessage, LaneConsumer, LaneId, LaneRest } from './port.js';

export interface MemberLane {
  readonly id: LaneId;
  /** `topic/partition` */
  readonly name: string;
  position: bigint;
  live: boolean;
  failures: number;
  retryAt: number;
  /** Resolves when nobody else holds the lane any more. */
  readonly free: Promise<unknown>;
  inHand: Promise<unknown>;
}

interface Setup {
  readonly consumer: LaneConsumer;
  readonly readLog: (after: bigint) => AsyncIterable<BusEvent>;
  readonly partitionsOf: PartitionsOf;
  /** Log position up to which everything was published. */
  readonly published: () => bigint;
  readonly logger: Logger;
}

const CHUNK = 1_000;
const AGAIN_AFTER_MS = 5;

/** One member of a group: its lanes, and the loop that brings those that are behind up from the log. */
export class InProcessMember {
  private readonly lanes = new Map<string, MemberLane>();
  private readonly stopping = new AbortController();
  private readonly nudge = new EventTarget();
  private readonly catchingUp: Promise<void>;

  constructor(private readonly setup: Setup) {
    this.catchingUp = this.catchUpForEver();
  }

  liveLanes(): MemberLane[] {
    return [...this.lanes.values()].filter(({ live }) => live);
  }

  /** Gives up the lanes that are not among these; the batches still in hand there. */
  release(kept: readonly LaneId[]): Promise<unknown>[] {
    const names = new Set(kept.map(laneName));
    const leaving = [...this.lanes.values()].filter(({ name }) => !names.has(name));
    for (const { name } of leaving) this.lanes.delete(name);
    return leaving.map(({ inHand }) => inHand);
  }

  take(lanes: readonly LaneId[], free: Promise<unknown>): void {
    for (const id of lanes) {
      const name = laneName(id);
      if (!this.lanes.has(name))
        this.lanes.set(name, { id, name, position: -1n, live: false, failures: 0, retryAt: 0, free, inHand: Promise.resolve() });
    }
    this.wake();
  }

  fallBehind(lane: MemberLane): void {
    lane.live = false;
    this.wake();
  }

  /** One attempt; a lane whose consumer throws falls behind and comes back by itself. */
  async deliver(lane: MemberLane, messages: readonly BusMessage[]): Promise<boolean> {
    const position = messages.reduce((high, message) => (message.position > high ? message.position : high), lane.position);
    const attempt = this.setup.consumer.handle({ lane: lane.id, messages, next: { position, cursor: null } });
    lane.inHand = attempt.catch(() => {});
    try {
      const rest = await attempt;
      lane.position = position;
      lane.failures = 0;
      if (rest) this.leaveAlone(lane, rest);
      return !rest;
    } catch (error) {
      this.failed(lane, error, 'a batch failed, it will be delivered again');
      return false;
    }
  }

  /** It falls behind and reads the log from where it stands once it wants more: nobody waits for it meanwhile. */
  private leaveAlone(lane: MemberLane, rest: LaneRest): void {
    lane.live = false;
    lane.retryAt = Number.POSITIVE_INFINITY;
    void rest.until.then(() => {
      lane.retryAt = 0;
      this.wake();
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await Promise.all([...this.release([]), this.catchingUp]);
  }

  private async catchUpForEver(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const behind = [...this.lanes.values()].filter(({ live }) => !live);
      const due = behind.filter(({ retryAt }) => retryAt <= Date.now());
      if (due.length === 0) await this.rest(behind);
      else await this.catchUp(due);
    }
  }

  private async catchUp(due: readonly MemberLane[]): Promise<void> {
    try {
      let lanes: MemberLane[] = [];
      await Promise.all(
        due.map(async (lane) => {
          if (await this.askProgress(lane)) lanes.push(lane);
        }),
      );
      if (lanes.length === 0) return;
      let reached = lanes.reduce((low, { position }) => (position < low ? position : low), lanes[0]!.position);
      for await (const events of chunks(this.setup.readLog(reached))) {
        reached = events[events.length - 1]!.position;
        lanes = await this.deliverTo(lanes, events, this.setup.consumer.comparesLanes && reached);
        if (lanes.length === 0 || this.stopping.signal.aborted) return;
      }
      lanes = await this.deliverTo(lanes, [], reached);
      for (const lane of lanes)
        if (lane.position >= this.setup.published()) lane.live = true;
        else lane.retryAt = Date.now() + AGAIN_AFTER_MS;
    } catch (error) {
      for (const lane of due) if (!lane.live) this.failed(lane, error, 'the log cannot be read');
    }
  }

  /** The lanes that took it. */
  private async deliverTo(lanes: readonly MemberLane[], events: readonly BusEvent[], tick: bigint | undefined): Promise<MemberLane[]> {
    const perLane = byLane(events, this.setup.partitionsOf);
    const taken = await Promise.all(
      lanes.map(async (lane) => {
        const messages = newTo(lane.position, perLane.get(lane.name), tick);
        return this.holds(lane) && (messages.length === 0 || (await this.deliver(lane, messages)));
      }),
    );
    return lanes.filter((_, index) => taken[index]);
  }

  private async askProgress(lane: MemberLane): Promise<boolean> {
    try {
      await lane.free;
      lane.position = (await this.setup.consumer.progressOf(lane.id)).position;
      return true;
    } catch (error) {
      this.failed(lane, error, 'the progress of a lane cannot be read');
      return false;
    }
  }

  private failed(lane: MemberLane, error: unknown, what: string): void {
    if (!this.holds(lane)) return;
    const waitMs = laneRestMs(lane.failures++);
    lane.live = false;
    lane.retryAt = Date.now() + waitMs;
    this.setup.logger.warn({ err: error, ...lane.id, failures: lane.failures, waitMs }, what);
    this.wake();
  }

  private holds(lane: MemberLane): boolean {
    return this.lanes.get(lane.name) === lane;
  }

  private wake(): void {
    this.nudge.dispatchEvent(new Event('wake'));
  }

  private async rest(behind: readonly MemberLane[]): Promise<void> {
    const woken = new AbortController();
    const onWake = (): void => woken.abort();
    this.nudge.addEventListener('wake', onWake, { once: true });
    if (this.stopping.signal.aborted) woken.abort();
    const until = Math.min(...behind.map(({ retryAt }) => retryAt));
    await pause(Number.isFinite(until) ? Math.max(0, until - Date.now()) : 2 ** 30, undefined, { signal: woken.signal }).catch(() => {});
    this.nudge.removeEventListener('wake', onWake);
  }
}

async function* chunks(events: AsyncIterable<BusEvent>): AsyncIterable<BusEvent[]> {
  let chunk: BusEvent[] = [];
  for await (const event of events)
    if (chunk.push(event) >= CHUNK) {
      yield chunk;
      chunk = [];
    }
  if (chunk.length > 0) yield chunk;
}
