import type { Recorded } from '../../shared/events/definition.js';
import type { RiskCaseEvent } from '../../shared/events/risk/case-events.js';
import { riskEvents } from '../../shared/events/risk/events.js';
import type { Formula, RiskRuleEvent } from '../../shared/events/risk/rule-events.js';
import { compareRows, jsonText, readRows, timeText, type ReadRows, type TextRow, type VerifiedTable, type Verifier } from '../../shared/read-store/verify.js';

const projection = 'risk';
const casesTable: VerifiedTable = {
  projection, table: 'risk.cases', key: ['id', 'round'],
  columns: {
    id: 'uuid', round: 'int', revision: 'bigint', customer_id: 'uuid', kind: 'text', status: 'text', severity: 'text', assignee: 'text', escalated: 'boolean', snoozed_until: 'timestamptz', alerts: 'int',
    opened_at: 'timestamptz', last_alert_at: 'timestamptz', outcome: 'text', closed_at: 'timestamptz', closed_by: 'text',
  },
};
const alertsTable: VerifiedTable = {
  projection, table: 'risk.alerts', key: ['id'],
  columns: {
    id: 'uuid', position: 'bigint', revision: 'bigint', case_id: 'uuid', round: 'int', customer_id: 'uuid', rule_id: 'uuid', rule_version: 'int', kind: 'text', severity: 'text', at: 'timestamptz',
    raised_at: 'timestamptz', cause: 'uuid', accounts: 'jsonb', evidence: 'jsonb', muted: 'boolean', told: 'bigint',
  },
};
const rulesTable: VerifiedTable = {
  projection, table: 'risk.rule_versions', key: ['rule_id', 'version'],
  columns: {
    rule_id: 'uuid', version: 'int', revision: 'bigint', status: 'text', name: 'text', kind: 'text', severity: 'text', trigger: 'text', cooldown: 'text', refers_to: 'jsonb', hash: 'text', drafted_by: 'text',
    drafted_at: 'timestamptz', published_by: 'text', published_at: 'timestamptz', ended_at: 'timestamptz', parked_code: 'text', parked_cause: 'uuid',
  },
};
const types = new Set<string>(riskEvents.map(({ type }) => type));
type Story = Map<string, Record<string, string | null>>;

/** Tells every case's, alert's and rule's story a second time. About 1 KB is kept for each there ever was. */
export function riskVerifiers(read: ReadRows): readonly Verifier[] {
  const [cases, alerts, rules]: [Story, Story, Story] = [new Map(), new Map(), new Map()];
  return [
    {
      take(recorded) {
        if (!types.has(recorded.event.type)) return undefined;
        if ('caseId' in (recorded.event.data as object)) tellCase(cases, alerts, recorded as Recorded<RiskCaseEvent>);
        else tellRule(rules, recorded as Recorded<RiskRuleEvent>);
        return undefined;
      },
      async *finish() {
        for (const [table, rows] of [[casesTable, cases], [alertsTable, alerts], [rulesTable, rules]] as const) yield* compareRows(table, rows, (row): TextRow => row, readRows(read, table));
      },
    },
  ];
}

