/** Cases by round, alerts, and rules by version. What people typed, and what a rule saw, stay in the log: nothing here identifies a customer but ids. */
export const tables = `
create table cases (
  id uuid not null,
  round int not null,
  -- Of the round's last event.
  revision bigint not null,
  customer_id uuid not null,
  kind text not null,
  status text not null,
  severity text not null,
  assignee text,
  escalated boolean not null,
  snoozed_until timestamptz,
  alerts int not null,
  opened_at timestamptz not null,
  -- By booking time.
  last_alert_at timestamptz,
  outcome text,
  closed_at timestamptz,
  closed_by text,
  primary key (id, round)
);
create table alerts (
  id uuid primary key,
  position bigint not null,
  revision bigint not null,
  case_id uuid not null,
  round int not null,
  customer_id uuid not null,
  rule_id uuid not null,
  rule_version int not null,
  kind text not null,
  severity text not null,
  at timestamptz not null,
  raised_at timestamptz not null,
  cause uuid not null,
  accounts jsonb not null,
  evidence jsonb not null,
  muted boolean not null,
  -- The log position at which it is told: its own, or that of the end of the snooze that kept it back; null until then.
  told bigint
);
create table rule_versions (
  rule_id uuid not null,
  version int not null,
  -- Of the version's last event.
  revision bigint not null,
  status text not null,
  name text not null,
  kind text not null,
  severity text not null,
  trigger text,
  cooldown text,
  -- Ids of segments.
  refers_to jsonb not null,
  hash text not null,
  drafted_by text not null,
  drafted_at timestamptz not null,
  published_by text,
  published_at timestamptz,
  ended_at timestamptz,
  parked_code text,
  parked_cause uuid,
  primary key (rule_id, version)
);
`;

export const indexes = `
create index on cases (opened_at, id, round);
create index on cases (customer_id);
create index on cases (snoozed_until) where status = 'snoozed';
create unique index on alerts (position);
create index on alerts (told, position) where told is not null;
create index on alerts (case_id) where told is null;
create index on alerts (case_id, position);
create index on alerts (customer_id, position);
create index on alerts (rule_id, rule_version);
`;

export const views = ['cases', 'alerts', 'rule_versions'] as const;

/** The tables' rows as JSON. Times are ISO texts. */
export interface CaseRow {
  id: string; round: number; revision: string; customer_id: string; kind: string; status: 'open' | 'snoozed' | 'closed'; severity: string; assignee: string | null; escalated: boolean;
  snoozed_until: string | null; alerts: number; opened_at: string; last_alert_at: string | null; outcome: string | null; closed_at: string | null; closed_by: string | null;
}
export interface RuleVersionRow {
  rule_id: string; version: number; revision: string; status: 'draft' | 'submitted' | 'published' | 'superseded' | 'withdrawn'; name: string; kind: string; severity: string; trigger: string | null;
  cooldown: string | null; refers_to: readonly string[]; hash: string; drafted_by: string; drafted_at: string; published_by: string | null; published_at: string | null; ended_at: string | null; parked_code: string | null; parked_cause: string | null;
}
