/**
 * One group commit in the making: requests are decided one after the other against what is stored and what stands before them in the group.
 * Nothing here is visible to anybody before the group's rows are stored.
 */
import { decodeFrames, encodeFrames, positionStep } from './frames.js';
import type { Frame } from './frames.js';
import { idKey } from './known-ids.js';
import type { KnownId, KnownIds } from './known-ids.js';
import type { Refusal } from './refusals.js';
import { TOMBSTONE_REVISION } from './refusals.js';
import type { Expected, ProposedEvent } from './requests.js';
import type { Written } from './responses.js';
import { TOMBSTONE } from './rows.js';
import type { LogRow } from './rows.js';
import { isMetastream, isSoftDeleted, metastreamOf, originalOf, parseMetadata, SOFT_DELETE_METADATA } from './stream-state.js';
import type { StreamState } from './stream-state.js';

export type WriteRequest =
  | { readonly kind: 'append'; readonly stream: string; readonly expected: Expected; readonly events: readonly ProposedEvent[] }
  | { readonly kind: 'delete'; readonly stream: string; readonly expected: Expected; readonly eventId: Buffer }
  | { readonly kind: 'tombstone'; readonly stream: string; readonly expected: Expected; readonly eventId: Buffer };

export type Outcome = { readonly kind: 'written'; readonly written: Written } | Refusal;

/** What is stored, as the group sees it. */
export interface StoredLog {
  stateOf(stream: string): Promise<StreamState>;
  framesBetween(stream: string, from: number, to: number): Promise<readonly Frame[]>;
  readonly knownIds: KnownIds;
}

const NOTHING = Buffer.alloc(0);
const systemEvent = (id: Buffer, type: string, data: Buffer): ProposedEvent => ({ id, type, contentType: 'application/json', data, metadata: NOTHING });

export class Group {
  readonly rows: LogRow[] = [];
  readonly states = new Map<string, StreamState>();
  readonly ids = new Map<string, KnownId>();
  private position: number;

  constructor(
    private readonly stored: StoredLog,
    lastPosition: number,
    private readonly newId: () => Buffer,
    private readonly nowMs: number,
  ) {
    this.position = lastPosition;
  }

  get lastPosition(): number {
    return this.position;
  }

  async decide(request: WriteRequest): Promise<Outcome> {
    const { stream, expected } = request;
    const state = await this.stateOf(stream);
    if (state.tombstoned || (isMetastream(stream) && (await this.stateOf(originalOf(stream))).tombstoned)) {
      return { kind: 'stream-deleted', stream };
    }
    switch (request.kind) {
      case 'append':
        return this.append(request, state);
      case 'delete':
        if (state.last === -1 || !matches(expected, state)) return wrongVersion(stream, expected, state);
        return this.done(this.write(metastreamOf(stream), await this.stateOf(metastreamOf(stream)), [
          systemEvent(request.eventId, '$metadata', Buffer.from(SOFT_DELETE_METADATA)),
        ]));
      case 'tombstone': {
        if (!matches(expected, state)) return wrongVersion(stream, expected, state);
        return this.done(this.write(stream, state, [systemEvent(request.eventId, '$streamDeleted', NOTHING)], TOMBSTONE));
      }
    }
  }

  private async append(request: Extract<WriteRequest, { kind: 'append' }>, state: StreamState): Promise<Outcome> {
    const { stream, expected, events } = request;
    const softDeleted = isSoftDeleted(state);
    if (expected === 'stream-exists') {
      if (softDeleted) return { kind: 'stream-deleted', stream };
      if (state.last === -1 && state.metadata === undefined) return wrongVersion(stream, expected, state);
    }
    if (expected === 'any' || expected === 'stream-exists') {
      const repeated = await this.repeatedByMemory(stream, events);
      if (repeated === 'corrupted') return wrongVersion(stream, expected, state);
      if (repeated !== undefined) return this.done(repeated);
    } else {
      const exact = expected === 'no-stream' ? -1 : expected;
      if (exact > state.last) return wrongVersion(stream, expected, state);
      if (exact < state.last) {
        const repeated = await this.repeatedByRevision(stream, exact, events);
        if (repeated === 'later-differs') return wrongVersion(stream, expected, state);
        if (repeated !== 'first-differs') return this.done(repeated);
        if (!(expected === 'no-stream' && softDeleted)) return wrongVersion(stream, expected, state);
      }
    }
    const written = this.write(stream, state, events);
    if (softDeleted) await this.revive(stream, state);
    return this.done(written);
  }

  /** The numbering goes on, and everything before it stays hidden. */
  private async revive(stream: string, before: StreamState): Promise<void> {
    const metadata = { ...before.metadata, $tb: before.last + 1 };
    const metastream = metastreamOf(stream);
    this.write(metastream, await this.stateOf(metastream), [systemEvent(this.newId(), '$metadata', Buffer.from(JSON.stringify(metadata)))]);
  }

  /** Without an exact revision only the ids still in memory tell a repetition; the server forgets them when it restarts. */
  private async repeatedByMemory(stream: string, events: readonly ProposedEvent[]): Promise<Written | 'corrupted' | undefined> {
    let last: Written | undefined;
    for (const event of events) {
      const known = this.ids.get(idKey(event.id)) ?? this.stored.knownIds.find(idKey(event.id));
      if (known === undefined || known.stream !== stream) return last === undefined ? undefined : 'corrupted';
      last = known;
    }
    return last;
  }

  private async repeatedByRevision(stream: string, expected: number, events: readonly ProposedEvent[]): Promise<Written | 'first-differs' | 'later-differs'> {
    if (events.length === 0) return 'first-differs';
    const from = expected + 1;
    const to = expected + events.length;
    const pending = this.rows.filter((row) => row.stream === stream).flatMap((row) => decodeFrames(row.frames, row.revision));
    const frames = new Map([...(await this.stored.framesBetween(stream, from, to)), ...pending].map((frame) => [frame.revision, frame]));
    let last: Frame | undefined;
    for (const [index, event] of events.entries()) {
      const frame = frames.get(from + index);
      if (frame === undefined || !frame.id.equals(event.id)) return index === 0 ? 'first-differs' : 'later-differs';
      last = frame;
    }
    return { revision: (last as Frame).revision, position: (last as Frame).position };
  }

  private write(stream: string, state: StreamState, events: readonly ProposedEvent[], at?: typeof TOMBSTONE): Written {
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
    const state = this.states.get(original) ?? this.originals.get(original);
    if (newest !== undefined && state !== undefined) this.states.set(original, { ...state, metadata: parseMetadata(newest.data) });
  }

  /** States read for the group; a metastream's original is read with it, so that `noteMetadata` finds it. */
  private readonly originals = new Map<string, StreamState>();

  private async stateOf(stream: string): Promise<StreamState> {
    const pending = this.states.get(stream);
    if (pending !== undefined) return pending;
    const stored = await this.stored.stateOf(stream);
    this.originals.set(stream, stored);
    return stored;
  }

  private done(written: Written): Outcome {
    return { kind: 'written', written };
  }
}

const matches = (expected: Expected, state: StreamState): boolean => {
  switch (expected) {
    case 'any':
      return true;
    case 'stream-exists':
      return state.last >= 0;
    case 'no-stream':
      return state.last === -1;
    default:
      return state.last === expected;
  }
};

const wrongVersion = (stream: string, expected: Expected, state: StreamState): Outcome => ({
  kind: 'wrong-expected-version',
  stream,
  expected,
  current: state.last === -1 ? 'no-stream' : state.last,
});
