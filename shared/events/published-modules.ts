/** Modules whose events are promised to programs outside the bank: what they publish never changes. Those of the others may, until they stand here. */
export const PUBLISHED_MODULES: readonly string[] = ['access', 'accesses', 'approvals', 'clock', 'customers', 'documents', 'ledger', 'marketing', 'risk'];
