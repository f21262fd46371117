import type { ApprovalRule } from './approval-rules.js';
import { CUSTOMER_ROLE } from './customer-role.js';

/** What becomes of a field that a customer changes in the own record: done at once, done once staff have approved it, or not theirs to change. */
export const OWN_CHANGES = ['at-once', 'on-request', 'never'] as const;
export type OwnChange = (typeof OWN_CHANGES)[number];
export type OwnChanges = Readonly<Record<string, OwnChange>>;

/**
 * By field of the change's body, unless PASSBOOK_OWN_CHANGES says otherwise; what is new in `phones` and `email` is confirmed by a code first, where they are done at once. How to reach somebody and what they like is theirs to say; what the bank checks against evidence
 * staff look at; what staff assess, and where the bank keeps the record, is not theirs.
 */
export const defaultOwnChanges: OwnChanges = {
  phones: 'at-once', email: 'at-once', interests: 'at-once', contactPersons: 'at-once', consents: 'at-once', occupation: 'at-once', employer: 'at-once', reason: 'at-once', evidence: 'at-once',
  name: 'on-request', addresses: 'on-request', idDocument: 'on-request', sex: 'on-request', birthDate: 'on-request', maritalStatus: 'on-request', income: 'on-request',
  riskPreference: 'never', tags: 'never', assets: 'never', liabilities: 'never', kind: 'never', branch: 'never', manager: 'never', channel: 'never',
};

/** What nobody listed is not theirs. */
export const ownChangeOf = (changes: OwnChanges, field: string): OwnChange => (Object.hasOwn(changes, field) ? changes[field]! : 'never');

const REQUESTS_WAIT_MS = 30 * 24 * 3_600_000;

/** Holds a customer's change until staff have decided. */
export const ownChangesRule = (changes: OwnChanges): ApprovalRule => ({
  name: 'own-changes', permission: 'customers.update', roles: [CUSTOMER_ROLE], expiresAfterMs: REQUESTS_WAIT_MS,
  fields: Object.keys(changes).filter((field) => ownChangeOf(changes, field) === 'on-request'),
});
