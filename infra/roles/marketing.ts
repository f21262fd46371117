import { latestStay, reachedAmong, segmentsInForce } from '../../projections/marketing/queries.js';
import { rfmQueryRoutes } from '../../projections/marketing/rfm/routes.js';
import { marketingQueryRoutes } from '../../projections/marketing/routes.js';
import { rulesAskingForSegments } from '../../projections/risk/queries.js';
import type { People } from '../../services/customers/merging/person.js';
import { keptCustomers } from '../../services/marketing/preview/kept-customers.js';
import { rfmModule } from '../../services/marketing/rfm/routes.js';
import type { KnownSegments } from '../../services/marketing/segments/check-definition.js';
import { segmentsModule } from '../../services/marketing/segments/routes.js';
import { createSegments } from '../../services/marketing/segments/segments.js';
import type { Reach } from '../../shared/access/rights.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { bankTimes } from '../../services/evaluation/bank-times.js';
import { evaluationSchema } from '../../services/evaluation/subject-tables.js';
import type { Pool } from '../../shared/read-store/pool.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';
import type { Parts } from './parts.js';

/** Segments, who is in them and why, and previews over the customers that their evaluation keeps. */
export function openMarketing({ config }: Parts, { records, store, vault, readPool, people }: {
  readonly records: Records; readonly store: ReadStore; readonly vault: Vault; readonly readPool: Pool; readonly people: People;
}): { readonly modules: readonly RouteModule[] } {
  const segments = createSegments(records);
  const kept = {
    reachedAmong: (ids: readonly string[], reach: Reach) => reachedAmong(store, ids, reach), keptCustomers: keptCustomers(readPool, vault, evaluationSchema('marketing')),
    startOfDay: bankTimes(config.timeZone).startOfDay,
  };

  async function known(): Promise<KnownSegments> {
    const [inForce, riskRules] = await Promise.all([segmentsInForce(store), rulesAskingForSegments(store)]);
    const byId = new Map(inForce.map((row) => [row.segment_id, row]));
    return {
      refersTo: (id) => byId.get(id)?.refers_to ?? null,
      nameOf: (id) => byId.get(id)?.name ?? id,
      usersOf: (id) => [...inForce.map((row) => ({ ...row, user: row.segment_id })), ...riskRules.map((row) => ({ ...row, user: row.rule_id }))].flatMap(({ refers_to, user }) => (refers_to.includes(id) ? [user] : [])),
    };
  }

  return {
    modules: [
      segmentsModule({
        segments, records, known, latestStay: (segment, customer) => latestStay(store, segment, customer), survivorOf: (id) => people.survivorOf(id),
        ...kept,
      }),
      rfmModule({ timeZone: config.timeZone, ...kept }),
      marketingQueryRoutes({ store, idsOf: (id) => people.idsOf(id) }),
      rfmQueryRoutes({ store, idsOf: (id) => people.idsOf(id) }),
    ],
  };
}
