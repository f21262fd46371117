import { join } from 'node:path';
import { segmentsInForce } from '../../projections/marketing/queries.js';
import { messagesOfCase, prepareMessages } from '../../projections/risk/messages/ledger.js';
import { spoolFolder } from '../../projections/risk/messages/message.js';
import { readSubscriptions } from '../../projections/risk/messages/subscriptions.js';
import { startTelling } from '../../projections/risk/messages/telling.js';
import { dueSnoozes, revisionOfAlert } from '../../projections/risk/queries.js';
import { riskQueryRoutes } from '../../projections/risk/routes.js';
import { AlertNews } from '../../projections/risk/stream/alert-news.js';
import { alertStreamRoutes } from '../../projections/risk/stream/routes.js';
import { startWebhooks } from '../../projections/risk/webhooks/deliveries.js';
import { readEndpoints } from '../../projections/risk/webhooks/endpoints.js';
import type { AccessModel } from '../../services/access/access-model.js';
import type { People } from '../../services/customers/merging/person.js';
import { bankCatalogue } from '../../services/evaluation/catalogue.js';
import { createBacktests } from '../../services/risk/backtests/jobs.js';
import { backtestsModule } from '../../services/risk/backtests/routes.js';
import { createCases } from '../../services/risk/cases/cases.js';
import { casesModule } from '../../services/risk/cases/routes.js';
import { startSnoozeClock } from '../../services/risk/cases/snooze-clock.js';
import { builtInRules } from '../../services/risk/rules/built-in-rules.js';
import { checkFormula, describeFormula } from '../../services/risk/rules/check-formula.js';
import { rulesModule } from '../../services/risk/rules/routes.js';
import { createRules, foundRules } from '../../services/risk/rules/rules.js';
import { decideAccess } from '../../shared/access/rights.js';
import type { AccessLog } from '../../shared/http/access-record.js';
import type { Authenticate } from '../../shared/http/authentication.js';
import type { FindTarget } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';
import { alertRecipients } from './alert-recipients.js';
import type { Parts } from './parts.js';
import { runBacktest } from './run-backtest.js';

const CLOCK_MS = 5_000;

export interface OpenedRisk {
  readonly modules: readonly RouteModule[];
  /** Founds the rules that come with the program, and from then on ends snoozes and tells webhooks and staff. Stopping ends the streams, which would hold up the server. */
  start(): Promise<{ stop(): Promise<void> }>;
}

/** Risk cases and the rules that raise alerts, which may ask for segments in force. */
export async function openRisk({ config, logger }: Parts, { records, store, model, findTarget, people, opsPool, accessLog, authenticate, now }: {
  readonly records: Records; readonly store: ReadStore; readonly model: AccessModel; readonly findTarget: FindTarget; readonly people: People; readonly opsPool: Pool; readonly accessLog: AccessLog; readonly authenticate: Authenticate;
  readonly now: () => Date;
}): Promise<OpenedRisk> {
  const endpoints = config.webhooksFile === undefined ? [] : readEndpoints(config.webhooksFile);
  const subscriptions = config.alertMessagesFile === undefined ? undefined : readSubscriptions(config.alertMessagesFile);
  await prepareMessages(opsPool);
  const news = new AlertNews(store);
  const backtests = await createBacktests({ pool: opsPool, run: runBacktest, logger });
  const cases = createCases({ records, now });
  const rules = createRules({ records, check: checkFormula(bankCatalogue, async () => (await segments()).refersTo) });

  async function segments() {
    const byId = new Map((await segmentsInForce(store)).map((row) => [row.segment_id, row]));
    return { refersTo: (id: string) => byId.get(id)?.refers_to ?? null, nameOf: (id: string) => byId.get(id)?.name ?? id };
  }

  async function mayWork(staffId: string, customerId: string): Promise<boolean> {
    const rights = await model.rightsOf(staffId, now());
    const target = await findTarget({ kind: 'customer', id: customerId });
    return rights !== undefined && target !== undefined && decideAccess(rights, { permission: 'risk.work', target }) === undefined;
  }

  return {
    modules: [
      casesModule({ cases, mayWork, revisionOfAlert: (caseId, alertId) => revisionOfAlert(store, caseId, alertId), messagesOf: (caseId, limit) => messagesOfCase(opsPool, caseId, limit) }),
      rulesModule({ rules, describe: async () => { const { nameOf } = await segments(); return (formula) => describeFormula(bankCatalogue, formula, nameOf); } }),
      backtestsModule({ rules, backtests }),
      riskQueryRoutes({ store, idsOf: people.idsOf }),
      alertStreamRoutes({ store, news, accessLog, authenticate }),
    ],
    async start() {
      await foundRules(records, builtInRules, now);
      const snoozes = startSnoozeClock({ cases, due: () => dueSnoozes(store, now()), everyMs: CLOCK_MS, logger });
      const webhooks = endpoints.length === 0 ? undefined : startWebhooks({ endpoints, store, news, pool: opsPool, accessLog, logger, now });
      const telling = subscriptions === undefined ? undefined : startTelling({
        store, news, pool: opsPool, logger, now, send: spoolFolder(join(config.dataDir, 'outbox', 'alerts')), recipients: alertRecipients({ subscriptions, model, findTarget, now }),
      });
      return {
        async stop() {
          await news.stop();
          await telling?.stop();
          await webhooks?.stop();
          await snoozes.stop();
        },
      };
    },
  };
}
