import { z } from 'zod';
import { classified, internal, subjectId } from '../../../shared/access/classified.js';
import { outcomeSchema } from '../../../shared/events/risk/case-events.js';
import { severitySchema } from '../../../shared/events/risk/values.js';
import { momentSchema } from '../../../shared/http/moments.js';

const reason = z.string().trim().min(1).max(500);
export const assignmentBody = z.strictObject({ assignee: z.string().min(1).max(64).nullable().meta({ description: 'A member of staff who may work on this customer\'s cases; null: nobody' }) });
export const snoozeBody = z.strictObject({ until: momentSchema.meta({ description: 'At most 90 days from now' }), reason });
export const reasonBody = z.strictObject({ reason });
export const commentBody = z.strictObject({ text: z.string().trim().min(1).max(2_000) });
export const closingBody = z.strictObject({ outcome: outcomeSchema, reason });

const code = internal(z.string());
const time = z.iso.datetime();
const typed = classified(z.string(), 'free-text');
const actor = z.object({ id: code, role: code, branch: code.optional(), channel: code, actingAs: code.optional() });

export const caseSchema = z.object({
  id: z.uuid(), revision: z.int(), customer: subjectId(z.string(), 'customer'), kind: code, round: z.int(), status: z.enum(['open', 'snoozed', 'closed']), severity: severitySchema,
  openedAt: time, alerts: z.int().meta({ description: 'Of this round' }), assignee: code.optional(),
  escalated: z.object({ by: actor, at: time, reason: typed }).optional(),
  snoozed: z.object({ until: time, reason: typed, muted: z.int().meta({ description: 'Alerts that nobody was told of' }) }).optional(),
  closed: z.object({ outcome: outcomeSchema, by: actor, at: time, reason: typed }).optional(),
}).meta({ id: 'RiskCase' });

export const caseStepSchema = z.object({
  revision: z.int(), position: code, recordedAt: time, type: code, round: z.int(), customer: subjectId(z.string(), 'customer'), actor, approver: actor.optional(),
  alert: z.object({ id: z.uuid(), rule: z.uuid(), version: z.int(), at: time, muted: z.boolean() }).optional(),
  severity: severitySchema.optional(), assignee: code.nullable().optional(), until: time.optional(), outcome: outcomeSchema.optional(), reason: typed.optional(), text: typed.optional(),
}).meta({ id: 'RiskCaseStep' });

export const alertSchema = z.object({
  id: z.uuid(), position: code, recordedAt: time, case: z.uuid(), round: z.int(), customer: subjectId(z.string(), 'customer'), rule: z.uuid(), version: z.int(), kind: code, severity: severitySchema,
  at: time, cause: z.uuid(), accounts: z.array(subjectId(z.string(), 'account')), facts: z.array(code).meta({ description: 'The evidence: ids of the movements, holds and events that made the rule hold' }), muted: z.boolean(),
  trace: internal(z.unknown()).optional().meta({ description: 'The value of every node of the rule; for those who see what a rule may look at in clear; "erased" where the customer is' }),
}).meta({ id: 'RiskAlertWithTrace' });

export const messageSchema = z.object({
  id: z.uuid(), alert: z.uuid(), to: code, by: z.enum(['message', 'email']), attempts: z.int(), queuedAt: time, sentAt: time.optional(), givenUpAt: time.optional(), lastError: code.optional(),
}).meta({ id: 'RiskMessage', description: 'Who of staff was told of an alert, and whether it could be sent' });
