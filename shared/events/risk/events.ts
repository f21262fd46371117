import { riskCaseEvents } from './case-events.js';
import { riskRuleEvents } from './rule-events.js';

export const riskEvents = [...riskCaseEvents, ...riskRuleEvents] as const;
