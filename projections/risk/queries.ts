import { HEAD_OFFICE, type Reach } from '../../shared/access/rights.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { CaseRow, RuleVersionRow } from './tables.js';

/** What is within reach: everything, or the customers of these branches and of this manager. A record that was merged is where its survivor is. */
export const reachValues = ({ everything, branches, manager }: Reach): readonly unknown[] => [everything, branches, manager ?? null, HEAD_OFFICE];

/** Of a row with a customer_id; $1 to $4 are `reachValues`. Who reaches nobody but themselves as a customer reaches nothing here. */
export const WITHIN = (row: string): string => `($1::boolean or exists (
  with recursive person as (
    select id, branch, manager, merged_into from customers.customers where id = ${row}.customer_id
    union all select next.id, next.branch, next.manager, next.merged_into from person join customers.customers next on next.id = person.merged_into)
  select 1 from person where merged_into is null and (coalesce(branch, $4) = any($2::text[]) or manager = $3)))`;

export interface CaseFilter {
  readonly status?: string | undefined;
  readonly kind?: string | undefined;
  readonly severity?: string | undefined;
  readonly assignee?: string | undefined;
  /** Of one person: what was said under an id stays there when the record is merged into another. */
  readonly customers?: readonly string[] | undefined;
}
/** The last row of a page: when it was opened (microseconds, as text), its id and round. */
export type CasePlace = readonly [string, string, number];

type ListedCase = Omit<CaseRow, 'opened_at' | 'last_alert_at' | 'closed_at' | 'snoozed_until'> & {
  readonly opened_at: Date; readonly last_alert_at: Date | null; readonly closed_at: Date | null; readonly snoozed_until: Date | null; readonly opened: string;
};

/** Every round is a line; those opened last first. */
export async function findCases(store: ReadStore, filter: CaseFilter, reach: Reach, limit: number, after?: CasePlace) {
  const rows = await store.query<ListedCase>(
    `select k.*, k.opened_at::text as opened from risk.cases k
     where ${WITHIN('k')} and ($5::text is null or status = $5) and ($6::text is null or kind = $6) and ($7::text is null or severity = $7) and ($8::text is null or assignee = $8)
       and ($9::uuid[] is null or customer_id = any($9)) and ($10::timestamptz is null or (opened_at, id, round) < ($10::timestamptz, $11::uuid, $12::int))
     order by opened_at desc, id desc, round desc limit $13`,
    [...reachValues(reach), filter.status ?? null, filter.kind ?? null, filter.severity ?? null, filter.assignee ?? null, filter.customers ?? null, ...(after ?? [null, null, null]), limit + 1],
    'risk_cases_find',
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(caseItem), ...(rows.length > limit && last && { next: [last.opened, last.id, last.round] as const }) };
}

const iso = (time: Date): string => time.toISOString();

const caseItem = (row: ListedCase) => ({
  id: row.id, round: row.round, revision: Number(row.revision), customer: row.customer_id, kind: row.kind, status: row.status, severity: row.severity, escalated: row.escalated, alerts: row.alerts,
  openedAt: iso(row.opened_at), ...(row.assignee !== null && { assignee: row.assignee }), ...(row.snoozed_until && { snoozedUntil: iso(row.snoozed_until) }),
  ...(row.last_alert_at && { lastAlertAt: iso(row.last_alert_at) }), ...(row.outcome !== null && { outcome: row.outcome }), ...(row.closed_at && { closedAt: iso(row.closed_at) }),
  ...(row.closed_by !== null && { closedBy: row.closed_by }),
});

export interface AlertFilter {
  readonly case?: string | undefined;
  /** Of one person: what was said under an id stays there when the record is merged into another. */
  readonly customers?: readonly string[] | undefined;
  readonly rule?: string | undefined;
  readonly kind?: string | undefined;
  readonly severity?: string | undefined;
}

