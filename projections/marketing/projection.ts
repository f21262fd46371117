import type { Recorded } from '../../shared/events/definition.js';
import { rfmEvents, type RfmEvent } from '../../shared/events/marketing/rfm-events.js';
import { marketingEvents } from '../../shared/events/marketing/events.js';
import { segmentMembershipEvents, type SegmentMembershipEvent } from '../../shared/events/marketing/membership-events.js';
import { segmentListEvents, segmentRecordEvents, type SegmentEvent } from '../../shared/events/marketing/segment-events.js';
import { topicOf } from '../../shared/events/registry.js';
import type { Projection, ReadTransaction } from '../../shared/read-store/projection.js';
import { foldSegment, keyOf } from './fold.js';
import { applyRuns } from './rfm/apply.js';
import { rfmIndexes, rfmTables, rfmViews } from './rfm/tables.js';
import { indexes, tables, views, type SegmentVersionRow } from './tables.js';

const typesOf = (definitions: readonly { readonly type: string }[]): Set<string> => new Set(definitions.map(({ type }) => type));
const [ofSegments, ofMembers, ofRuns, ofLists] = [typesOf(segmentRecordEvents), typesOf(segmentMembershipEvents), typesOf(rfmEvents), typesOf(segmentListEvents)];

/** Segments for lists, who was in which from when to when, and who was rated how by which run. */
export const marketingProjection: Projection = {
  name: 'marketing',
  version: 2,
  topics: [topicOf('marketing')],
  handles: marketingEvents.map(({ type }) => type).filter((type) => !ofLists.has(type)),
  // Who was uploaded is in when the evaluation says so.
  ignores: [...ofLists],
  opens: false,
  tables: `${tables}${rfmTables}`,
  indexes: `${indexes}${rfmIndexes}`,
  views: [...views, ...rfmViews],
  async apply(tx, events) {
    const segments = events.filter(({ event }) => ofSegments.has(event.type)) as Recorded<SegmentEvent>[];
    const members = events.filter(({ event }) => ofMembers.has(event.type)) as Recorded<SegmentMembershipEvent>[];
    if (segments.length > 0) await applySegments(tx, segments);
    if (members.length > 0) await applyMembers(tx, members);
    const runs = events.filter(({ event }) => ofRuns.has(event.type)) as Recorded<RfmEvent>[];
    if (runs.length > 0) await applyRuns(tx, runs);
  },
};

async function applySegments(tx: ReadTransaction, events: readonly Recorded<SegmentEvent>[]): Promise<void> {
  const ids = [...new Set(events.map(({ event }) => event.data.segmentId))];
  const found = await tx.query<{ row: SegmentVersionRow }>('select to_jsonb(segment_versions) as row from segment_versions where segment_id = any($1::uuid[])', [ids], 'marketing_segments_load');
  const rows = new Map(found.map(({ row }) => [keyOf(row.segment_id, row.version), row]));
  for (const event of events) foldSegment(rows, event);
  await tx.query(
    `insert into segment_versions select * from jsonb_populate_recordset(null::segment_versions, $1::jsonb)
     on conflict (segment_id, version) do update set (revision, status, kind, name, refers_to, hash, published_by, published_at, ended_at, parked_code, parked_cause)
       = (excluded.revision, excluded.status, excluded.kind, excluded.name, excluded.refers_to, excluded.hash, excluded.published_by, excluded.published_at, excluded.ended_at, excluded.parked_code, excluded.parked_cause)`,
    [JSON.stringify([...rows.values()])],
    'marketing_segments_store',
  );
}

/** A stay begins and ends by an event each; one that does both within a batch is written whole. */
async function applyMembers(tx: ReadTransaction, events: readonly Recorded<SegmentMembershipEvent>[]): Promise<void> {
  const begun = new Map<string, Record<string, unknown>>();
  const ended: Record<string, unknown>[] = [];
  for (const { event: { type, data }, revision } of events) {
    const { segmentId, customerId, version, at, because, cause } = data;
    const key = `${segmentId} ${customerId}`;
    if (type === 'CustomerEnteredSegment') {
      // The one before it has its end already.
      const before = begun.get(key);
      if (before) begun.set(`${key} ${String(before['entered'])}`, before);
      begun.set(key, { segment_id: segmentId, entered: String(revision), customer_id: customerId, version, since: at, because, cause, left_at_revision: null, until: null, left_because: null, left_cause: null });
      continue;
    }
    const end = { left_at_revision: String(revision), until: at, left_because: because, left_cause: cause };
    const open = begun.get(key);
    if (open && open['until'] === null) Object.assign(open, end);
    else ended.push({ segment_id: segmentId, customer_id: customerId, ...end });
  }
  if (ended.length > 0)
    await tx.query(
      `update stays s set left_at_revision = e.left_at_revision, until = e.until, left_because = e.left_because, left_cause = e.left_cause
       from jsonb_to_recordset($1::jsonb) as e(segment_id uuid, customer_id uuid, left_at_revision bigint, until timestamptz, left_because text, left_cause uuid)
       where s.segment_id = e.segment_id and s.customer_id = e.customer_id and s.until is null`,
      [JSON.stringify(ended)], 'marketing_stays_end',
    );
  if (begun.size > 0) await tx.query('insert into stays select * from jsonb_populate_recordset(null::stays, $1::jsonb)', [JSON.stringify([...begun.values()])], 'marketing_stays_begin');
}
