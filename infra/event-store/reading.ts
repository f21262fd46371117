/** Serves one Read call: a bounded read of a stream or of $all. */
import { decodeFrames } from './frames.js';
import type { Frame } from './frames.js';
import type { Log } from './log.js';
import type { LogReader } from './log-reader.js';
import type { ReadRequest } from './read-requests.js';
import type { Refusal } from './refusals.js';
import { streamNotFound } from './responses.js';
import type { LogRow } from './rows.js';
import { firstVisible, isMetastream, isSoftDeleted, originalOf, truncationOf } from './stream-state.js';
import type { StreamState } from './stream-state.js';

/** Where the answer goes. `send` resolves when there is room for the next one, to false once the reader has gone. */
export interface Answering {
  send(message: Buffer): boolean | Promise<boolean>;
}

export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly refusal: Refusal) {
    super(refusal.kind);
  }
}

const committedState = async (log: Log, reader: LogReader, stream: string): Promise<StreamState> =>
  log.cachedState(stream) ?? (await reader.stateOf(stream));

/** Throws Refused for a tombstoned stream (a metastream dies with its stream). */
export const livingState = async (log: Log, reader: LogReader, stream: string): Promise<StreamState> => {
  const state = await committedState(log, reader, stream);
  const dead = state.tombstoned || (isMetastream(stream) && (await committedState(log, reader, originalOf(stream))).tombstoned);
  if (dead) throw new Refused({ kind: 'stream-deleted', stream });
  return state;
};

export const readStream = async (log: Log, reader: LogReader, request: ReadRequest & { stream: string }, answer: Answering): Promise<void> => {
  const { stream, from, direction } = request;
  const state = await livingState(log, reader, stream);
  if (state.last === -1 || isSoftDeleted(state)) {
    await answer.send(streamNotFound(stream));
    return;
  }
  const truncation = truncationOf(stream, state);
  const lowest = firstVisible(truncation, state.last);
  const oldestMs = truncation.maxAgeSeconds === undefined ? -Infinity : Date.now() - truncation.maxAgeSeconds * 1000;
  let left = limitOf(request);
  if (direction === 'forwards') {
    for (let next = Math.max(lowest, from === 'start' ? 0 : from === 'end' ? state.last + 1 : from); left > 0 && next <= state.last; ) {
      const rows = await reader.streamForwards(stream, next);
      if (rows.length === 0) return;
      for (const frame of framesOf(rows, oldestMs)) {
        if (frame.revision < next) continue;
        if (frame.revision > state.last || left-- <= 0 || !(await answer.send(frame.message))) return;
      }
      next = (rows.at(-1) as LogRow).lastRevision + 1;
    }
    return;
  }
  for (let next = from === 'start' ? 0 : from === 'end' ? state.last : Math.min(from, state.last); left > 0 && next >= lowest; ) {
    const rows = await reader.streamBackwards(stream, next);
    if (rows.length === 0) return;
    for (const row of rows) {
      for (const frame of framesOf([row], oldestMs).reverse()) {
        if (frame.revision > next) continue;
        if (frame.revision < lowest || left-- <= 0 || !(await answer.send(frame.message))) return;
      }
    }
    next = (rows.at(-1) as LogRow).revision - 1;
  }
};

export const readAll = async (log: Log, reader: LogReader, request: ReadRequest, answer: Answering): Promise<void> => {
  const { from, direction } = request;
  let left = limitOf(request);
  if (direction === 'forwards') {
    if (from === 'end') return;
    const end = log.lastPosition;
    let next = from === 'start' ? 0 : from;
    // As on the real server: from a position that no event has, nothing is read.
    let startsAt = from === 'start' ? undefined : from;
    while (left > 0 && next <= end) {
      const rows = await reader.allForwards(next, undefined);
      if (rows.length === 0) return;
      for (const frame of framesOf(rows)) {
        if (frame.position < next) continue;
        if (startsAt !== undefined && frame.position !== startsAt) return;
        startsAt = undefined;
        if (left-- <= 0 || !(await answer.send(frame.message))) return;
      }
      next = (rows.at(-1) as LogRow).lastPosition + 1;
    }
    return;
  }
  if (from === 'start') return;
  for (let before = from === 'end' ? log.lastPosition + 1 : from; left > 0; ) {
    const rows = await reader.allBackwards(before);
    if (rows.length === 0) return;
    for (const row of rows) {
      for (const frame of framesOf([row]).reverse()) {
        if (frame.position >= before) continue;
        if (left-- <= 0 || !(await answer.send(frame.message))) return;
      }
    }
    before = (rows.at(-1) as LogRow).position;
  }
};

const limitOf = (request: ReadRequest): number => (request.limit === 'subscription' ? Infinity : request.limit);

const framesOf = (rows: readonly LogRow[], oldestMs = -Infinity): Frame[] =>
  rows.flatMap((row) => (row.createdMs < oldestMs ? [] : decodeFrames(row.frames, row.revision)));
