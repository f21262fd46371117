import { laneName } from './lanes.js';
import { partitionOf } from './partitions.js';
import type { BusEvent, EventBus, LaneBatch, LaneConsumer, LaneId, LaneProgress, Topic } from './port.js';

/** Stands for the event store: events at growing positions with gaps, dense revisions per stream. */
export class FakeLog {
  readonly events: BusEvent[] = [];
  private readonly revisions = new Map<string, bigint>();

  constructor(private readonly topics: readonly Topic[]) {}

  /** The last event's position. */
  get end(): bigint {
    return this.events[this.events.length - 1]?.position ?? -1n;
  }

  grow(count: number, streams: number): void {
    for (let i = 0; i < count; i++) {
      const number = this.events.length;
      const which = (number * 7) % streams;
      const stream = `thing-${which}`;
      const revision = (this.revisions.get(stream) ?? -1n) + 1n;
      this.revisions.set(stream, revision);
      const position = this.end + 1n + BigInt((number * 13) % 90);
      this.events.push({
        kind: 'event',
        topic: this.topics[which % this.topics.length]!,
        key: stream,
        id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
        type: 'ThingHappened',
        stream,
        revision,
        position,
        data: { number, name: '张伟' },
        metadata: { schemaVersion: 1, recordedAt: '2026-01-01T00:00:00.000Z' },
      });
    }
  }

  async *read(after: bigint): AsyncIterable<BusEvent> {
    for (const event of [...this.events]) if (event.position > after) yield event;
  }
}

/** A consumer as a projector is one: effects and progress change together or not at all, and what was seen is dropped. */
export class LaneStore implements LaneConsumer {
  applied: { readonly lane: LaneId; readonly event: BusEvent }[] = [];
  failures = 0;
  batches = 0;
  private progress = new Map<string, LaneProgress>();
  private fails: (batch: number, lane: string) => boolean = () => false;

  constructor(
    private readonly bus: EventBus,
    private readonly topics: readonly Topic[],
  ) {}

  failOn(fails: (batch: number, lane: string) => boolean): void {
    this.fails = fails;
  }

  async progressOf(lane: LaneId): Promise<LaneProgress> {
    return this.progress.get(laneName(lane)) ?? { position: -1n, cursor: null };
  }

  async handle({ lane, messages, next }: LaneBatch): Promise<void> {
    await Promise.resolve();
    const name = laneName(lane);
    if (this.fails(this.batches++, name)) {
      this.failures++;
      throw new Error('as the test wants it');
    }
    let { position } = await this.progressOf(lane);
    for (const message of messages)
      if (message.position > position) {
        position = message.position;
        if (message.kind === 'event') this.applied.push({ lane, event: message });
      }
    this.progress.set(name, { position: next.position > position ? next.position : position, cursor: next.cursor });
  }

  watched(see: (lane: string) => void): LaneConsumer {
    return {
      progressOf: (lane) => this.progressOf(lane),
      handle: async (batch) => {
        await this.handle(batch);
        if (batch.messages.some(({ kind }) => kind === 'event')) see(laneName(batch.lane));
      },
    };
  }

  /** As if an older backup had been restored: cursors are gone with it. */
  restoreTo(position: bigint): void {
    this.applied = this.applied.filter(({ event }) => event.position <= position);
    this.progress = new Map([...this.progress.keys()].map((lane) => [lane, { position, cursor: null }]));
  }

  laneOf({ topic, key }: BusEvent): string {
    return laneName({ topic, partition: partitionOf(key, this.bus.partitionsOf(topic)) });
  }

  /** The lowest position among all lanes (but one). */
  lowest(except?: string): bigint {
    const positions = this.topics
      .flatMap((topic) => Array.from({ length: this.bus.partitionsOf(topic) }, (_, partition) => laneName({ topic, partition })))
      .filter((lane) => lane !== except)
      .map((lane) => this.progress.get(lane)?.position ?? -1n);
    return positions.reduce((low, position) => (position < low ? position : low));
  }
}

/** Each stream's revisions 0, 1, 2 … in the order they were applied. */
export function revisionsDense(applied: readonly { readonly event: BusEvent }[]): boolean {
  const last = new Map<string, bigint>();
  return applied.every(({ event: { stream, revision } }) => {
    const follows = revision === (last.get(stream) ?? -1n) + 1n;
    last.set(stream, revision);
    return follows;
  });
}