export interface AlertRow {
  readonly id: string;
  readonly position: string;
  readonly revision: string;
  readonly case_id: string;
  readonly round: number;
  readonly customer_id: string;
  readonly rule_id: string;
  readonly rule_version: number;
  readonly kind: string;
  readonly severity: string;
  readonly at: Date;
  readonly raised_at: Date;
  readonly cause: string;
  readonly accounts: string[];
  readonly evidence: string[];
  readonly muted: boolean;
}

/** Newest first, by log position. */
export async function findAlerts(store: ReadStore, filter: AlertFilter, reach: Reach, limit: number, before?: string) {
  const rows = await store.query<AlertRow>(
    `select a.* from risk.alerts a
     where ${WITHIN('a')} and ($5::uuid is null or case_id = $5) and ($6::uuid[] is null or customer_id = any($6)) and ($7::uuid is null or rule_id = $7) and ($8::text is null or kind = $8)
       and ($9::text is null or severity = $9) and ($10::bigint is null or position < $10)
     order by position desc limit $11`,
    [...reachValues(reach), filter.case ?? null, filter.customers ?? null, filter.rule ?? null, filter.kind ?? null, filter.severity ?? null, before ?? null, limit + 1],
    'risk_alerts_find',
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(alertItem), ...(rows.length > limit && last && { next: last.position }) };
}

/** Where in its case's stream an alert is. */
export async function revisionOfAlert(store: ReadStore, caseId: string, alertId: string): Promise<bigint | undefined> {
  const [row] = await store.query<{ revision: string }>('select revision from risk.alerts where id = $1::uuid and case_id = $2::uuid', [alertId, caseId], 'risk_alert_revision');
  return row && BigInt(row.revision);
}

export const alertItem = (row: AlertRow) => ({
  id: row.id, position: row.position, case: row.case_id, round: row.round, customer: row.customer_id, rule: row.rule_id, version: row.rule_version, kind: row.kind, severity: row.severity,
  at: iso(row.at), raisedAt: iso(row.raised_at), cause: row.cause, accounts: row.accounts, facts: row.evidence, muted: row.muted,
});

type ListedVersion = Omit<RuleVersionRow, 'drafted_at' | 'published_at' | 'ended_at'> & { readonly drafted_at: Date; readonly published_at: Date | null; readonly ended_at: Date | null };

/** By id of the rule, its versions in order. A rule comes whole: pages are of rules. */
export async function findRules(store: ReadStore, { status, kind }: { readonly status?: string | undefined; readonly kind?: string | undefined }, limit: number, after?: string) {
  const rows = await store.query<ListedVersion>(
    `select * from risk.rule_versions where rule_id in (
       select distinct rule_id from risk.rule_versions where ($1::text is null or status = $1) and ($2::text is null or kind = $2) and ($3::uuid is null or rule_id > $3) order by rule_id limit $4)
     order by rule_id, version`,
    [status ?? null, kind ?? null, after ?? null, limit + 1],
    'risk_rules_find',
  );
  const byRule = new Map<string, ListedVersion[]>();
  for (const row of rows) byRule.set(row.rule_id, [...(byRule.get(row.rule_id) ?? []), row]);
  const rules = [...byRule];
  const page = rules.slice(0, limit);
  return { items: page.map(([id, versions]) => ({ id, versions: versions.map(versionItem) })), ...(rules.length > limit && { next: page.at(-1)![0] }) };
}

const versionItem = (row: ListedVersion) => ({
  version: row.version, status: row.status, name: row.name, kind: row.kind, severity: row.severity, hash: row.hash, draftedBy: row.drafted_by, draftedAt: iso(row.drafted_at),
  ...(row.trigger !== null && { trigger: row.trigger }), ...(row.cooldown !== null && { cooldown: row.cooldown }), ...(row.published_by !== null && { publishedBy: row.published_by }),
  ...(row.published_at && { publishedAt: iso(row.published_at) }), ...(row.ended_at && { endedAt: iso(row.ended_at) }), ...(row.parked_code !== null && { parked: { code: row.parked_code, cause: row.parked_cause! } }),
});

