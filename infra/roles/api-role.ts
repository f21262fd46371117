import { randomUUID } from 'node:crypto';
import { accessLogRoutes } from '../../projections/accesses/routes.js';
import { customerQueries } from '../../projections/customers/search.js';
import { customerQueryRoutes } from '../../projections/customers/routes.js';
import { accountNumbered } from '../../projections/ledger/parties.js';
import { ownersOf } from '../../projections/ledger/accounts/owners.js';
import { ledgerQueryRoutes } from '../../projections/ledger/routes.js';
import { statisticsRoutes } from '../../projections/statistics/routes.js';
import { erasureModule } from '../../services/customers/erasure/routes.js';
import { standingOf, type Standing } from '../../services/customers/erasure/standing.js';
import { skippedDuplicateSearches } from '../../services/customers/meters.js';
import { createPeople, type People } from '../../services/customers/merging/person.js';
import { eventsModule } from '../../services/events/routes.js';
import { portableModule } from '../../services/customers/portable/routes.js';
import { createCustomers, type CustomersOptions } from '../../services/customers/customers.js';
import { customersModule } from '../../services/customers/routes.js';
import { ownTransfersModule } from '../../services/self-service/own-transfers.js';
import { openLedgerShard } from '../../services/ledger/ledger-shard.js';
import { postgresIndex } from '../../services/ledger/postgres-index.js';
import { postgresSnapshots } from '../../services/ledger/postgres-snapshots.js';
import { ledgerModule } from '../../services/ledger/routes.js';
import { limitsFrom } from '../../shared/access/customer-role.js';
import { defaultOwnChanges, ownChangesRule } from '../../shared/access/own-changes.js';
import { createCodec } from '../../shared/events/codec.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { buildServer } from '../../shared/http/server.js';
import type { RunningRole } from '../../shared/lifecycle/role.js';
import { createReadStore } from '../../shared/read-store/read-store.js';
import { createRecords } from '../../shared/records/record.js';
import { openAccess } from './access.js';
import { openBankAccessLog } from './access-log.js';
import { openApprovals } from './approvals.js';
import { cachedViews } from './cached-views.js';
import { bankErasures } from './erasures.js';
import { openDocuments } from './documents.js';
import { openIdentityChecks } from './identity-checks.js';
import { createFindTarget } from './find-target.js';
import { ledgerMeters } from './ledger-meters.js';
import { isRead } from './ledger-is-read.js';
import { sweepMerges } from './merges.js';
import { portableParts } from './portable-data.js';
import { offerFirstAdministrator } from './first-administrator.js';
import type { Parts } from './parts.js';
import { requestLimits } from './request-limits.js';
import { openMarketing } from './marketing.js';
import { openRisk } from './risk.js';
import { watchEvaluations } from './evaluation-watch.js';
import { watchPipeline } from './pipeline-watch.js';
import { bankProjections } from './projections.js';

const READ_WAIT_MS = 5_000;

