import { readable } from '../../../shared/events/personal.js';
import type { Outcome, RiskCaseEvent } from '../../../shared/events/risk/case-events.js';
import type { Severity } from '../../../shared/events/risk/values.js';
import type { Actor } from '../../../shared/events/definition.js';
import { unreachable } from '../../../shared/kernel/decision.js';
import { createdIdOf } from '../../../shared/kernel/ids.js';
import { defineRecord } from '../../../shared/records/record.js';

/** One case for each customer and kind of alert, for ever: what is opened again is its next round. */
export const caseIdOf = (customerId: string, kind: string): string => createdIdOf(customerId, `risk-case ${kind}`);

interface Round {
  readonly caseId: string;
  readonly customerId: string;
  readonly kind: string;
  readonly round: number;
  readonly severity: Severity;
  /** ISO. */
  readonly openedAt: string;
  /** Of this round. */
  readonly alerts: number;
  /** Who has it; null: nobody yet. */
  readonly assignee: string | null;
  readonly escalated: { readonly by: Actor; readonly at: string; readonly reason: string | 'erased' } | null;
}

export type CaseState =
  | { readonly status: 'absent' }
  | (Round & { readonly status: 'open' })
  | (Round & { readonly status: 'snoozed'; readonly until: string; readonly reason: string | 'erased'; readonly muted: number })
  | (Round & { readonly status: 'closed'; readonly outcome: Outcome; readonly closedBy: Actor; readonly closedAt: string; readonly reason: string | 'erased' });

export type KnownCase = Exclude<CaseState, { status: 'absent' }>;

const text = (value: unknown): string | 'erased' => (value !== undefined && readable(value) ? (value as string) : 'erased');

/** Stream "riskcase-<id>". */
export const caseRecord = defineRecord<CaseState, RiskCaseEvent>({
  name: 'riskcase',
  initial: { status: 'absent' },
  evolve(state, event, { metadata: { actor, recordedAt } }) {
    if (event.type === 'RiskCaseOpened') {
      const { caseId, customerId, kind, round, severity } = event.data;
      return { status: 'open', caseId, customerId, kind, round, severity, openedAt: recordedAt, alerts: 0, assignee: null, escalated: null };
    }
    if (state.status === 'absent') return state;
    switch (event.type) {
      case 'AlertRaised':
        return { ...state, alerts: state.alerts + 1, ...(state.status === 'snoozed' && { muted: state.muted + 1 }) };
      case 'RiskCaseSeverityRaised':
        return { ...state, severity: event.data.severity };
      case 'RiskCaseAssigned':
        return { ...state, assignee: event.data.assignee };
      case 'RiskCaseSnoozed':
        return { ...roundOf(state), status: 'snoozed', until: event.data.until, reason: text(event.data.reason), muted: 0 };
      case 'RiskCaseWoken':
        return { ...roundOf(state), status: 'open' };
      case 'RiskCaseEscalated':
        return { ...state, escalated: { by: actor, at: recordedAt, reason: text(event.data.reason) } };
      case 'RiskCaseCommented':
        return state;
      case 'RiskCaseClosed':
        return { ...roundOf(state), status: 'closed', outcome: event.data.outcome, closedBy: actor, closedAt: recordedAt, reason: text(event.data.reason) };
      default:
        return unreachable(event);
    }
  },
});

/** Without what belonged to the state it was in. */
function roundOf({ caseId, customerId, kind, round, severity, openedAt, alerts, assignee, escalated }: KnownCase): Round {
  return { caseId, customerId, kind, round, severity, openedAt, alerts, assignee, escalated };
}
