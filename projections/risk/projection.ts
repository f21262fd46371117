import type { Recorded } from '../../shared/events/definition.js';
import { topicOf } from '../../shared/events/registry.js';
import { riskCaseEvents, type RiskCaseEvent } from '../../shared/events/risk/case-events.js';
import { riskEvents } from '../../shared/events/risk/events.js';
import type { RiskRuleEvent } from '../../shared/events/risk/rule-events.js';
import type { Projection, ReadTransaction } from '../../shared/read-store/projection.js';
import { foldCase, foldRule, keyOf } from './fold.js';
import { indexes, tables, views, type CaseRow, type RuleVersionRow } from './tables.js';

const ofCases = new Set<string>(riskCaseEvents.map(({ type }) => type));

/** Cases, alerts and rules for lists and for the stream. */
export const riskProjection: Projection = {
  name: 'risk',
  version: 1,
  topics: [topicOf('risk')],
  handles: riskEvents.map(({ type }) => type),
  ignores: [],
  opens: false,
  tables,
  indexes,
  views,
  async apply(tx, events) {
    const cases = events.filter(({ event }) => ofCases.has(event.type)) as Recorded<RiskCaseEvent>[];
    const rules = events.filter(({ event }) => !ofCases.has(event.type)) as Recorded<RiskRuleEvent>[];
    if (cases.length > 0) await applyCases(tx, cases);
    if (rules.length > 0) await applyRules(tx, rules);
  },
};

async function applyCases(tx: ReadTransaction, events: readonly Recorded<RiskCaseEvent>[]): Promise<void> {
  const ids = [...new Set(events.map(({ event }) => event.data.caseId))];
  const found = await tx.query<{ row: CaseRow }>('select to_jsonb(cases) as row from cases where id = any($1::uuid[])', [ids], 'risk_cases_load');
  const rows = new Map(found.map(({ row }) => [keyOf(row.id, row.round), row]));
  for (const event of events) foldCase(rows, event);
  const changed = new Set(events.map(({ event }) => keyOf(event.data.caseId, event.data.round)));
  await tx.query(
    `insert into cases select * from jsonb_populate_recordset(null::cases, $1::jsonb)
     on conflict (id, round) do update set (revision, status, severity, assignee, escalated, snoozed_until, alerts, last_alert_at, outcome, closed_at, closed_by)
       = (excluded.revision, excluded.status, excluded.severity, excluded.assignee, excluded.escalated, excluded.snoozed_until, excluded.alerts, excluded.last_alert_at, excluded.outcome, excluded.closed_at, excluded.closed_by)`,
    [JSON.stringify([...changed].map((key) => rows.get(key)))],
    'risk_cases_store',
  );
  const alerts = events.flatMap(({ event, position, revision, metadata }) => (event.type === 'AlertRaised' ? [alertRow(event.data, position, revision, metadata.recordedAt)] : []));
  if (alerts.length > 0) await tx.query('insert into alerts select * from jsonb_populate_recordset(null::alerts, $1::jsonb)', [JSON.stringify(alerts)], 'risk_alerts_insert');
  const woken = events.filter(({ event }) => event.type === 'RiskCaseWoken');
  if (woken.length > 0) await tellMuted(tx, woken);
}

function alertRow(data: Extract<RiskCaseEvent, { type: 'AlertRaised' }>['data'], position: bigint, revision: bigint, raisedAt: string) {
  const { alertId, caseId, round, customerId, ruleId, ruleVersion, kind, severity, at, cause, accounts, evidence, muted } = data;
  return {
    id: alertId, position: String(position), revision: String(revision), case_id: caseId, round, customer_id: customerId, rule_id: ruleId, rule_version: ruleVersion, kind, severity, at, raised_at: raisedAt, cause,
    accounts, evidence, muted, told: muted ? null : String(position),
  };
}

/** What a snooze kept back is told when it ends. */
async function tellMuted(tx: ReadTransaction, woken: readonly Recorded<RiskCaseEvent>[]): Promise<void> {
  await tx.query(
    `update alerts set told = (select min(w.position) from unnest($1::uuid[], $2::bigint[]) as w(case_id, position) where w.case_id = alerts.case_id and w.position > alerts.position)
     where told is null and case_id = any($1::uuid[])`,
    [woken.map(({ event }) => event.data.caseId), woken.map(({ position }) => position.toString())],
    'risk_alerts_tell',
  );
}

async function applyRules(tx: ReadTransaction, events: readonly Recorded<RiskRuleEvent>[]): Promise<void> {
  const ids = [...new Set(events.map(({ event }) => event.data.ruleId))];
  const found = await tx.query<{ row: RuleVersionRow }>('select to_jsonb(rule_versions) as row from rule_versions where rule_id = any($1::uuid[])', [ids], 'risk_rules_load');
  const rows = new Map(found.map(({ row }) => [keyOf(row.rule_id, row.version), row]));
  for (const event of events) foldRule(rows, event);
  await tx.query(
    `insert into rule_versions select * from jsonb_populate_recordset(null::rule_versions, $1::jsonb)
     on conflict (rule_id, version) do update set (revision, status, name, kind, severity, trigger, cooldown, refers_to, hash, published_by, published_at, ended_at, parked_code, parked_cause)
       = (excluded.revision, excluded.status, excluded.name, excluded.kind, excluded.severity, excluded.trigger, excluded.cooldown, excluded.refers_to, excluded.hash, excluded.published_by, excluded.published_at, excluded.ended_at,
          excluded.parked_code, excluded.parked_cause)`,
    [JSON.stringify([...rows.values()])],
    'risk_rules_store',
  );
}
