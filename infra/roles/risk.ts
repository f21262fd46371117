import { segmentsInForce } from '../../projections/marketing/queries.js';
import { messagesOfCase } from '../../projections/risk/messages/ledger.js';
import { dueSnoozes, revisionOfAlert } from '../../projections/risk/queries.js';
import { riskQueryRoutes } from '../../projections/risk/routes.js';
import { AlertNews } from '../../projections/risk/stream/alert-news.js';
import { alertStreamRoutes } from '../../projections/risk/stream/routes.js';
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
import type { Vault } from '../../shared/crypto/vault.js';
import type { AccessLog } from '../../shared/http/access-record.js';
import type { Authenticate } from '../../shared/http/authentication.js';
import type { FindTarget } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';
import { openAlerting } from './alerting.js';
import type { Parts } from './parts.js';
import { runBacktest } from './run-backtest.js';

const CLOCK_MS = 5_000;

export interface OpenedRisk {
  readonly modules: readonly RouteModule[];
  /** Founds the rules that come with the program, and from then on ends snoozes and tells webhooks and staff. Stopping ends the streams, which would hold up the server. */
  start(): Promise<{ stop(): Promise<void> }>;
}

/** Risk cases and the rules that raise alerts, which may ask for segments in force. */
export async function openRisk(parts: Parts, { records, store, model, findTarget, people, opsPool, vault, accessLog, authenticate, now }: {
  readonly records: Records; readonly store: ReadStore; readonly model: AccessModel; readonly findTarget: FindTarget; readonly people: People; readonly opsPool: Pool; readonly vault: Vault; readonly accessLog: AccessLog; readonly authenticate: Authenticate;
  readonly now: () => Date;
}): Promise<OpenedRisk> {
  const { logger } = parts;
  const news = new AlertNews(store);
  const alerting = await openAlerting(parts, { records, vault, store, news, opsPool, accessLog, model, findTarget, now });
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
      ...alerting.modules,
    ],
    async start() {
      await foundRules(records, builtInRules, now);
      const snoozes = startSnoozeClock({ cases, due: () => dueSnoozes(store, now()), everyMs: CLOCK_MS, logger });
      const telling = alerting.start();
      return {
        async stop() {
          await news.stop();
          await telling.stop();
          await snoozes.stop();
        },
      };
    },
  };
}
