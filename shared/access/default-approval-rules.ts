import type { Permission } from './permissions.js';

/** An approval rule as it stands in the log (approval-rules.ts). Amounts are decimals of their currency. */
export interface ApprovalRuleDefinition {
  readonly name: string;
  readonly title: string;
  readonly permission: Permission;
  readonly above?: Readonly<Record<string, string>>;
  readonly fields?: string[];
  readonly roles?: string[];
  readonly exemptRoles?: string[];
  readonly expiresAfterSeconds: number;
}

const DAY = 86_400;
/** A quarter of what a teller may move alone. */
const LARGE = { CNY: '50000.00', USD: '5000.00', EUR: '5000.00', HKD: '50000.00', CZK: '125000.00', JPY: '1000000' };

/** The rules a bank is founded with; afterwards they are records, changed like roles. What leaves an account in large amounts, what undoes a booking, and who a customer is. */
export const defaultApprovalRules: readonly ApprovalRuleDefinition[] = [
  { name: 'large-transfers', title: 'Large transfers', permission: 'money.transfer', above: LARGE, expiresAfterSeconds: 3 * DAY },
  { name: 'large-payments', title: 'Large payments in cash', permission: 'money.pay-out', above: LARGE, expiresAfterSeconds: DAY },
  { name: 'reversals', title: 'Reversals', permission: 'money.reverse', expiresAfterSeconds: 3 * DAY },
  { name: 'identity', title: 'Who a customer is', permission: 'customers.update', fields: ['name', 'idDocument', 'birthDate', 'creditCode', 'legalRepresentative'], expiresAfterSeconds: 7 * DAY },
];
