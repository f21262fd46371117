import type { BusEvent } from '../../shared/event-bus/port.js';
import type { ReadTransaction } from '../../shared/read-store/projection.js';

/** An event set aside with its stream: later ones of the stream follow it there, in order. Its data is as sealed as in the log. */
export interface Parked {
  readonly event: BusEvent;
  readonly reason: string;
}

export interface ParkedStream {
  readonly stream: string;
  readonly topic: string;
  readonly events: number;
  readonly firstRevision: bigint;
  /** Why the first one was set aside. */
  readonly reason: string;
}

export async function saveParked(tx: ReadTransaction, projection: string, build: number, parked: readonly Parked[]): Promise<void> {
  for (const { event, reason } of parked)
    await tx.query(
      `INSERT INTO projector.parked (projection, build, topic, stream, revision, position, id, type, data, metadata, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
      [projection, build, event.topic, event.stream, event.revision.toString(), event.position.toString(), event.id, event.type,
        JSON.stringify(event.data), JSON.stringify(event.metadata), reason]);
}

/** The stream's events in order, for another try. */
export async function takeParked(tx: ReadTransaction, projection: string, build: number, stream: string): Promise<BusEvent[]> {
  const rows = await tx.query<ParkedRow>(
    `DELETE FROM projector.parked WHERE projection = $1 AND build = $2 AND stream = $3
     RETURNING topic, stream, revision, position, id, type, data, metadata`, [projection, build, stream]);
  const events = rows.map((row): BusEvent => ({
    kind: 'event', topic: row.topic, key: row.stream, id: row.id, type: row.type, stream: row.stream,
    revision: BigInt(row.revision), position: BigInt(row.position), data: row.data, metadata: row.metadata,
  }));
  return events.sort((a, b) => (a.revision < b.revision ? -1 : 1));
}

export async function parkedStreams(query: ReadTransaction['query'], projection: string, build: number): Promise<ParkedStream[]> {
  const rows = await query<{ stream: string; topic: string; events: string; first: string; reason: string }>(
    `SELECT stream, min(topic) AS topic, count(*) AS events, min(revision) AS first, (array_agg(reason ORDER BY revision))[1] AS reason
     FROM projector.parked WHERE projection = $1 AND build = $2 GROUP BY stream ORDER BY stream`, [projection, build]);
  return rows.map(({ stream, topic, events, first, reason }) => ({ stream, topic, events: Number(events), firstRevision: BigInt(first), reason }));
}

interface ParkedRow {
  readonly topic: string;
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: object;
}
