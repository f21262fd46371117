import type { EventMetadata } from '../../../shared/events/definition.js';
import type { RiskCaseEvent } from '../../../shared/events/risk/case-events.js';
import { alertIdOf } from '../cases/cases.js';
import type { Alert } from '../cases/commands.js';
import { caseIdOf, caseRecord, type CaseState } from '../cases/state.js';

export const NOW = new Date('2025-03-01T08:00:00.000Z');
export const CUSTOMER = '0198a7c2-0000-7000-8000-000000000001';
export const RULE = '0198a7c2-0000-7000-8000-0000000000e1';
export const CASE = caseIdOf(CUSTOMER, 'structuring');
/** Whom and what every event of the first round names. */
export const of = { caseId: CASE, customerId: CUSTOMER, round: 1 } as const;

const metadata: EventMetadata = {
  commandId: RULE, $correlationId: RULE, $causationId: RULE, actor: { id: 'zhang', role: 'risk-officer', channel: 'online' }, schemaVersion: 1, recordedAt: NOW.toISOString(),
};

/** About the customer, by rule RULE; each cause is another alert. */
export function alert({ cause = '0198a7c2-0000-7000-8000-0000000000c1', customerId = CUSTOMER, ...more }: Partial<Alert> = {}): Alert {
  return {
    customerId, cause, alertId: alertIdOf(cause, RULE, more.ruleVersion ?? 1, customerId), ruleId: RULE, ruleVersion: 1, kind: 'structuring', severity: 'medium', at: NOW.toISOString(),
    accounts: [], evidence: [cause], trace: [{ node: '', value: true }], ...more,
  };
}

/** The state after further events, all of zhang's and of the same moment. */
export function run(state: CaseState, ...events: readonly (readonly [RiskCaseEvent['type'], object])[]): CaseState {
  return events.reduce((before, [type, data]) =>
    caseRecord.evolve(before, { type, data } as RiskCaseEvent, { id: RULE, stream: `riskcase-${CASE}`, revision: 0n, position: 0n, event: { type, data } as RiskCaseEvent, metadata }), state);
}

export const open = run({ status: 'absent' }, ['RiskCaseOpened', { ...of, kind: 'structuring', severity: 'medium' }], ['AlertRaised', { ...of, ...alert(), muted: false }]);
export const snoozed = run(open, ['RiskCaseSnoozed', { ...of, until: '2025-03-08T08:00:00.000Z', reason: 'salary day' }]);
export const closed = run(open, ['RiskCaseClosed', { ...of, outcome: 'false_positive', reason: 'rent' }]);
