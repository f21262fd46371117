import { HEAD_OFFICE, type Reach } from '../../shared/access/rights.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { SegmentVersionRow } from './tables.js';

/** What is within reach: everything, or the customers of these branches and of this manager. A record that was merged is where its survivor is. */
const reachValues = ({ everything, branches, manager }: Reach): readonly unknown[] => [everything, branches, manager ?? null, HEAD_OFFICE];

/** Of a customer's id; $1 to $4 are `reachValues`. Who reaches nobody but themselves as a customer reaches nothing here. */
const WITHIN = (customer: string): string => `($1::boolean or exists (
  with recursive person as (
    select id, branch, manager, merged_into from customers.customers where id = ${customer}
    union all select next.id, next.branch, next.manager, next.merged_into from person join customers.customers next on next.id = person.merged_into)
  select 1 from person where merged_into is null and (coalesce(branch, $4) = any($2::text[]) or manager = $3)))`;

const iso = (time: Date): string => time.toISOString();

type ListedVersion = Omit<SegmentVersionRow, 'drafted_at' | 'published_at' | 'ended_at'> & { readonly drafted_at: Date; readonly published_at: Date | null; readonly ended_at: Date | null };
export interface SegmentFilter {
  readonly status?: string | undefined;
  readonly kind?: string | undefined;
}

/** By id of the segment, its versions in order. A segment comes whole: pages are of segments. */
export async function findSegments(store: ReadStore, { status, kind }: SegmentFilter, limit: number, after?: string) {
  const rows = await store.query<ListedVersion>(
    `select * from marketing.segment_versions where segment_id in (
       select distinct segment_id from marketing.segment_versions where ($1::text is null or status = $1) and ($2::text is null or kind = $2) and ($3::uuid is null or segment_id > $3) order by segment_id limit $4)
     order by segment_id, version`,
    [status ?? null, kind ?? null, after ?? null, limit + 1],
    'marketing_segments_find',
  );
  const bySegment = new Map<string, ListedVersion[]>();
  for (const row of rows) bySegment.set(row.segment_id, [...(bySegment.get(row.segment_id) ?? []), row]);
  const segments = [...bySegment];
  const page = segments.slice(0, limit);
  return { items: page.map(([id, versions]) => ({ id, kind: versions[0]!.kind, versions: versions.map(versionItem) })), ...(segments.length > limit && { next: page.at(-1)![0] }) };
}

const versionItem = (row: ListedVersion) => ({
  version: row.version, status: row.status, name: row.name, hash: row.hash, draftedBy: row.drafted_by, draftedAt: iso(row.drafted_at), ...(row.published_by !== null && { publishedBy: row.published_by }),
  ...(row.published_at && { publishedAt: iso(row.published_at) }), ...(row.ended_at && { endedAt: iso(row.ended_at) }), ...(row.parked_code !== null && { parked: { code: row.parked_code, cause: row.parked_cause! } }),
});

/** What rules may refer to: those in force, with their names and what they refer to. */
export const segmentsInForce = (store: ReadStore): Promise<readonly Pick<SegmentVersionRow, 'segment_id' | 'name' | 'refers_to'>[]> =>
  store.query(`select segment_id, name, refers_to from marketing.segment_versions where status = 'published'`, [], 'marketing_in_force');

/** Of those in a segment now, or at a moment, the ones within reach, by id. `total`: how many there are of them, on the first page. */
export async function findMembers(store: ReadStore, segment: string, asOf: string | undefined, reach: Reach, limit: number, after?: string) {
  const [at, whom] = [asOf === undefined ? 'until is null and $6::timestamptz is null' : 'since <= $6::timestamptz and (until is null or until > $6::timestamptz)', WITHIN('m.customer_id')];
  const name = asOf === undefined ? 'now' : 'then';
  const values = [...reachValues(reach), segment, asOf ?? null];
  const [rows, counted] = await Promise.all([
    store.query<{ customer_id: string; since: Date; version: number; because: string }>(
      `select customer_id, since, version, because from marketing.stays m where segment_id = $5::uuid and ${at} and ${whom} and ($7::uuid is null or customer_id > $7) order by customer_id limit $8`,
      [...values, after ?? null, limit + 1], `marketing_members_${name}`),
    after === undefined ? store.query<{ total: number }>(`select count(*)::int as total from marketing.stays m where segment_id = $5::uuid and ${at} and ${whom}`, values, `marketing_members_count_${name}`) : [],
  ]);
  const page = rows.slice(0, limit);
  return {
    items: page.map((row) => ({ customer: row.customer_id, since: iso(row.since), version: row.version, because: row.because })),
    ...(counted[0] && { total: counted[0].total }), ...(rows.length > limit && { next: page.at(-1)!.customer_id }),
  };
}

