import { z } from 'zod';
import { defineEvent, type EventOf } from '../definition.js';
import { idSchema } from '../values.js';
import { alertKindSchema, severitySchema, versionSchema } from './values.js';

const module = 'risk';
const ofVersion = { ruleId: idSchema, version: versionSchema };
/** Of a rule, which concerns nobody. */
const reason = z.string().min(1).max(500);
/** SHA-256 (hex) of the formula in canonical JSON: what was reviewed is what is published. */
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What a version of a rule says. `trigger`: the kind of fact that has it evaluated, null where time alone does; `cooldown`: how long it is silent about a customer after an alert. */
export const formulaSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  kind: alertKindSchema,
  severity: severitySchema,
  trigger: z.string().min(1).max(100).nullable(),
  tree: z.record(z.string(), z.unknown()),
  cooldown: z.string().max(40).regex(/^P(?=.)(\d{1,6}W)?(\d{1,6}D)?(T(?=.)(\d{1,6}H)?(\d{1,6}M)?)?$/, 'must be an ISO 8601 duration of weeks, days, hours and minutes').optional(),
});
export type Formula = z.output<typeof formulaSchema>;

/** The first draft of a version. */
export const RiskRuleDrafted = defineEvent({ module, type: 'RiskRuleDrafted', shape: { ...ofVersion, formula: formulaSchema, hash } });
/** A draft, submitted or not, says something else now. */
export const RiskRuleRevised = defineEvent({ module, type: 'RiskRuleRevised', shape: { ...ofVersion, formula: formulaSchema, hash } });
export const RiskRuleSubmitted = defineEvent({ module, type: 'RiskRuleSubmitted', shape: { ...ofVersion, hash } });
export const RiskRuleReturned = defineEvent({ module, type: 'RiskRuleReturned', shape: { ...ofVersion, reason } });
/** In force from here on, in the place of the version before. */
export const RiskRulePublished = defineEvent({ module, type: 'RiskRulePublished', shape: { ...ofVersion, hash } });
export const RiskRuleWithdrawn = defineEvent({ module, type: 'RiskRuleWithdrawn', shape: { ...ofVersion, reason } });
/** It failed when it was run, for this cause (an event's id, or one made from a due time), and is left out until somebody resumes it. */
export const RiskRuleParked = defineEvent({ module, type: 'RiskRuleParked', shape: { ...ofVersion, code: z.string().min(1).max(60), cause: idSchema } });
export const RiskRuleResumed = defineEvent({ module, type: 'RiskRuleResumed', shape: { ...ofVersion } });

export const riskRuleEvents = [
  RiskRuleDrafted, RiskRuleRevised, RiskRuleSubmitted, RiskRuleReturned, RiskRulePublished, RiskRuleWithdrawn, RiskRuleParked, RiskRuleResumed,
] as const;
export type RiskRuleEvent = EventOf<(typeof riskRuleEvents)[number]>;
