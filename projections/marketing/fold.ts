import type { Recorded } from '../../shared/events/definition.js';
import type { SegmentDefinition, SegmentEvent } from '../../shared/events/marketing/segment-events.js';
import { unreachable } from '../../shared/kernel/decision.js';
import { namedLists } from '../../shared/rules/named-lists.js';
import type { SegmentVersionRow } from './tables.js';

/** The rows that a batch is about, as they were; changed in place to what the batch makes of them. */
export type Rows = Map<string, SegmentVersionRow>;

export const keyOf = (segment: string, version: number): string => `${segment} ${version}`;

export function foldSegment(rows: Rows, { event, revision, metadata: { actor, recordedAt } }: Recorded<SegmentEvent>): void {
  const { segmentId, version } = event.data;
  if (event.type === 'SegmentDrafted') {
    rows.set(keyOf(segmentId, version), {
      segment_id: segmentId, version, revision: String(revision), status: 'draft', ...said(event.data.definition), hash: event.data.hash, drafted_by: actor.id, drafted_at: recordedAt,
      published_by: null, published_at: null, ended_at: null, parked_code: null, parked_cause: null,
    });
    return;
  }
  const row = rows.get(keyOf(segmentId, version));
  if (!row) throw new Error(`version ${version} of segment ${segmentId} has not been drafted`);
  row.revision = String(revision);
  switch (event.type) {
    case 'SegmentRevised':
      Object.assign(row, { status: 'draft', ...said(event.data.definition), hash: event.data.hash });
      return;
    case 'SegmentSubmitted':
      row.status = 'submitted';
      return;
    case 'SegmentReturned':
      row.status = 'draft';
      return;
    case 'SegmentPublished':
      for (const other of rows.values()) if (other.segment_id === segmentId && other.status === 'published') Object.assign(other, { status: 'superseded', ended_at: recordedAt });
      Object.assign(row, { status: 'published', published_by: actor.id, published_at: recordedAt });
      return;
    case 'SegmentWithdrawn':
      Object.assign(row, { status: 'withdrawn', ended_at: recordedAt });
      return;
    case 'SegmentParked':
      Object.assign(row, { parked_code: event.data.code, parked_cause: event.data.cause });
      return;
    case 'SegmentResumed':
      Object.assign(row, { parked_code: null, parked_cause: null });
      return;
    default:
      unreachable(event);
  }
}

const said = (definition: SegmentDefinition): Pick<SegmentVersionRow, 'kind' | 'name' | 'refers_to'> =>
  ({ kind: definition.kind, name: definition.name, refers_to: definition.kind === 'list' ? [] : namedLists(definition.tree) });