/** The rules in force that ask for segments. */
export const rulesAskingForSegments = (store: ReadStore): Promise<readonly Pick<RuleVersionRow, 'rule_id' | 'refers_to'>[]> =>
  store.query(`select rule_id, refers_to from risk.rule_versions where status = 'published' and refers_to <> '[]'`, [], 'risk_rules_asking_for_segments');

/** The segments that any version of any rule has ever asked for. */
export async function segmentsAskedFor(store: ReadStore): Promise<readonly string[]> {
  const rows = await store.query<{ segment: string }>('select distinct jsonb_array_elements_text(refers_to) as segment from risk.rule_versions', [], 'risk_segments_asked_for');
  return rows.map(({ segment }) => segment);
}

/** Of each version that raised an alert within reach: its alerts, the rounds of cases that they went to, and what became of these. */
export async function precisionOfRules(store: ReadStore, reach: Reach, rule: string | undefined) {
  const rows = await store.query<{ rule_id: string; rule_version: number; alerts: number; open: number; confirmed_risk: number; valuable_alert: number; false_positive: number }>(
    `select a.rule_id, a.rule_version, sum(a.alerts)::int as alerts, count(*) filter (where outcome is null)::int as open, count(*) filter (where outcome = 'confirmed_risk')::int as confirmed_risk,
       count(*) filter (where outcome = 'valuable_alert')::int as valuable_alert, count(*) filter (where outcome = 'false_positive')::int as false_positive
     from (select rule_id, rule_version, case_id, round, customer_id, count(*) as alerts from risk.alerts where $5::uuid is null or rule_id = $5 group by 1, 2, 3, 4, 5) a
     join risk.cases k on k.id = a.case_id and k.round = a.round
     where ${WITHIN('a')} group by a.rule_id, a.rule_version order by a.rule_id, a.rule_version limit 1000`,
    [...reachValues(reach), rule ?? null],
    'risk_precision',
  );
  return rows.map((row) => {
    const closed = row.confirmed_risk + row.valuable_alert + row.false_positive;
    return {
      rule: row.rule_id, version: row.rule_version, alerts: row.alerts, cases: { open: row.open, confirmedRisk: row.confirmed_risk, valuableAlert: row.valuable_alert, falsePositive: row.false_positive },
      ...(closed > 0 && { precision: ((row.confirmed_risk + row.valuable_alert) / closed).toFixed(4) }),
    };
  });
}

/** Of a case, in its latest round. */
export async function assigneeOf(store: ReadStore, caseId: string): Promise<string | null> {
  const [row] = await store.query<{ assignee: string | null }>('select assignee from risk.cases where id = $1::uuid order by round desc limit 1', [caseId], 'risk_assignee_of');
  return row?.assignee ?? null;
}

/** Whether a case of any of the customers is not closed. */
export async function hasOpenCase(store: ReadStore, customers: readonly string[]): Promise<boolean> {
  const [row] = await store.query<{ open: boolean }>(`select exists (select 1 from risk.cases where customer_id = any($1::uuid[]) and status <> 'closed') as open`, [customers], 'risk_has_open_case');
  return row?.open ?? false;
}

/** For the clock: snoozed cases whose time is up. A row may be behind; then the log says that nothing is to be done. */
export async function dueSnoozes(store: ReadStore, now: Date): Promise<string[]> {
  const rows = await store.query<{ id: string }>(`select id from risk.cases where status = 'snoozed' and snoozed_until <= $1 order by snoozed_until limit 1000`, [now.toISOString()], 'risk_due_snoozes').catch(noneYet);
  return rows.map(({ id }) => id);
}

/** Before the first build of the read model there is no such table, and nothing to be done. */
function noneYet(error: unknown): [] {
  if (['42P01', '3F000'].includes((error as { code?: string }).code ?? '')) return [];
  throw error;
}