export interface Stay {
  readonly segment: string;
  readonly version: number;
  readonly since: string;
  readonly because: string;
  readonly cause: string;
  /** Where in the segment's stream the entry and, where there is one, the leaving are. */
  readonly entered: bigint;
  readonly left: { readonly at: string; readonly because: string; readonly cause: string; readonly revision: bigint } | null;
}

interface StayRow {
  readonly segment_id: string; readonly version: number; readonly since: Date; readonly because: string; readonly cause: string; readonly entered: string;
  readonly until: Date | null; readonly left_because: string | null; readonly left_cause: string | null; readonly left_at_revision: string | null;
}

const stayOf = (row: StayRow): Stay => ({
  segment: row.segment_id, version: row.version, since: iso(row.since), because: row.because, cause: row.cause, entered: BigInt(row.entered),
  left: row.until === null ? null : { at: iso(row.until), because: row.left_because!, cause: row.left_cause!, revision: BigInt(row.left_at_revision!) },
});

/** The latest; undefined where the customer has never been in. */
export async function latestStay(store: ReadStore, segment: string, customer: string): Promise<Stay | undefined> {
  const [row] = await store.query<StayRow>('select * from marketing.stays where segment_id = $1::uuid and customer_id = $2::uuid order by entered desc limit 1', [segment, customer], 'marketing_latest_stay');
  return row && stayOf(row);
}

/** Those whom a customer is in now, or was at a moment, with their names; by segment. */
export async function segmentsOf(store: ReadStore, customers: readonly string[], asOf: string | undefined) {
  const rows = await store.query<StayRow & { name: string }>(
    `select m.*, v.name from marketing.stays m join marketing.segment_versions v on v.segment_id = m.segment_id and v.version = m.version
     where customer_id = any($1::uuid[]) and since <= coalesce($2::timestamptz, 'infinity') and (until is null or until > $2::timestamptz) order by m.segment_id, m.entered limit 1000`,
    [customers, asOf ?? null], 'marketing_segments_of');
  return rows.map((row) => ({ ...stayOf(row), name: row.name }));
}

/** Where a page of stays ends. */
export type StayPlace = readonly [segment: string, entered: string];

/** All there ever were of these customers, by segment, then in their order. */
export async function staysOf(store: ReadStore, customers: readonly string[], limit: number, after?: StayPlace) {
  const rows = await store.query<StayRow & { name: string }>(
    `select m.*, v.name from marketing.stays m join marketing.segment_versions v on v.segment_id = m.segment_id and v.version = m.version
     where customer_id = any($1::uuid[]) and ($2::uuid is null or (m.segment_id, m.entered) > ($2::uuid, $3::bigint)) order by m.segment_id, m.entered limit $4`,
    [customers, ...(after ?? [null, null]), limit + 1], 'marketing_stays_of');
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map((row) => ({ ...stayOf(row), name: row.name })), ...(rows.length > limit && last && { next: [last.segment_id, last.entered] as const }) };
}

/** What every version of every segment refers to. */
export const referencesOfSegments = (store: ReadStore): Promise<readonly Pick<SegmentVersionRow, 'segment_id' | 'refers_to'>[]> =>
  store.query('select segment_id, refers_to from marketing.segment_versions', [], 'marketing_references');

/** Of the ids, those of customers within reach that are not erased. */
export async function reachedAmong(store: ReadStore, ids: readonly string[], reach: Reach): Promise<ReadonlySet<string>> {
  const rows = await store.query<{ id: string }>(`select c.id from customers.customers c where c.id = any($5::uuid[]) and ${WITHIN('c.id')}`, [...reachValues(reach), ids], 'marketing_reached_among');
  return new Set(rows.map(({ id }) => id));
}
