import { ledgerQueryRejections } from '../projections/ledger/rejections.js';
import { statisticsRejections } from '../projections/statistics/rejections.js';
import { accessRejections } from '../services/access/rejections.js';
import { signInRejections } from '../services/access/sign-in/rejections.js';
import { subscriptionRejections, webhookRejections } from '../services/alerting/rejections.js';
import { approvalRejections } from '../services/approvals/rejections.js';
import { customerRejections } from '../services/customers/rejections.js';
import { ownSelfServiceRejections } from '../services/self-service/rejections.js';
import { customerFieldCodes } from '../services/customers/validation/field-codes.js';
import { documentRejections } from '../services/documents/rejections.js';
import { ledgerFieldCodes } from '../services/ledger/field-codes.js';
import { ledgerRejections } from '../services/ledger/rejections.js';
import { caseRejections, ruleRejections } from '../services/risk/rejections.js';
import { errorsPage } from '../shared/http/errors-page.js';

/** docs/errors.md: a new module adds its tables here. */
export const errorsDocument = (): string => errorsPage([
  { module: 'customers', rejections: customerRejections, fieldCodes: customerFieldCodes },
  { module: 'documents', rejections: documentRejections },
  { module: 'accounts and money: commands', rejections: ledgerRejections, fieldCodes: ledgerFieldCodes },
  { module: 'accounts and money: queries', rejections: ledgerQueryRejections },
  { module: 'statistics', rejections: statisticsRejections },
  { module: 'approvals', rejections: approvalRejections },
  { module: 'risk: cases', rejections: caseRejections },
  { module: 'risk: rules', rejections: ruleRejections },
  { module: 'risk: who is told by message', rejections: subscriptionRejections },
  { module: 'risk: webhooks', rejections: webhookRejections },
  { module: 'access: staff, roles, branches, clients', rejections: accessRejections },
  { module: 'sign-in', rejections: signInRejections },
  { module: 'self-service: what customers do for themselves, beside sign-in\'s own', rejections: ownSelfServiceRejections },
]);
