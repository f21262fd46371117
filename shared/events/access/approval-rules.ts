import { defineEvent } from '../definition.js';
import { approvalRuleShape, roleNameSchema } from './values.js';

const module = 'access';
const definition = { rule: roleNameSchema, ...approvalRuleShape };

export const ApprovalRuleDefined = defineEvent({ module, type: 'ApprovalRuleDefined', shape: definition });
/** The whole of what it is from now on; what was requested under it before stays as it was requested. */
export const ApprovalRuleChanged = defineEvent({ module, type: 'ApprovalRuleChanged', shape: definition });
export const ApprovalRuleRetired = defineEvent({ module, type: 'ApprovalRuleRetired', shape: { rule: roleNameSchema } });

export const approvalRuleEvents = [ApprovalRuleDefined, ApprovalRuleChanged, ApprovalRuleRetired] as const;
