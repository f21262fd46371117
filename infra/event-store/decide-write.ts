/** Whether a request is written, repeats what is there, or is refused: decided against what is stored and what stands before it in its group. */
import { randomUUID } from 'node:crypto';
import type { Frame } from './frames.js';
import type { Group } from './group.js';
import type { Refusal } from './refusals.js';
import type { Expected, ProposedEvent } from './requests.js';
import type { Written } from './responses.js';
import { TOMBSTONE } from './rows.js';
import { isMetastream, isSoftDeleted, metastreamOf, originalOf, SOFT_DELETE_METADATA } from './stream-state.js';
import type { StreamState } from './stream-state.js';

interface Addressed {
  readonly stream: string;
  readonly expected: Expected;
}
interface Append extends Addressed {
  readonly kind: 'append';
  readonly events: readonly ProposedEvent[];
}
interface Ending extends Addressed {
  readonly kind: 'delete' | 'tombstone';
}
export type WriteRequest = Append | Ending;

export type Outcome = { readonly kind: 'written'; readonly written: Written } | Refusal;

export const decideWrite = async (group: Group, request: WriteRequest): Promise<Outcome> => {
  const { stream, expected } = request;
  const state = await group.stateOf(stream);
  if (state.tombstoned || (isMetastream(stream) && (await group.stateOf(originalOf(stream))).tombstoned)) {
    return { kind: 'stream-deleted', stream };
  }
  switch (request.kind) {
    case 'append':
      return decideAppend(group, request, state);
    case 'delete':
      if (state.last === -1 || !matches(expected, state)) return wrongVersion(request, state);
      return written(await writeMetadata(group, stream, SOFT_DELETE_METADATA));
    case 'tombstone':
      if (!matches(expected, state)) return wrongVersion(request, state);
      return written(group.write(stream, state, [systemEvent('$streamDeleted', '')], TOMBSTONE));
  }
};

const decideAppend = async (group: Group, request: Append, state: StreamState): Promise<Outcome> => {
  const { stream, expected, events } = request;
  const softDeleted = isSoftDeleted(state);
  if (expected === 'stream-exists') {
    if (softDeleted) return { kind: 'stream-deleted', stream };
    if (state.last === -1 && state.metadata === undefined) return wrongVersion(request, state);
  }
  if (expected === 'any' || expected === 'stream-exists') {
    const repeated = repeatedByMemory(group, stream, events);
    if (repeated === 'corrupted') return wrongVersion(request, state);
    if (repeated !== undefined) return written(repeated);
  } else {
    const exact = expected === 'no-stream' ? -1 : expected;
    if (exact > state.last) return wrongVersion(request, state);
    if (exact < state.last) {
      const repeated = await repeatedByRevision(group, stream, exact, events);
      if (repeated === 'later-differs') return wrongVersion(request, state);
      if (repeated !== 'first-differs') return written(repeated);
      if (!(expected === 'no-stream' && softDeleted)) return wrongVersion(request, state);
    }
  }
  const appended = group.write(stream, state, events);
  // A deleted stream that is written again goes on with its numbering, and everything before it stays hidden.
  if (softDeleted) await writeMetadata(group, stream, JSON.stringify({ ...state.metadata, $tb: state.last + 1 }));
  return written(appended);
};

/** Without an exact revision only the ids still in memory tell a repetition; the server forgets them when it restarts. */
const repeatedByMemory = (group: Group, stream: string, events: readonly ProposedEvent[]): Written | 'corrupted' | undefined => {
  let last: Written | undefined;
  for (const event of events) {
    const known = group.knownId(event.id);
    if (known === undefined || known.stream !== stream) return last === undefined ? undefined : 'corrupted';
    last = known;
  }
  return last;
};

const repeatedByRevision = async (
  group: Group, stream: string, expected: number, events: readonly ProposedEvent[],
): Promise<Written | 'first-differs' | 'later-differs'> => {
  if (events.length === 0) return 'first-differs';
  const from = expected + 1;
  const frames = await group.framesBetween(stream, from, expected + events.length);
  let last: Frame | undefined;
  for (const [index, event] of events.entries()) {
    const frame = frames.get(from + index);
    if (frame === undefined || !frame.id.equals(event.id)) return index === 0 ? 'first-differs' : 'later-differs';
    last = frame;
  }
  return { revision: (last as Frame).revision, position: (last as Frame).position };
};

const writeMetadata = async (group: Group, stream: string, metadata: string): Promise<Written> => {
  const metastream = metastreamOf(stream);
  return group.write(metastream, await group.stateOf(metastream), [systemEvent('$metadata', metadata)]);
};

const systemEvent = (type: string, data: string): ProposedEvent => ({
  id: Buffer.from(randomUUID().replaceAll('-', ''), 'hex'), type, contentType: 'application/json', data: Buffer.from(data), metadata: Buffer.alloc(0),
});

const written = (what: Written): Outcome => ({ kind: 'written', written: what });

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

const wrongVersion = ({ stream, expected }: Addressed, state: StreamState): Outcome => ({
  kind: 'wrong-expected-version',
  stream,
  expected,
  current: state.last === -1 ? 'no-stream' : state.last,
});
