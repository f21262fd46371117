import { accessLogRoutes } from '../../../projections/accesses/routes.js';
import { approvalQueryRoutes } from '../../../projections/approvals/routes.js';
import { customerQueryRoutes } from '../../../projections/customers/routes.js';
import { ledgerQueryRoutes } from '../../../projections/ledger/routes.js';
import { rfmQueryRoutes } from '../../../projections/marketing/rfm/routes.js';
import { marketingQueryRoutes } from '../../../projections/marketing/routes.js';
import { riskQueryRoutes } from '../../../projections/risk/routes.js';
import { alertStreamRoutes } from '../../../projections/risk/stream/routes.js';
import { webhookDeliveriesRoutes } from '../../../projections/risk/webhooks/routes.js';
import { statisticsRoutes } from '../../../projections/statistics/routes.js';
import { approvalsModule } from '../../../services/approvals/routes.js';
import { erasureModule } from '../../../services/customers/erasure/routes.js';
import { identityChecksModule } from '../../../services/customers/identity/routes.js';
import { portableModule } from '../../../services/customers/portable/routes.js';
import { customersModule } from '../../../services/customers/routes.js';
import { accessModule } from '../../../services/access/routes.js';
import { CUSTOMERS, STAFF } from '../../../services/access/sign-in/people.js';
import { signInModule } from '../../../services/access/sign-in/routes.js';
import { ownContactsModule } from '../../../services/self-service/own-contacts.js';
import { ownTransfersModule } from '../../../services/self-service/own-transfers.js';
import { selfServiceModule } from '../../../services/self-service/routes.js';
import { eventsModule } from '../../../services/events/routes.js';
import { documentsModule } from '../../../services/documents/routes.js';
import { ledgerModule } from '../../../services/ledger/routes.js';
import { rfmModule } from '../../../services/marketing/rfm/routes.js';
import { segmentsModule } from '../../../services/marketing/segments/routes.js';
import { subscriptionsModule } from '../../../services/alerting/subscription-routes.js';
import { webhooksModule } from '../../../services/alerting/webhook-routes.js';
import { backtestsModule } from '../../../services/risk/backtests/routes.js';
import { casesModule } from '../../../services/risk/cases/routes.js';
import { rulesModule } from '../../../services/risk/rules/routes.js';
import type { RouteModule } from '../../../shared/http/route-module.js';

/** All routes of the bank, for tests that walk them: a new module is listed here. Nothing behind them is asked. */
export const everyModule = (): readonly RouteModule[] => [
  customersModule({ now: () => new Date(), timeZone: 'UTC' } as never),
  erasureModule({} as never),
  identityChecksModule({} as never),
  portableModule({ parts: [] } as never),
  customerQueryRoutes({} as never),
  documentsModule({} as never),
  eventsModule({} as never),
  ledgerModule({} as never),
  ledgerQueryRoutes({} as never),
  statisticsRoutes({} as never),
  accessModule({} as never),
  signInModule({ people: STAFF } as never),
  selfServiceModule({ signIn: { people: CUSTOMERS } } as never),
  ownTransfersModule({} as never),
  ownContactsModule({} as never),
  approvalsModule({} as never),
  approvalQueryRoutes({} as never),
  accessLogRoutes({} as never),
  casesModule({} as never),
  rulesModule({} as never),
  backtestsModule({} as never),
  riskQueryRoutes({} as never),
  alertStreamRoutes({} as never),
  subscriptionsModule({} as never),
  webhooksModule({} as never),
  webhookDeliveriesRoutes({} as never),
  segmentsModule({} as never),
  marketingQueryRoutes({} as never),
  rfmQueryRoutes({} as never),
  rfmModule({} as never),
];