function tellCase(cases: Story, alerts: Story, { event, revision, position, metadata: { recordedAt, actor } }: Recorded<RiskCaseEvent>): void {
  const { caseId, round, customerId } = event.data;
  const key = `${caseId}/${round}`;
  const row = { ...cases.get(key), revision: String(revision) } as Record<string, string | null>;
  cases.set(key, row);
  switch (event.type) {
    case 'RiskCaseOpened':
      Object.assign(row, {
        id: caseId, round: String(round), customer_id: customerId, kind: event.data.kind, status: 'open', severity: event.data.severity, assignee: null, escalated: 'false', snoozed_until: null, alerts: '0',
        opened_at: timeText(recordedAt), last_alert_at: null, outcome: null, closed_at: null, closed_by: null,
      });
      break;
    case 'AlertRaised': {
      const { alertId, ruleId, ruleVersion, kind, severity, at, cause, accounts, evidence, muted } = event.data;
      alerts.set(alertId, {
        id: alertId, position: String(position), revision: String(revision), case_id: caseId, round: String(round), customer_id: customerId, rule_id: ruleId, rule_version: String(ruleVersion), kind, severity,
        at: timeText(at), raised_at: timeText(recordedAt), cause, accounts: jsonText(accounts), evidence: jsonText(evidence), muted: String(muted), told: muted ? null : String(position),
      });
      row['alerts'] = String(Number(row['alerts']) + 1);
      // ISO texts of one form are in the order of their times.
      if (row['last_alert_at'] == null || timeText(at) > row['last_alert_at']) row['last_alert_at'] = timeText(at);
      break;
    }
    case 'RiskCaseSeverityRaised':
      row['severity'] = event.data.severity;
      break;
    case 'RiskCaseAssigned':
      row['assignee'] = event.data.assignee;
      break;
    case 'RiskCaseSnoozed':
      Object.assign(row, { status: 'snoozed', snoozed_until: timeText(event.data.until) });
      break;
    case 'RiskCaseWoken':
      Object.assign(row, { status: 'open', snoozed_until: null });
      for (const alert of alerts.values()) if (alert['case_id'] === caseId && alert['told'] === null) alert['told'] = String(position);
      break;
    case 'RiskCaseEscalated':
      row['escalated'] = 'true';
      break;
    case 'RiskCaseCommented':
      break;
    case 'RiskCaseClosed':
      Object.assign(row, { status: 'closed', snoozed_until: null, outcome: event.data.outcome, closed_at: timeText(recordedAt), closed_by: actor.id });
  }
}

function tellRule(rules: Story, { event, revision, metadata: { recordedAt, actor } }: Recorded<RiskRuleEvent>): void {
  const { ruleId, version } = event.data;
  const key = `${ruleId}/${version}`;
  const at = timeText(recordedAt);
  const row = { ...rules.get(key), revision: String(revision) } as Record<string, string | null>;
  rules.set(key, row);
  switch (event.type) {
    case 'RiskRuleDrafted':
      Object.assign(row, {
        rule_id: ruleId, version: String(version), drafted_by: actor.id, drafted_at: at, published_by: null, published_at: null, ended_at: null, parked_code: null, parked_cause: null,
        ...saidBy(event.data),
      });
      break;
    case 'RiskRuleRevised':
      Object.assign(row, saidBy(event.data));
      break;
    case 'RiskRuleSubmitted':
      row['status'] = 'submitted';
      break;
    case 'RiskRuleReturned':
      row['status'] = 'draft';
      break;
    case 'RiskRulePublished': {
      const before = [...rules.values()].find((one) => one['rule_id'] === ruleId && one['status'] === 'published');
      if (before) Object.assign(before, { status: 'superseded', ended_at: at });
      Object.assign(row, { status: 'published', published_by: actor.id, published_at: at });
      break;
    }
    case 'RiskRuleWithdrawn':
      Object.assign(row, { status: 'withdrawn', ended_at: at });
      break;
    case 'RiskRuleParked':
      Object.assign(row, { parked_code: event.data.code, parked_cause: event.data.cause });
      break;
    case 'RiskRuleResumed':
      Object.assign(row, { parked_code: null, parked_cause: null });
  }
}

const saidBy = ({ formula: { name, kind, severity, trigger, cooldown, tree }, hash }: { readonly formula: Formula; readonly hash: string }) =>
  ({ status: 'draft', name, kind, severity, trigger, cooldown: cooldown ?? null, refers_to: jsonText(namedBy(JSON.stringify(tree))), hash });

/** Every list that a rule names, found in its text. */
const namedBy = (tree: string): string[] => [...new Set([...tree.matchAll(/"list":"([^"]+)"/g)].map(([, id]) => id!))].sort();
