import { laneName } from './lanes.js';
import type { BusEvent, LaneBatch, LaneId, LaneProgress } from './port.js';

/**
 * How far an ordered consumer is, as one JSON column: everything up to `position` (decimal; "-1" for nothing yet) has been handled. `cursors` are the bus's own,
 * by lane (`topic/partition`): nothing before them is needed any more.
 */
export interface OrderedProgress {
  readonly position: string;
  readonly cursors: Readonly<Record<string, string>>;
}

export const BEGINNING: OrderedProgress = { position: '-1', cursors: {} };

interface MergedLane {
  readonly id: LaneId;
  /** Rising positions; those before `head` were taken. */
  queue: BusEvent[];
  head: number;
  /** Everything of this lane up to here has come. */
  reached: bigint;
  /** Everything before it has been handled. */
  cursor: string | null;
  /** Of batches that came and are not handled whole: what the cursor is once `position` is. */
  readonly marks: { readonly position: bigint; readonly cursor: string }[];
}

/**
 * Puts the lanes of a bus together into the order of the log. An event is ready once every lane has reached its position, by an event or by a tick. What came
 * before is dropped. The lane that is farthest behind never keeps anything: all it has is ready.
 */
export class LaneMerge {
  readonly #lanes: ReadonlyMap<string, MergedLane>;
  #taken: bigint;
  #handled: bigint;

  constructor(lanes: readonly LaneId[], from: OrderedProgress) {
    const position = (this.#taken = this.#handled = BigInt(from.position));
    this.#lanes = new Map(
      lanes.map((id) => [laneName(id), { id, queue: [], head: 0, reached: position, cursor: from.cursors[laneName(id)] ?? null, marks: [] }]),
    );
  }

  /** Where a bus is to go on in a lane: behind all that waits here. */
  progressOf(id: LaneId): LaneProgress {
    const { reached, cursor, marks } = this.#lane(id);
    return { position: reached, cursor: marks[marks.length - 1]?.cursor ?? cursor };
  }

  add({ lane: id, messages, next }: LaneBatch): void {
    const lane = this.#lane(id);
    for (const message of messages) {
      if (message.position <= lane.reached) continue;
      lane.reached = message.position;
      if (message.kind === 'event') lane.queue.push(message);
    }
    if (next.cursor === null) return;
    if (lane.reached <= this.#handled) lane.cursor = next.cursor;
    else lane.marks.push({ position: lane.reached, cursor: next.cursor });
  }

  /** Every lane has reached this position. */
  get frontier(): bigint {
    return this.#slowest().reached;
  }

  /** An event can be taken. */
  get hasReady(): boolean {
    const { frontier } = this;
    return [...this.#lanes.values()].some((lane) => waitingIn(lane) > 0 && headOf(lane).position <= frontier);
  }

  /** The lane that holds the others up, where one does. */
  get awaited(): LaneId | undefined {
    return [...this.#lanes.values()].some((lane) => waitingIn(lane) > 0) ? this.#slowest().id : undefined;
  }

  /** Events and marks that wait in a lane. */
  waiting(id: LaneId): number {
    const lane = this.#lane(id);
    return waitingIn(lane) + lane.marks.length;
  }

  /** The next events, and what everything up to and including has been taken; no events where only ticks came. Undefined: nothing is ready. */
  take(most: number): { readonly events: readonly BusEvent[]; readonly upTo: bigint } | undefined {
    const { frontier } = this;
    if (frontier <= this.#taken) return undefined;
    const ready = [...this.#lanes.values()].filter(({ queue, head }) => head < queue.length && queue[head]!.position <= frontier);
    const events: BusEvent[] = [];
    while (events.length < most && ready.length > 0) {
      let first = 0;
      for (let at = 1; at < ready.length; at++) if (headOf(ready[at]!).position < headOf(ready[first]!).position) first = at;
      const lane = ready[first]!;
      events.push(headOf(lane));
      lane.head++;
      if (lane.head === lane.queue.length || headOf(lane).position > frontier) ready.splice(first, 1);
    }
    for (const lane of this.#lanes.values()) forgetTaken(lane);
    this.#taken = ready.length > 0 ? events[events.length - 1]!.position : frontier;
    return { events, upTo: this.#taken };
  }

  /** What is to be stored with the effects of everything up to here, in the same transaction. */
  progressAt(upTo: bigint): OrderedProgress {
    const cursors: Record<string, string> = {};
    this.#handled = upTo;
    for (const [name, lane] of this.#lanes) {
      const passed = lane.marks.findIndex(({ position }) => position > upTo);
      const done = lane.marks.splice(0, passed < 0 ? lane.marks.length : passed);
      lane.cursor = done[done.length - 1]?.cursor ?? lane.cursor;
      if (lane.cursor !== null) cursors[name] = lane.cursor;
    }
    return { position: String(upTo), cursors };
  }

  #slowest(): MergedLane {
    let slowest: MergedLane | undefined;
    for (const lane of this.#lanes.values()) if (slowest === undefined || lane.reached < slowest.reached) slowest = lane;
    if (!slowest) throw new Error('an ordered feed needs a lane');
    return slowest;
  }

  #lane(id: LaneId): MergedLane {
    const lane = this.#lanes.get(laneName(id));
    if (!lane) throw new Error(`${laneName(id)} is no lane of this feed`);
    return lane;
  }
}

const headOf = ({ queue, head }: MergedLane): BusEvent => queue[head]!;
const waitingIn = ({ queue, head }: MergedLane): number => queue.length - head;

/** Seldom, so that what is left is not moved for every batch. */
function forgetTaken(lane: MergedLane): void {
  if (lane.head * 2 < lane.queue.length) return;
  lane.queue = lane.queue.slice(lane.head);
  lane.head = 0;
}
