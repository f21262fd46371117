import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { nothingShown } from '../../../shared/access/data-classes.js';
import { backoffMs } from '../../../shared/event-bus/backoff.js';
import { asksFor, type Severity } from '../../../shared/events/risk/values.js';
import type { AccessLog } from '../../../shared/http/access-record.js';
import type { Outbound } from '../../../shared/outbound/outbound.js';
import { keepUnderLease, type LeasedWork } from '../../../shared/read-store/keep-leased.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import type { AlertNews } from '../stream/alert-news.js';
import { after } from '../stream/alerts-after.js';
import { alertsFrom, type PlacedAlert } from '../stream/alerts-from.js';
import { deliveredTo, forgetDeliveries, markDelivered, markFailed, noteAttempt, prepareDelivered } from './delivered.js';
import type { Endpoint } from './endpoints.js';
import { send, type SignedMessage } from './send.js';

export interface WebhooksOptions {
  /** Those that are told at this moment. Asked again and again: who is registered, changed or paused is known within `lookMs`. */
  readonly endpoints: () => Promise<readonly Endpoint[]>;
  readonly outbound: Outbound;
  readonly store: ReadStore;
  readonly news: AlertNews;
  /** Of the database `ops`. */
  readonly pool: Pool;
  readonly accessLog: AccessLog;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly firstRetryMs?: number;
  readonly mostRetryMs?: number;
  readonly lookMs?: number;
}

const HOUR_MS = 3_600_000;
const KEPT_MS = 90 * 24 * HOUR_MS;

/**
 * Tells each endpoint every alert in order, again and again until it answers 2xx: at least once, and after a crash perhaps twice, under the same webhook-id. One process
 * at a time, under a lease; one that does not answer holds up nobody else.
 */
export const startWebhooks = (options: WebhooksOptions): LeasedWork =>
  keepUnderLease({ pool: options.pool, name: 'risk-webhooks', holder: `pid ${process.pid}`, logger: options.logger }, async (signal) => {
    await prepareDelivered(options.pool);
    const running = new Map<string, { readonly as: string; stop(): Promise<void> }>();
    try {
      await keepLooking(options, running, signal);
    } finally {
      await Promise.all([...running.values()].map((one) => one.stop()));
    }
  });

/** What an endpoint is told follows what is registered; one that was changed ends what it was sending first. */
async function keepLooking(options: WebhooksOptions, running: Map<string, { readonly as: string; stop(): Promise<void> }>, signal: AbortSignal): Promise<void> {
  const { endpoints, news, pool, logger, now, lookMs = 1_000 } = options;
  for (let forgotten = -Infinity; !signal.aborted && !news.isOver;) {
    try {
      const wanted = new Map((await endpoints()).map((endpoint) => [endpoint.id, { endpoint, as: JSON.stringify(endpoint) }]));
      for (const [id, one] of running) {
        if (wanted.get(id)?.as === one.as) continue;
        running.delete(id);
        await one.stop();
      }
      for (const [id, { endpoint, as }] of wanted) if (!running.has(id)) running.set(id, { as, ...deliveringTo(options, endpoint, signal) });
      if (now().getTime() - forgotten > HOUR_MS) {
        forgotten = now().getTime();
        await forgetDeliveries(pool, new Date(forgotten - KEPT_MS));
      }
    } catch (error) {
      logger.warn({ err: error }, 'which webhooks are registered cannot be read and is tried again');
    }
    await pause(lookMs, undefined, { signal }).catch(() => undefined);
  }
}

function deliveringTo(options: WebhooksOptions, endpoint: Endpoint, signal: AbortSignal): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const work = keepDelivering(options, endpoint, AbortSignal.any([signal, stopping.signal]));
  return {
    async stop() {
      stopping.abort();
      await work;
    },
  };
}

/** What it cannot read or note down it tries again: no alert is passed over. */
async function keepDelivering(options: WebhooksOptions, endpoint: Endpoint, signal: AbortSignal): Promise<void> {
  const { logger, firstRetryMs = 1_000, mostRetryMs = 300_000 } = options;
  while (!signal.aborted && !options.news.isOver) {
    try {
      await deliverFromWhereItIs(options, endpoint, signal);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error, endpoint: endpoint.name }, 'alerts cannot be told to a webhook and will be tried again');
      await pause(backoffMs(0, firstRetryMs, mostRetryMs), undefined, { signal }).catch(() => undefined);
    }
  }
}

async function deliverFromWhereItIs(options: WebhooksOptions, endpoint: Endpoint, signal: AbortSignal): Promise<void> {
  const { news, pool } = options;
  for await (const alert of alertsFrom(options, await deliveredTo(pool, endpoint.id, after(await news.present())), signal)) {
    if (isFor(endpoint, alert)) await untilAnswered(options, endpoint, alert, signal);
    await markDelivered(pool, endpoint.id, alert.place);
  }
}

const isFor = (endpoint: Endpoint, { item }: PlacedAlert): boolean => asksFor(endpoint, { severity: item.severity as Severity, kind: item.kind });

/** Whom the bank tells another program about is in the access log first. Throws where it is to stop. */
async function untilAnswered({ pool, outbound, accessLog, logger, now, firstRetryMs = 1_000, mostRetryMs = 300_000 }: WebhooksOptions, endpoint: Endpoint, alert: PlacedAlert, signal: AbortSignal): Promise<void> {
  await accessLog.record(accessOf(endpoint, alert, now()));
  const { item } = alert;
  const message: SignedMessage = { id: item.id, type: 'risk.alert.raised', timestamp: item.raisedAt, data: item };
  for (let failures = 0; ; failures++) {
    signal.throwIfAborted();
    const reason = await send(outbound, endpoint, message, now(), signal);
    if (reason !== undefined) signal.throwIfAborted();
    await noteAttempt(pool, endpoint.id, item, reason, now());
    if (reason === undefined) return;
    logger.warn({ endpoint: endpoint.name, alert: item.id, reason, failures: failures + 1 }, 'a webhook was not answered well and will be tried again');
    await markFailed(pool, endpoint.id, failures + 1, reason);
    await pause(backoffMs(failures, firstRetryMs, mostRetryMs), undefined, { signal });
  }
}

const accessOf = ({ name, url }: Endpoint, { item: { customer, accounts } }: PlacedAlert, at: Date): Parameters<AccessLog['record']>[0] => ({
  at, requestId: randomUUID(), principal: { id: `webhook ${name}`, role: 'webhook', channel: 'system', rights: { holder: name, permits: new Map(), views: nothingShown } }, route: 'WEBHOOK risk.alert.raised', status: 200,
  purpose: 'risk', address: new URL(url).host, device: '', customers: [customer], accounts, counterparties: [], clear: [], masked: [], fields: [], criteria: [],
});
