import { z } from 'zod';
import { defineEvent, type EventOf } from '../definition.js';
import { personal } from '../personal.js';
import { idSchema, timeSchema } from '../values.js';
import { alertKindSchema, MOST_ACCOUNTS, MOST_EVIDENCE, MOST_TRACE, severitySchema, versionSchema } from './values.js';

const module = 'risk';
/** Every event says of whom it is, so that whoever reads one alone knows. Rounds count from 1: a case that was closed is opened anew by the next alert. */
const ofCase = { caseId: idSchema, customerId: idSchema, round: z.int().min(1) };
const reason = personal(z.string().min(1).max(500));
const actorId = z.string().min(1).max(64);

export const OUTCOMES = ['confirmed_risk', 'valuable_alert', 'false_positive'] as const;
export const outcomeSchema = z.enum(OUTCOMES);
export type Outcome = z.output<typeof outcomeSchema>;

export const RiskCaseOpened = defineEvent({ module, type: 'RiskCaseOpened', shape: { ...ofCase, kind: alertKindSchema, severity: severitySchema } });

/** One node of the rule, as it was evaluated. */
const traceSchema = z.array(z.record(z.string(), z.unknown())).max(MOST_TRACE);
export type Trace = z.output<typeof traceSchema>;

/**
 * A rule held of a customer. `at`: the booking time at which it did; `cause`: the event, or the due time, that made it hold; `accounts`: the scope;
 * `evidence`: the facts that made it hold, the latest where they are too many; `muted`: the case was snoozed, nobody is told.
 */
export const AlertRaised = defineEvent({
  module, type: 'AlertRaised',
  shape: {
    ...ofCase, alertId: idSchema, ruleId: idSchema, ruleVersion: versionSchema, kind: alertKindSchema, severity: severitySchema, at: timeSchema, cause: idSchema,
    accounts: z.array(idSchema).max(MOST_ACCOUNTS), evidence: z.array(z.string().min(1).max(100)).max(MOST_EVIDENCE), trace: personal(traceSchema), muted: z.boolean(),
  },
});
export const RiskCaseSeverityRaised = defineEvent({ module, type: 'RiskCaseSeverityRaised', shape: { ...ofCase, severity: severitySchema } });
/** null: nobody's any more. */
export const RiskCaseAssigned = defineEvent({ module, type: 'RiskCaseAssigned', shape: { ...ofCase, assignee: actorId.nullable() } });
export const RiskCaseSnoozed = defineEvent({ module, type: 'RiskCaseSnoozed', shape: { ...ofCase, until: timeSchema, reason } });
/** By somebody, or because its time was up; `muted`: how many alerts came meanwhile. */
export const RiskCaseWoken = defineEvent({ module, type: 'RiskCaseWoken', shape: { ...ofCase, muted: z.int().min(0) } });
export const RiskCaseEscalated = defineEvent({ module, type: 'RiskCaseEscalated', shape: { ...ofCase, reason } });
export const RiskCaseCommented = defineEvent({ module, type: 'RiskCaseCommented', shape: { ...ofCase, text: personal(z.string().min(1).max(2_000)) } });
/** Without a reason only where the customer has been erased: there is no key any more under which it could be sealed. */
export const RiskCaseClosed = defineEvent({ module, type: 'RiskCaseClosed', shape: { ...ofCase, outcome: outcomeSchema, reason: reason.optional() } });

export const riskCaseEvents = [
  RiskCaseOpened, AlertRaised, RiskCaseSeverityRaised, RiskCaseAssigned, RiskCaseSnoozed, RiskCaseWoken, RiskCaseEscalated, RiskCaseCommented, RiskCaseClosed,
] as const;
export type RiskCaseEvent = EventOf<(typeof riskCaseEvents)[number]>;
