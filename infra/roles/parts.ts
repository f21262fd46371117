import type { Logger } from 'pino';
import type { Config } from '../../shared/config/config.js';
import { openVault } from '../../shared/crypto/postgres-vault.js';
import type { Vault } from '../../shared/crypto/vault.js';
import { fillFromLog } from '../../shared/event-bus/fill-from-log.js';
import { busEventOf, createTopicOf, type TopicOf } from '../../shared/event-bus/from-log.js';
import { createInProcessBus } from '../../shared/event-bus/in-process.js';
import { createKafkaBus } from '../../shared/event-bus/kafka/kafka.js';
import { partitionsOfBank } from '../../shared/event-bus/partitions.js';
import type { BusEvent, EventBus } from '../../shared/event-bus/port.js';
import { definitionsByType } from '../../shared/events/registry.js';
import { openEventStore } from '../../shared/event-store/esdb.js';
import { meteredEventStore } from '../../shared/event-store/metered.js';
import type { EventStore } from '../../shared/event-store/port.js';
import type { HealthChecks } from '../../shared/http/health.js';
import { createPool, ensureDatabase, type Pool, type PoolOptions } from '../../shared/read-store/pool.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import type { Traces } from '../../shared/telemetry/traces.js';
import { tracedEventStore } from '../../shared/event-store/traced.js';
import type { Server as TlsServer } from 'node:tls';
import type { ListenerTls } from '../../shared/http/server.js';
import { readTls, reloadCertificates } from '../../shared/tls/tls-files.js';
import { startStatusListener } from './status-listener.js';

/** The outside parts of one process, opened as configured; whatever was opened is closed again in the opposite order. */
export class Parts {
  private readonly closing: (() => Promise<unknown>)[] = [];

  constructor(readonly config: Config, readonly logger: Logger, readonly metrics: Metrics, readonly traces?: Traces) {}

  /** Registers what must be closed; returns the thing itself. */
  keep<T>(thing: T, close: (thing: T) => Promise<unknown>): T {
    this.closing.push(() => close(thing));
    return thing;
  }

  async close(): Promise<void> {
    for (const end of this.closing.reverse()) await end().catch((error: unknown) => this.logger.warn({ err: error }, 'a part did not close'));
  }

  eventStore(): EventStore {
    return this.keep(this.watched(openEventStore({ url: this.required('eventStoreUrl'), logger: this.logger })), (one) => one.close());
  }

  /** Its appends are counted, timed and told to the traces of what they are for. */
  protected watched(store: EventStore): EventStore {
    const metered = meteredEventStore(store, this.metrics);
    return this.traces ? tracedEventStore(metered, this.traces) : metered;
  }

  async vault(): Promise<Vault> {
    const vault = await openVault({ postgresUrl: this.required('postgresUrl'), rootKeyFile: this.config.rootKeyFile, logger: this.logger });
    return this.keep(vault, () => vault.close());
  }

  async pool(database: 'ops' | 'read' | 'vault', options: PoolOptions): Promise<Pool> {
    const url = await ensureDatabase(this.required('postgresUrl'), database);
    return this.keep(createPool(url, { logger: this.logger, ...options }), (pool) => pool.end());
  }

  /** Kafka where brokers are configured, else the bus within this process. */
  bus(eventStore: EventStore): EventBus {
    const { kafkaBrokers, kafkaSasl, ledgerShards, tls } = this.config;
    const options = { logger: this.logger, partitionsOf: partitionsOfBank(ledgerShards) };
    const bus = kafkaBrokers
      ? createKafkaBus({ ...options, brokers: kafkaBrokers, clientId: 'passbook', ...(tls && { ssl: readTls(tls) }), ...(kafkaSasl && { sasl: kafkaSasl }) })
      : createInProcessBus({ ...options, readLog: (after) => readLog(eventStore, after) });
    return this.keep(bus, () => bus.close());
  }

  /** For a process that has consumers and no relay. Within the process it is filled from the log here, in one lane a topic: only the log's order counts. */
  async filledBus(eventStore: EventStore): Promise<{ readonly bus: EventBus; check(): void }> {
    if (this.config.kafkaBrokers) return { bus: this.bus(eventStore), check: () => {} };
    const { logger } = this;
    const bus = this.keep(createInProcessBus({ logger, partitionsOf: () => 1, readLog: (after) => readLog(eventStore, after) }), (one) => one.close());
    return { bus, check: this.keep(fillFromLog({ eventStore, bus, topicOf, logger }), (filling) => filling.stop()).check };
  }

  /** Health and metrics of a role that has no API; the port they are at. */
  async serveStatus(checks: HealthChecks): Promise<number> {
    const { config: { httpHost: host, statusPort: port }, metrics, logger } = this;
    const tls = this.listenerTls();
    const listener = this.keep(await startStatusListener({ host, port, checks, metrics, logger, ...(tls && { tls }) }), (one) => one.stop());
    this.reloading(listener.server);
    return listener.port;
  }

  /** How HTTP is listened to; undefined: in plain text. */
  listenerTls(): ListenerTls | undefined {
    const { httpTls, httpClientCertificates: clientCertificates } = this.config;
    return httpTls && { material: readTls(httpTls), clientCertificates };
  }

  /** New certificates are taken while the listener runs. */
  reloading(server: object): void {
    const { httpTls } = this.config;
    if (httpTls) this.keep(reloadCertificates(server as TlsServer, httpTls, this.logger), async (reloading) => reloading.stop());
  }

  required(key: 'postgresUrl' | 'eventStoreUrl'): string {
    const url = this.config[key];
    if (url === undefined) throw new Error(`a role on its own needs ${key === 'postgresUrl' ? 'PASSBOOK_POSTGRES_URL' : 'PASSBOOK_EVENTSTORE_URL'}`);
    return url;
  }
}

const CATEGORIES: Readonly<Record<string, string>> = {
  access: 'access', accesses: 'accesses', signin: 'access', customersignin: 'access', customername: 'access',
  alerting: 'alerting', approval: 'approvals', clock: 'clock', customer: 'customers', customeridentity: 'customers', dossier: 'documents', ledger: 'ledger',
  riskcase: 'risk', riskrule: 'risk', segment: 'marketing', segmentlist: 'marketing', segmentmembers: 'marketing', rfmrun: 'marketing',
};

export const topicOf: TopicOf = createTopicOf({
  ofType: (type) => definitionsByType.get(type)?.module,
  ofCategory: (category) => CATEGORIES[category],
});

/** The log after a position, to its present end, as the relay would publish it. */
async function* readLog(eventStore: EventStore, after: bigint): AsyncIterable<BusEvent> {
  for await (const stored of eventStore.readAll(after < 0n ? {} : { from: after })) if (stored.position > after) yield busEventOf(stored, topicOf);
}
