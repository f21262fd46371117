import { lastPosition } from '../../shared/event-store/last-position.js';
import type { StoredEvent, EventStore } from '../../shared/event-store/port.js';
import type { EventMetadata } from '../../shared/events/definition.js';
import { isAfter, isBefore, type Moment } from './moment.js';
import { startProgress } from './progress.js';

/** Which events of the log; everything where nothing is said. Both ends inclusive. */
export interface Selection {
  readonly stream?: string;
  readonly type?: string;
  readonly from?: Moment;
  readonly to?: Moment;
  /** With their stored bytes. */
  readonly bytes?: boolean;
}

/** The selected events in log order (one stream: in revision order), with progress over the whole log shown meanwhile. */
export async function* selectEvents(log: EventStore, selection: Selection, what: string): AsyncIterable<StoredEvent> {
  const end = (await lastPosition(log)) ?? 0n;
  const progress = startProgress(what, end);
  try {
    const { bytes = false } = selection;
    const all = selection.stream === undefined ? log.readAll({ bytes }) : log.readStream(selection.stream, { bytes });
    for await (const stored of all) {
      progress.advance(stored.position);
      if (selection.to && isAfter(momentOf(stored), selection.to)) {
        if (selection.to.kind === 'position') break;
        continue; // The server's clock may step back, so a later event can still be within.
      }
      if (selection.from && isBefore(momentOf(stored), selection.from)) continue;
      if (selection.type === undefined || stored.type === selection.type) yield stored;
    }
  } finally {
    progress.finish();
  }
}

const momentOf = (stored: StoredEvent) => ({ position: stored.position, metadata: stored.metadata as EventMetadata });

/** One event as a line of JSON: positions as text, revisions as numbers, data as stored (sealed) or as opened. */
export const eventLine = (event: Pick<StoredEvent, 'id' | 'type' | 'stream' | 'revision' | 'position' | 'data' | 'metadata'>): string =>
  JSON.stringify({
    position: event.position.toString(), stream: event.stream, revision: Number(event.revision), id: event.id, type: event.type, data: event.data, metadata: event.metadata,
  });
