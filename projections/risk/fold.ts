import type { Recorded } from '../../shared/events/definition.js';
import type { RiskCaseEvent } from '../../shared/events/risk/case-events.js';
import type { RiskRuleEvent } from '../../shared/events/risk/rule-events.js';
import { unreachable } from '../../shared/kernel/decision.js';
import { namedLists } from '../../shared/rules/named-lists.js';
import type { CaseRow, RuleVersionRow } from './tables.js';

/** The rows that a batch is about, as they were; changed in place to what the batch makes of them. */
export type Rows<Row> = Map<string, Row>;

export const keyOf = (id: string, number: number): string => `${id} ${number}`;

export function foldCase(rows: Rows<CaseRow>, { event, revision, metadata }: Recorded<RiskCaseEvent>): void {
  const { caseId: id, round, customerId } = event.data;
  const key = keyOf(id, round);
  if (event.type === 'RiskCaseOpened') {
    rows.set(key, {
      id, round, revision: String(revision), customer_id: customerId, kind: event.data.kind, status: 'open', severity: event.data.severity, assignee: null, escalated: false, snoozed_until: null, alerts: 0,
      opened_at: metadata.recordedAt, last_alert_at: null, outcome: null, closed_at: null, closed_by: null,
    });
    return;
  }
  const row = rows.get(key);
  if (!row) throw new Error(`round ${round} of case ${id} has not been opened`);
  row.revision = String(revision);
  switch (event.type) {
    case 'AlertRaised':
      row.alerts++;
      if (row.last_alert_at === null || new Date(event.data.at) > new Date(row.last_alert_at)) row.last_alert_at = event.data.at;
      return;
    case 'RiskCaseSeverityRaised':
      row.severity = event.data.severity;
      return;
    case 'RiskCaseAssigned':
      row.assignee = event.data.assignee;
      return;
    case 'RiskCaseSnoozed':
      Object.assign(row, { status: 'snoozed', snoozed_until: event.data.until });
      return;
    case 'RiskCaseWoken':
      Object.assign(row, { status: 'open', snoozed_until: null });
      return;
    case 'RiskCaseEscalated':
      row.escalated = true;
      return;
    case 'RiskCaseCommented':
      return;
    case 'RiskCaseClosed':
      Object.assign(row, { status: 'closed', snoozed_until: null, outcome: event.data.outcome, closed_at: metadata.recordedAt, closed_by: metadata.actor.id });
      return;
    default:
      unreachable(event);
  }
}

export function foldRule(rows: Rows<RuleVersionRow>, { event, revision, metadata: { actor, recordedAt } }: Recorded<RiskRuleEvent>): void {
  const { ruleId, version } = event.data;
  if (event.type === 'RiskRuleDrafted') {
    const { name, kind, severity, trigger, cooldown, tree } = event.data.formula;
    rows.set(keyOf(ruleId, version), {
      rule_id: ruleId, version, revision: String(revision), status: 'draft', name, kind, severity, trigger, cooldown: cooldown ?? null, refers_to: namedLists(tree), hash: event.data.hash, drafted_by: actor.id, drafted_at: recordedAt,
      published_by: null, published_at: null, ended_at: null, parked_code: null, parked_cause: null,
    });
    return;
  }
  const row = rows.get(keyOf(ruleId, version));
  if (!row) throw new Error(`version ${version} of rule ${ruleId} has not been drafted`);
  row.revision = String(revision);
  switch (event.type) {
    case 'RiskRuleRevised': {
      const { name, kind, severity, trigger, cooldown, tree } = event.data.formula;
      Object.assign(row, { status: 'draft', name, kind, severity, trigger, cooldown: cooldown ?? null, refers_to: namedLists(tree), hash: event.data.hash });
      return;
    }
    case 'RiskRuleSubmitted':
      row.status = 'submitted';
      return;
    case 'RiskRuleReturned':
      row.status = 'draft';
      return;
    case 'RiskRulePublished':
      for (const other of rows.values()) if (other.rule_id === ruleId && other.status === 'published') Object.assign(other, { status: 'superseded', ended_at: recordedAt });
      Object.assign(row, { status: 'published', published_by: actor.id, published_at: recordedAt });
      return;
    case 'RiskRuleWithdrawn':
      Object.assign(row, { status: 'withdrawn', ended_at: recordedAt });
      return;
    case 'RiskRuleParked':
      Object.assign(row, { parked_code: event.data.code, parked_cause: event.data.cause });
      return;
    case 'RiskRuleResumed':
      Object.assign(row, { parked_code: null, parked_cause: null });
      return;
    default:
      unreachable(event);
  }
}
