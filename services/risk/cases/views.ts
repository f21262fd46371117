import type { z } from 'zod';
import type { DataClass, Views } from '../../../shared/access/data-classes.js';
import type { Recorded } from '../../../shared/events/definition.js';
import { readable } from '../../../shared/events/personal.js';
import type { RiskCaseEvent } from '../../../shared/events/risk/case-events.js';
import type { Loaded } from '../../../shared/records/record.js';
import type { alertSchema, caseSchema, caseStepSchema } from './bodies.js';
import type { KnownCase } from './state.js';

export function caseView({ state, revision }: Loaded<KnownCase>): z.output<typeof caseSchema> {
  const { caseId: id, customerId: customer, kind, round, status, severity, openedAt, alerts, assignee, escalated } = state;
  return {
    id, revision: Number(revision), customer, kind, round, status, severity, openedAt, alerts,
    ...(assignee !== null && { assignee }), ...(escalated && { escalated }),
    ...(state.status === 'snoozed' && { snoozed: { until: state.until, reason: state.reason, muted: state.muted } }),
    ...(state.status === 'closed' && { closed: { outcome: state.outcome, by: state.closedBy, at: state.closedAt, reason: state.reason } }),
  };
}

const typed = (value: unknown): string => (readable(value) ? (value as string) : 'erased');

/** One event of a case as staff read it. */
export function caseStep({ event, revision, position, metadata: { recordedAt, actor, approver } }: Recorded<RiskCaseEvent>): z.output<typeof caseStepSchema> {
  const { data } = event;
  return {
    revision: Number(revision), position: position.toString(), recordedAt, type: event.type, round: data.round, customer: data.customerId, actor, ...(approver && { approver }),
    ...(event.type === 'AlertRaised' && { alert: { id: event.data.alertId, rule: event.data.ruleId, version: event.data.ruleVersion, at: event.data.at, muted: event.data.muted } }),
    ...('severity' in data && { severity: data.severity }), ...('assignee' in data && { assignee: data.assignee }), ...('until' in data && { until: data.until }),
    ...('outcome' in data && { outcome: data.outcome }), ...('reason' in data && { reason: typed(data.reason) }), ...('text' in data && { text: typed(data.text) }),
  };
}

/** What rules look at: a trace holds values of all of these, so it is shown whole to who sees all of them in clear, and to nobody else. */
const TRACED: readonly DataClass[] = ['identity', 'employment', 'income', 'balances', 'movements'];
export const classesOfTrace = (views: Views): readonly DataClass[] | undefined => (TRACED.every((one) => views[one] === 'clear') ? TRACED : undefined);

export function alertView({ event: { data }, position, metadata }: Recorded<Extract<RiskCaseEvent, { type: 'AlertRaised' }>>, withTrace: boolean): z.output<typeof alertSchema> {
  const { alertId: id, caseId, round, customerId: customer, ruleId: rule, ruleVersion: version, kind, severity, at, cause, accounts, evidence, muted, trace } = data;
  return {
    id, position: position.toString(), recordedAt: metadata.recordedAt, case: caseId, round, customer, rule, version, kind, severity, at, cause, accounts, facts: evidence, muted,
    ...(withTrace && { trace: readable(trace) ? trace : 'erased' }),
  };
}
