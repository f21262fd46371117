import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { nothingShown } from '../../../shared/access/data-classes.js';
import { backoffMs } from '../../../shared/event-bus/backoff.js';
import { isAbove, type Severity } from '../../../shared/events/risk/values.js';
import type { AccessLog } from '../../../shared/http/access-record.js';
import { keepUnderLease, type LeasedWork } from '../../../shared/read-store/keep-leased.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import type { AlertNews } from '../stream/alert-news.js';
import { after, alertsAfter } from '../stream/alerts-after.js';
import { deliveredTo, markDelivered, markFailed, prepareDelivered } from './delivered.js';
import type { Endpoint } from './endpoints.js';
import { signedHeaders } from './signature.js';

export interface WebhooksOptions {
  readonly endpoints: readonly Endpoint[];
  readonly store: ReadStore;
  readonly news: AlertNews;
  /** Of the database `ops`. */
  readonly pool: Pool;
  readonly accessLog: AccessLog;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly firstRetryMs?: number;
  readonly mostRetryMs?: number;
}

type Alert = Awaited<ReturnType<typeof alertsAfter>>[number];

const PAGE = 100;
const WAIT_MS = 15_000;
const ANSWER_WITHIN_MS = 10_000;
const ALL = { everything: true, branches: [] } as const;

/**
 * Tells each endpoint every alert in order, again and again until it answers 2xx: at least once, and after a crash perhaps twice, under the same webhook-id. One process
 * at a time, under a lease; one that does not answer holds up nobody else.
 */
export const startWebhooks = (options: WebhooksOptions): LeasedWork =>
  keepUnderLease({ pool: options.pool, name: 'risk-webhooks', holder: `pid ${process.pid}`, logger: options.logger }, async (signal) => {
    await prepareDelivered(options.pool);
    await Promise.all(options.endpoints.map((endpoint) => keepDelivering(options, endpoint, signal)));
  });

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
  const { store, news, pool } = options;
  let place = await deliveredTo(pool, endpoint.name, after(await news.present()));
  let upTo = place.told - 1n;
  while (!signal.aborted && !news.isOver) {
    const reached = await news.beyond(upTo, WAIT_MS, signal);
    if (reached === upTo) continue;
    for (let full = true; full;) {
      const alerts = await alertsAfter(store, place, reached, ALL, PAGE);
      for (const alert of alerts) {
        if (!isAbove(endpoint.severity, alert.item.severity as Severity)) await untilAnswered(options, endpoint, alert, signal);
        await markDelivered(pool, endpoint.name, alert.place);
        place = alert.place;
      }
      full = alerts.length === PAGE;
    }
    upTo = reached;
  }
}

/** Whom the bank tells another program about is in the access log first. Throws where it is to stop. */
async function untilAnswered({ pool, accessLog, logger, now, firstRetryMs = 1_000, mostRetryMs = 300_000 }: WebhooksOptions, endpoint: Endpoint, alert: Alert, signal: AbortSignal): Promise<void> {
  await accessLog.record(accessOf(endpoint, alert, now()));
  for (let failures = 0; ; failures++) {
    const reason = await send(endpoint, alert, now(), signal);
    if (reason === undefined) return;
    signal.throwIfAborted();
    logger.warn({ endpoint: endpoint.name, alert: alert.item.id, reason, failures: failures + 1 }, 'a webhook was not answered well and will be tried again');
    await markFailed(pool, endpoint.name, failures + 1, reason);
    await pause(backoffMs(failures, firstRetryMs, mostRetryMs), undefined, { signal });
  }
}

/** Why it was not taken; undefined where it was. */
async function send({ url, secrets }: Endpoint, { item }: Alert, at: Date, signal: AbortSignal): Promise<string | undefined> {
  const body = JSON.stringify({ type: 'risk.alert.raised', timestamp: item.raisedAt, data: item });
  const headers = { 'content-type': 'application/json', ...signedHeaders(item.id, Math.floor(at.getTime() / 1_000), body, secrets) };
  try {
    // Where it sends elsewhere is not followed: only what is in the file is called.
    const { ok, status, body: answer } = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]) });
    await answer?.cancel();
    return ok ? undefined : `answered ${status}`;
  } catch (error) {
    return `no answer: ${error instanceof Error ? error.name : 'failed'}`;
  }
}

const accessOf = ({ name, url }: Endpoint, { item: { customer, accounts } }: Alert, at: Date): Parameters<AccessLog['record']>[0] => ({
  at, requestId: randomUUID(), principal: { id: `webhook ${name}`, role: 'webhook', channel: 'system', rights: { holder: name, permits: new Map(), views: nothingShown } }, route: 'WEBHOOK risk.alert.raised', status: 200,
  purpose: 'risk', address: new URL(url).host, device: '', customers: [customer], accounts, counterparties: [], clear: [], masked: [], fields: [], criteria: [],
});
