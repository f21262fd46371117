/**
 * Serves subscriptions. Each is a cursor over the log that pulls the next page when its reader has taken the last one and waits where
 * there is none: no buffer of its own, hence no seam between catching up and living, and a slow reader costs nothing.
 */
import { randomUUID } from 'node:crypto';
import type { CompiledFilter } from './filter.js';
import { compileFilter } from './filter.js';
import { decodeFrames } from './frames.js';
import type { Log } from './log.js';
import type { LogReader } from './log-reader.js';
import type { ReadRequest } from './read-requests.js';
import { livingState, Refused } from './reading.js';
import type { Answering } from './reading.js';
import { CAUGHT_UP, checkpoint, confirmation } from './responses.js';
import { TOMBSTONE } from './rows.js';
import type { LogRow } from './rows.js';
import { firstVisible, truncationOf } from './stream-state.js';

/** As the real server's live buffer: a reader this far behind is catching up again and will be told when it is through. */
const LIVE_BUFFER_EVENTS = 32;

export interface Subscriber extends Answering {
  /** Resolves at the next stored group, or when the reader has gone. */
  nextCommit(): Promise<void>;
  readonly gone: boolean;
}

export const subscribeAll = async (log: Log, reader: LogReader, request: ReadRequest, subscriber: Subscriber): Promise<void> => {
  const filter = filterOf(request);
  let position = await startOf(log, reader, request);
  if (!(await subscriber.send(confirmation(randomUUID())))) return;
  const every = request.filter?.checkpointEvery ?? Infinity;
  let considered = 0;
  let checkpointed = position;
  let catchingUp = true;
  while (!subscriber.gone) {
    const rows = await rowsAfter(log, reader, position, filter);
    let events = 0;
    for (const row of rows) {
      if (filter.stream !== undefined && !filter.stream(row.stream)) {
        const skipped = countAfter(row, position);
        events += skipped;
        considered += skipped;
        position = row.lastPosition;
      } else {
        for (const frame of decodeFrames(row.frames, row.revision)) {
          if (frame.position <= position) continue;
          position = frame.position;
          events++;
          considered++;
          if ((filter.event === undefined || filter.event(frame.message)) && !(await subscriber.send(frame.message))) return;
        }
      }
      if (considered >= every) {
        considered = 0;
        checkpointed = position;
        if (!(await subscriber.send(checkpoint(position)))) return;
      }
    }
    if (events > LIVE_BUFFER_EVENTS) catchingUp = true;
    if (position < log.lastPosition) continue;
    if (catchingUp) {
      catchingUp = false;
      if (request.filter !== undefined && position > checkpointed) {
        considered = 0;
        checkpointed = position;
        if (!(await subscriber.send(checkpoint(position)))) return;
      }
      if (!(await subscriber.send(CAUGHT_UP))) return;
    }
    if (position >= log.lastPosition) await subscriber.nextCommit();
  }
};

/** A row's events after the position; the row's frames may not be loaded. */
const countAfter = (row: LogRow, position: number): number =>
  row.position > position || row.frames.length === 0
    ? Math.max(1, row.lastRevision - row.revision + 1)
    : decodeFrames(row.frames, row.revision).filter((frame) => frame.position > position).length;

const rowsAfter = async (log: Log, reader: LogReader, position: number, filter: CompiledFilter): Promise<readonly LogRow[]> =>
  log.recent.after(position, 500) ?? (await reader.allForwards(position + 1, filter.prefixes));

const filterOf = (request: ReadRequest): CompiledFilter => {
  try {
    return compileFilter(request.filter);
  } catch (error) {
    throw new Refused({ kind: 'invalid', message: `filter: ${(error as Error).message}` });
  }
};

/** Exclusive. Only positions that an event has can be started from. */
const startOf = async (log: Log, reader: LogReader, { from }: ReadRequest): Promise<number> => {
  if (from === 'end') return log.lastPosition;
  if (from === 'start' || from === 0) return 0;
  const [row] = await reader.allForwards(from, undefined);
  if (row === undefined || !decodeFrames(row.frames, row.revision).some((frame) => frame.position === from)) {
    throw new Refused({ kind: 'invalid', message: `invalid position ${from}` });
  }
  return from;
};

export const subscribeStream = async (log: Log, reader: LogReader, request: ReadRequest & { stream: string }, subscriber: Subscriber): Promise<void> => {
  const { stream, from } = request;
  const atStart = await livingState(log, reader, stream);
  let next = Math.max(firstVisible(truncationOf(stream, atStart), atStart.last), from === 'start' ? 0 : from === 'end' ? atStart.last + 1 : from + 1);
  // A soft-deleted stream shows nothing of its past, and everything once it is written again.
  if (next > atStart.last + 1) next = atStart.last + 1;
  if (!(await subscriber.send(confirmation(randomUUID())))) return;
  let seen = -1;
  let catchingUp = true;
  while (!subscriber.gone) {
    const end = log.lastPosition;
    const rows = await reader.streamForwards(stream, next);
    for (const row of rows) {
      for (const frame of decodeFrames(row.frames, row.revision)) {
        if (frame.revision < next) continue;
        if (row.revision >= TOMBSTONE) throw new Refused({ kind: 'stream-deleted', stream });
        if (!(await subscriber.send(frame.message))) return;
      }
      next = row.lastRevision + 1;
    }
    if (rows.length > 0) continue;
    await livingState(log, reader, stream);
    if (catchingUp) {
      catchingUp = false;
      if (!(await subscriber.send(CAUGHT_UP))) return;
    }
    seen = end;
    if (seen >= log.lastPosition) await subscriber.nextCommit();
  }
};
