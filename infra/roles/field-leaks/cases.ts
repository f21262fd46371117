import { accessLogCases } from './cases/access-log.js';
import { accessCases } from './cases/access.js';
import { approvalCases } from './cases/approvals.js';
import { customerCases } from './cases/customers.js';
import { documentCases } from './cases/documents.js';
import { eventCases } from './cases/events.js';
import { erasureCases } from './cases/erasure.js';
import { ledgerCases } from './cases/ledger.js';
import { marketingCases } from './cases/marketing.js';
import { mergingCases } from './cases/merging.js';
import { riskCases } from './cases/risk.js';
import { selfServiceCases } from './cases/self-service.js';
import { signInCases } from './cases/sign-in.js';
import { statisticsCases } from './cases/statistics.js';
import type { RouteCase } from './route-case.js';

/** Every route of the API. Those that sign out come last. */
export const routeCases: readonly RouteCase[] = [
  ...customerCases, ...ledgerCases, ...statisticsCases, ...accessCases, ...accessLogCases, ...approvalCases, ...documentCases, ...eventCases, ...marketingCases, ...mergingCases, ...erasureCases, ...riskCases, ...selfServiceCases, ...signInCases,
];
