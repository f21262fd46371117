import type { Recorded } from '../../shared/events/definition.js';
import { marketingEvents } from '../../shared/events/marketing/events.js';
import type { SegmentMembershipEvent } from '../../shared/events/marketing/membership-events.js';
import type { SegmentDefinition, SegmentEvent } from '../../shared/events/marketing/segment-events.js';
import { rfmVerifier } from './rfm/verify.js';
import { compareRows, jsonText, readRows, timeText, type ReadRows, type TextRow, type VerifiedTable, type Verifier } from '../../shared/read-store/verify.js';

const projection = 'marketing';
const versionsTable: VerifiedTable = {
  projection, table: 'marketing.segment_versions', key: ['segment_id', 'version'],
  columns: {
    segment_id: 'uuid', version: 'int', revision: 'bigint', status: 'text', kind: 'text', name: 'text', refers_to: 'jsonb', hash: 'text', drafted_by: 'text', drafted_at: 'timestamptz',
    published_by: 'text', published_at: 'timestamptz', ended_at: 'timestamptz', parked_code: 'text', parked_cause: 'uuid',
  },
};
const staysTable: VerifiedTable = {
  projection, table: 'marketing.stays', key: ['segment_id', 'entered'],
  columns: {
    segment_id: 'uuid', entered: 'bigint', customer_id: 'uuid', version: 'int', since: 'timestamptz', because: 'text', cause: 'uuid', left_at_revision: 'bigint', until: 'timestamptz', left_because: 'text', left_cause: 'uuid',
  },
};
const types = new Set<string>(marketingEvents.map(({ type }) => type));
type Row = Record<string, string | null>;
type Story = Map<string, Row>;

/** Tells every segment's and stay's story a second time. About 500 bytes are kept for each there ever was. */
export function marketingVerifiers(read: ReadRows): readonly Verifier[] {
  const [versions, stays, open]: [Story, Story, Story] = [new Map(), new Map(), new Map()];
  return [
    rfmVerifier(read),
    {
      take(recorded) {
        const { type } = recorded.event;
        if (!types.has(type)) return undefined;
        if (type === 'CustomerEnteredSegment' || type === 'CustomerLeftSegment') tellStay(stays, open, recorded as Recorded<SegmentMembershipEvent>);
        else if (type.startsWith('Segment')) tellSegment(versions, recorded as Recorded<SegmentEvent>);
        return undefined;
      },
      async *finish() {
        for (const [table, rows] of [[versionsTable, versions], [staysTable, stays]] as const) yield* compareRows(table, rows, (row): TextRow => row, readRows(read, table));
      },
    },
  ];
}

function tellStay(stays: Story, open: Story, { event: { type, data }, revision }: Recorded<SegmentMembershipEvent>): void {
  const { segmentId, customerId, version, at, because, cause } = data;
  const who = `${segmentId}/${customerId}`;
  if (type === 'CustomerLeftSegment') {
    Object.assign(open.get(who) ?? {}, { left_at_revision: String(revision), until: timeText(at), left_because: because, left_cause: cause });
    open.delete(who);
    return;
  }
  const stay: Row = {
    segment_id: segmentId, entered: String(revision), customer_id: customerId, version: String(version), since: timeText(at), because, cause, left_at_revision: null, until: null, left_because: null, left_cause: null,
  };
  stays.set(`${segmentId}/${revision}`, stay);
  open.set(who, stay);
}

function tellSegment(versions: Story, { event, revision, metadata: { recordedAt, actor } }: Recorded<SegmentEvent>): void {
  const { segmentId, version } = event.data;
  const at = timeText(recordedAt);
  const row: Row = { ...versions.get(`${segmentId}/${version}`), revision: String(revision) };
  versions.set(`${segmentId}/${version}`, row);
  switch (event.type) {
    case 'SegmentDrafted':
      Object.assign(row, {
        segment_id: segmentId, version: String(version), drafted_by: actor.id, drafted_at: at, published_by: null, published_at: null, ended_at: null, parked_code: null, parked_cause: null,
        ...saidBy(event.data),
      });
      break;
    case 'SegmentRevised':
      Object.assign(row, saidBy(event.data));
      break;
    case 'SegmentSubmitted':
      row['status'] = 'submitted';
      break;
    case 'SegmentReturned':
      row['status'] = 'draft';
      break;
    case 'SegmentPublished': {
      const before = [...versions.values()].find((one) => one['segment_id'] === segmentId && one['status'] === 'published');
      if (before) Object.assign(before, { status: 'superseded', ended_at: at });
      Object.assign(row, { status: 'published', published_by: actor.id, published_at: at });
      break;
    }
    case 'SegmentWithdrawn':
      Object.assign(row, { status: 'withdrawn', ended_at: at });
      break;
    case 'SegmentParked':
      Object.assign(row, { parked_code: event.data.code, parked_cause: event.data.cause });
      break;
    case 'SegmentResumed':
      Object.assign(row, { parked_code: null, parked_cause: null });
  }
}

const saidBy = ({ definition, hash }: { readonly definition: SegmentDefinition; readonly hash: string }) =>
  ({ status: 'draft', kind: definition.kind, name: definition.name, refers_to: jsonText(definition.kind === 'list' ? [] : namedBy(JSON.stringify(definition.tree))), hash });

/** Every list that a rule names, found in its text. */
const namedBy = (tree: string): string[] => [...new Set([...tree.matchAll(/"list":"([^"]+)"/g)].map(([, id]) => id!))].sort();
