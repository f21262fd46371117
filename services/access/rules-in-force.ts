import type { ApprovalRule } from '../../shared/access/approval-rules.js';
import { isPermission } from '../../shared/access/permissions.js';
import { limitsOf } from './permits.js';
import type { AccessState } from './state.js';

const made = new WeakMap<AccessState['approvalRules'], readonly ApprovalRule[]>();

/** The rules of a state as every command asks them, in the order in which they were defined; made once for as long as the state stands. */
export function rulesInForce({ approvalRules }: Pick<AccessState, 'approvalRules'>): readonly ApprovalRule[] {
  const known = made.get(approvalRules);
  if (known) return known;
  const rules = [...approvalRules].flatMap(([name, { status, permission, above, fields, roles, exemptRoles, expiresAfterSeconds }]): ApprovalRule[] =>
    status !== 'current' || !isPermission(permission) ? [] : [{
      name, permission, expiresAfterMs: expiresAfterSeconds * 1_000, ...(above && { above: limitsOf(above) }), ...(fields && { fields }), ...(roles && { roles }), ...(exemptRoles && { exemptRoles }),
    }]);
  made.set(approvalRules, rules);
  return rules;
}
