import type { CurrencyCode, Money } from '../kernel/money.js';
import type { Permission } from './permissions.js';

/** Which commands somebody else must approve. Every condition that is given must hold. */
export interface ApprovalRule {
  /** Stands in the log and in lists. */
  readonly name: string;
  readonly permission: Permission;
  /** Amounts above this, in minor units by currency. A currency that is not named, and an amount that the request does not tell, count as above. */
  readonly above?: ReadonlyMap<CurrencyCode, bigint>;
  /** Where the request names any of these fields at the top of its body. */
  readonly fields?: readonly string[];
  /** Only of those who send as one of these: the role that the log names them by, such as `customer` or `client`. */
  readonly roles?: readonly string[];
  /** Whoever sends as one of these needs no approval by this rule. */
  readonly exemptRoles?: readonly string[];
  /** How long the request waits for a decision. */
  readonly expiresAfterMs: number;
}

/** A command as far as rules look at it. */
export interface RuledCommand {
  /** Its route's own, and what its body asks for beyond. */
  readonly permissions: readonly Permission[];
  readonly role: string;
  readonly amounts: readonly Money[];
  readonly fields: readonly string[];
}

/**
 * What cannot be held back: to decide would need deciding in turn, what is one's own carries secrets that must not be kept, sessions are ended at once or too
 * late, and what was unmasked is for the eyes of who asked.
 */
const NEVER_HELD: readonly Permission[] = ['approvals.read', 'approvals.decide', 'self.use', 'own.use', 'sessions.revoke', 'customers.unmask'];

/** Whether a rule may name it. */
export const mayBeHeld = (permission: Permission): boolean => !NEVER_HELD.includes(permission);

/** The first rule that asks for approval; undefined: the command may run. */
export function ruleFor(rules: readonly ApprovalRule[], command: RuledCommand): ApprovalRule | undefined {
  if (!command.permissions.every(mayBeHeld)) return undefined;
  return rules.find((rule) => matches(rule, command));
}

const matches = ({ permission, above, fields, roles, exemptRoles = [] }: ApprovalRule, command: RuledCommand): boolean =>
  command.permissions.includes(permission)
  && (roles === undefined || roles.includes(command.role))
  && !exemptRoles.includes(command.role)
  && (above === undefined || command.amounts.length === 0 || command.amounts.some((amount) => isAbove(above, amount)))
  && (fields === undefined || fields.some((field) => command.fields.includes(field)));

function isAbove(above: ReadonlyMap<CurrencyCode, bigint>, { minor, currency }: Money): boolean {
  const most = above.get(currency);
  return most === undefined || minor > most;
}
