/** Segments by version, and who was in which from when to when. Traces stay in the log: nothing here identifies a customer but ids. */
export const tables = `
create table segment_versions (
  segment_id uuid not null,
  version int not null,
  -- Of the version's last event.
  revision bigint not null,
  status text not null,
  kind text not null,
  name text not null,
  -- The segments that its rule refers to.
  refers_to jsonb not null,
  hash text not null,
  drafted_by text not null,
  drafted_at timestamptz not null,
  published_by text,
  published_at timestamptz,
  ended_at timestamptz,
  parked_code text,
  parked_cause uuid,
  primary key (segment_id, version)
);
create table stays (
  segment_id uuid not null,
  -- Revision of the entry in the segment's stream of memberships.
  entered bigint not null,
  customer_id uuid not null,
  version int not null,
  since timestamptz not null,
  because text not null,
  cause uuid not null,
  -- Revision of the leaving; null: still in.
  left_at_revision bigint,
  until timestamptz,
  left_because text,
  left_cause uuid,
  primary key (segment_id, entered)
);
`;

export const indexes = `
create unique index on stays (segment_id, customer_id) where until is null;
create index on stays (segment_id, customer_id, since);
create index on stays (customer_id, segment_id);
`;

export const views = ['segment_versions', 'stays'] as const;

/** The tables' rows as JSON. Times are ISO texts. */
export interface SegmentVersionRow {
  segment_id: string; version: number; revision: string; status: 'draft' | 'submitted' | 'published' | 'superseded' | 'withdrawn'; kind: 'dynamic' | 'list'; name: string; refers_to: readonly string[]; hash: string;
  drafted_by: string; drafted_at: string; published_by: string | null; published_at: string | null; ended_at: string | null; parked_code: string | null; parked_cause: string | null;
}
