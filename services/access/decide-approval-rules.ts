import { isDeepStrictEqual } from 'node:util';
import type { AdministrationEvent } from '../../shared/events/access/events.js';
import type { ApprovalRuleText } from '../../shared/events/access/values.js';
import { accept, nothing, reject } from '../../shared/kernel/decision.js';
import { BOUNDS } from './bounds.js';
import type { ApprovalRuleCommand, By } from './commands.js';
import type { AccessDecision } from './decisions.js';
import { holdsPermission } from './held-rights.js';
import { limitsOf, ruleFaults } from './permits.js';
import type { AccessState } from './state.js';

export function decideApprovalRule(state: AccessState, command: ApprovalRuleCommand, by: By): AccessDecision {
  const invalid = command.kind === 'retire-approval-rule' ? undefined : ruleFaults(command.text);
  if (invalid) return invalid;
  const { rule: name } = command;
  if (command.kind === 'define-approval-rule') {
    // A retired name stays taken: the log still speaks of it.
    if (state.approvalRules.has(name)) return reject('approval_rule_exists');
    return state.approvalRules.size >= BOUNDS.approvalRules ? reject('too_many') : accept<AdministrationEvent>({ type: 'ApprovalRuleDefined', data: { rule: name, ...storedRule(command.text) } });
  }
  const rule = state.approvalRules.get(name);
  if (!rule) return reject('approval_rule_not_found');
  if (!command.precondition(rule.revision)) return reject('if_match_stale', `the rule is at revision ${rule.revision}`);
  const after = command.kind === 'retire-approval-rule' ? undefined : storedRule(command.text);
  // Which of their roles they would send it as is not looked at: the careful answer.
  if (rule.status === 'current' && by.approver === undefined && holdsPermission(state, by, rule.permission) && !isAsStrict(rule, after)) return reject('own_rights', 'the rule asks for approval of what you may do yourself');
  if (after === undefined) return rule.status === 'retired' ? nothing : accept<AdministrationEvent>({ type: 'ApprovalRuleRetired', data: { rule: name } });
  if (rule.status === 'retired') return reject('approval_rule_retired');
  return isDeepStrictEqual(after, storedRule(rule)) ? nothing : accept<AdministrationEvent>({ type: 'ApprovalRuleChanged', data: { rule: name, ...after } });
}

/** Whether whatever waited under `before` waits under `after` too. */
export function isAsStrict(before: ApprovalRuleText, after: ApprovalRuleText | undefined): boolean {
  if (after === undefined || after.permission !== before.permission) return false;
  return isAbovesLess(before.above, after.above)
    && (after.fields === undefined || (before.fields !== undefined && isWithin(before.fields, after.fields)))
    && (after.roles === undefined || (before.roles !== undefined && isWithin(before.roles, after.roles)))
    && isWithin(after.exemptRoles ?? [], before.exemptRoles ?? []);
}

const isWithin = (all: readonly string[], others: readonly string[]): boolean => all.every((one) => others.includes(one));

/** A currency that is not named counts as above, from nothing on. */
function isAbovesLess(before: ApprovalRuleText['above'], after: ApprovalRuleText['above']): boolean {
  if (after === undefined) return true;
  const was = before && limitsOf(before);
  return was !== undefined && [...limitsOf(after)].every(([currency, most]) => most <= (was.get(currency) ?? -1n));
}

/** As it stands in events: without members that are not given. */
export function storedRule({ title, permission, above, fields, roles, exemptRoles, expiresAfterSeconds }: ApprovalRuleText): ApprovalRuleText {
  return {
    title, permission, expiresAfterSeconds,
    ...(above && { above }), ...(fields && { fields: [...fields] }), ...(roles && { roles: [...roles] }), ...(exemptRoles && { exemptRoles: [...exemptRoles] }),
  };
}