/** HTTP and the ledger's one shard in one process. `further`: modules served beside the bank's own. */
export async function apiRole(parts: Parts, further: readonly RouteModule[] = []): Promise<RunningRole> {
  const { config, logger, metrics } = parts;
  if (config.ledgerShards !== 1) throw new Error('PASSBOOK_LEDGER_SHARDS above 1 is not supported yet: one shard serves the whole bank');
  const now = (): Date => new Date();
  const eventStore = parts.eventStore();
  const vault = await parts.vault();
  const codec = createCodec(vault);
  const readPool = await parts.pool('read', { applicationName: 'passbook-api', max: 12 });
  const ledgerPool = await parts.pool('read', { applicationName: 'passbook-ledger', max: 4 });
  const store = createReadStore({ pool: readPool, logger, metrics });
  parts.keep(store, () => store.close());
  const ledger = await openLedgerShard({
    shard: 0, shards: config.ledgerShards, eventStore, codec, logger, clock: now, ids: randomUUID,
    index: await postgresIndex(ledgerPool), snapshots: await postgresSnapshots(ledgerPool),
    config: { timeZone: config.timeZone, intakeCapacity: config.ledgerIntake },
    onFailed: (error) => {
      throw error;
    },
  });
  ledgerMeters(metrics, ledger);
  const opsPool = await parts.pool('ops', { applicationName: 'passbook-api', max: 6 });
  const projections = bankProjections(vault).map(({ name }) => name);
  const pipeline = watchPipeline({ eventStore, readPool, opsPool, projections, now: Date.now }, metrics);
  watchEvaluations({ eventStore, readPool, now: Date.now }, metrics);
  const cached = await cachedViews(parts, { vault, readPool, metrics });
  const queries = await customerQueries(store, vault, { cached, ownersOf });
  const people = createPeople(eventStore);
  const records = createRecords({ store: eventStore, codec });
  const documents = await openDocuments(parts, { vault, records, people });
  const identity = openIdentityChecks(parts, { records, people, documents: documents.documents });
  const ownChanges = { ...defaultOwnChanges, ...config.ownChanges };
  const customers: CustomersOptions = {
    store: eventStore, codec, secret: await vault.secret('search'), timeZone: config.timeZone,
    findProbableDuplicates: (profile) => queries.probableDuplicates(profile),
    onDuplicateSearchSkipped: skippedDuplicateSearches({ metrics, logger }),
    missingDocuments: (customerId, ids) => documents.documents.missingAmong(customerId, ids),
  };
  const access = await openAccess(parts, {
    eventStore, vault, codec, records, opsPool,
    identityVerified: (customerId) => identity.checks.isVerified(customerId),
    ownContacts: { ownChanges, updateCustomer: createCustomers(customers).update },
    findCustomers: async (known) => (await queries.find(known, 'registeredAt', 2, undefined, { everything: true, branches: [] })).items.map(({ id }) => id),
  });
  const { erasures, sweep } = bankErasures(parts, { eventStore, store, records, vault, ledger, now, signIn: access.signIn.customers!, documents: documents.erasing });
  const merges = sweepMerges(parts, { store, records, now });
  const approvals = openApprovals(parts, { eventStore, codec, records, store, model: access.model, customers: access.signIn.customers!.directory, isAdministered: access.isAdministered, furtherRules: [ownChangesRule(ownChanges)] });
  const findTarget = createFindTarget({ store, ledger, records });
  const tls = parts.listenerTls();
  const accessLog = await openBankAccessLog(parts, { eventStore, codec, vault, ledger });
  const risk = await openRisk(parts, { records, store, model: access.model, findTarget, people, opsPool, vault, accessLog, authenticate: access.signIn.authenticate, now });
  const marketing = openMarketing(parts, { records, store, vault, readPool, people });
  const server = await buildServer({
    modules: [
      customersModule({
        ...customers, now, ownChanges,
        currentView: (id, fresh) => queries.byId(id, fresh),
      }),
      customerQueryRoutes(queries),
      erasureModule({ erasures, records }),
      ledgerModule({
        ledger, missingCustomers: (ids) => those(eventStore, ids, 'absent'),
        mergedCustomers: async (ids) => survivorsAmong(people, await those(eventStore, ids, 'merged')),
        restrictedCustomers: (ids) => those(eventStore, ids, 'restricted'),
      }),
      portableModule({ records, people, now, parts: portableParts({ store, vault, records, documents: documents.documents }), upToDate: async () => void (await Promise.all(['ledger', 'marketing'].map((projection) => isRead(projection, eventStore, store)))) }),
      ledgerQueryRoutes({ store, vault, cached, idsOf: people.idsOf }),
      statisticsRoutes({ store, idsOf: people.idsOf }),
      accessLogRoutes({ store, vault, idsOf: people.idsOf }),
      ...access.modules,
      ownTransfersModule({
        signIn: access.signIn.customers!, ledger, accountByNumber: (accountNumber) => accountNumbered(store, accountNumber), stepUpAbove: limitsFrom(config.stepUpAbove),
      }),
      ...approvals.modules,
      documents.module,
      eventsModule({ store: eventStore, vault, isRestricted: async (id) => (await standingOf(eventStore, id)) === 'restricted' }),
      identity.module,
      ...risk.modules,
      ...marketing.modules,
      ...further,
    ],
    authenticate: access.signIn.authenticate,
    logger, now,
    commandSecret: await vault.secret('command'),
    readWait: (projection, position) => store.waitFor(projection, position, READ_WAIT_MS),
    findTarget,
    approvals: approvals.gate,
    accessLog,
    checks: {
      'event-store': () => eventStore.ping(),
      'read-store': () => store.ping(),
      ledger: async () => {
        const { mode } = ledger.status();
        if (mode !== 'serving') throw new Error(mode);
      },
      pipeline: () => pipeline.check(),
      'sign-in': () => access.signIn.check(),
      erasures: async () => sweep.note(),
      'access-log': async () => accessLog.check(),
    },
    metrics, ...(parts.traces && { traces: parts.traces }),
    limits: requestLimits(parts, { secret: await vault.secret('command'), isAdministered: access.isAdministered }),
    connectionLimits: config,
    ...(tls && { tls }),
    ...(config.trustedProxies && { trustedProxies: config.trustedProxies }),
  });
  await server.listen({ host: config.httpHost, port: config.httpPort });
  parts.reloading(server.server);
  await offerFirstAdministrator(await access.signIn.firstAdministratorToken(), config.dataDir);
  const clock = approvals.startClock();
  const riskClock = await risk.start();
  const { port } = server.server.address() as { port: number };
  return {
    info: { port, statusPort: port },
    async stop() {
      await clock.stop();
      await riskClock.stop();
      await server.close();
      await sweep.stop();
      await merges.stop();
      await accessLog.stop();
      await ledger.stop();
    },
  };
}

/** From the log itself: a customer registered a moment ago exists, whatever the read models have. */
async function those(eventStore: EventStore, ids: readonly string[], wanted: Standing): Promise<string[]> {
  const standings = await Promise.all(ids.map((id) => standingOf(eventStore, id)));
  return ids.filter((_, index) => standings[index] === wanted);
}

const survivorsAmong = (people: People, ids: readonly string[]) => Promise.all(ids.map(async (id) => ({ id, survivor: await people.survivorOf(id) })));
