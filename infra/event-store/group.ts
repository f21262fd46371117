/** One group commit in the making: what is stored, and the rows that would stand behind it. Nobody else sees these before they are stored. */
import { decodeFrames, encodeFrames, positionStep } from './frames.js';
import type { Frame } from './frames.js';
import { idKey } from './known-ids.js';
import type { KnownId, KnownIds } from './known-ids.js';
import { TOMBSTONE_REVISION } from './refusals.js';
import type { ProposedEvent } from './requests.js';
import type { Written } from './responses.js';
import { TOMBSTONE } from './rows.js';
import type { LogRow } from './rows.js';
import { isMetastream, originalOf, parseMetadata } from './stream-state.js';
import type { StreamState } from './stream-state.js';

/** What is stored, as the group sees it. */
export interface StoredLog {
  stateOf(stream: string): Promise<StreamState>;
  framesBetween(stream: string, from: number, to: number): Promise<readonly Frame[]>;
  readonly knownIds: KnownIds;
}

export class Group {
  readonly rows: LogRow[] = [];
  /** Of the streams that the group writes. */
  readonly states = new Map<string, StreamState>();
  readonly ids = new Map<string, KnownId>();
  /** States read for the group; a metastream's original is read with it, so that `noteMetadata` finds it. */
  private readonly read = new Map<string, StreamState>();
  private position: number;

  constructor(private readonly stored: StoredLog, lastPosition: number, private readonly nowMs: number) {
    this.position = lastPosition;
  }

  get lastPosition(): number {
    return this.position;
  }

  async stateOf(stream: string): Promise<StreamState> {
    const written = this.states.get(stream);
    if (written !== undefined) return written;
    const stored = await this.stored.stateOf(stream);
    this.read.set(stream, stored);
    return stored;
  }

  knownId(id: Buffer): KnownId | undefined {
    return this.ids.get(idKey(id)) ?? this.stored.knownIds.find(idKey(id));
  }

  /** By revision; both ends inclusive. */
  async framesBetween(stream: string, from: number, to: number): Promise<Map<number, Frame>> {
    const stored = await this.stored.framesBetween(stream, from, to);
    const here = this.rows.filter((row) => row.stream === stream).flatMap((row) => decodeFrames(row.frames, row.revision));
    return new Map([...stored, ...here].map((frame) => [frame.revision, frame]));
  }

  /** @param at for a tombstone, which has a revision of its own and an id that nobody repeats. */
  write(stream: string, state: StreamState, events: readonly ProposedEvent[], at?: typeof TOMBSTONE): Written {
    const revision = at ?? state.last + 1;
    let position = this.position;
    const assigned = events.map((event, index) => {
      position += positionStep(event);
      if (at === undefined) this.ids.set(idKey(event.id), { stream, revision: revision + index, position });
      return { event, position, revision: at === undefined ? revision + index : TOMBSTONE_REVISION };
    });
    const first = assigned[0]?.position ?? position;
    const lastRevision = at ?? revision + events.length - 1;
    this.position = position;
    this.rows.push({
      position: first,
      lastPosition: position,
      stream,
      revision,
      lastRevision,
      createdMs: this.nowMs,
      frames: encodeFrames(stream, this.nowMs, assigned),
    });
    this.states.set(stream, { ...state, last: lastRevision, tombstoned: at !== undefined });
    if (isMetastream(stream)) this.noteMetadata(originalOf(stream), events);
    return { revision: lastRevision, position };
  }

  private noteMetadata(original: string, events: readonly ProposedEvent[]): void {
    const newest = events.at(-1);
    const state = this.states.get(original) ?? this.read.get(original);
    if (newest !== undefined && state !== undefined) this.states.set(original, { ...state, metadata: parseMetadata(newest.data) });
  }
}
