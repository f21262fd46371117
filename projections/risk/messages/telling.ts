import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { backoffMs } from '../../../shared/event-bus/backoff.js';
import type { Severity } from '../../../shared/events/risk/values.js';
import { keepUnderLease, type LeasedWork } from '../../../shared/read-store/keep-leased.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import { assigneeOf } from '../queries.js';
import type { AlertNews } from '../stream/alert-news.js';
import { after } from '../stream/alerts-after.js';
import { alertsFrom } from '../stream/alerts-from.js';
import { dueMessages, markSent, markUnsent, placeOfMessages, queueMessages, type Recipient, type Waiting } from './ledger.js';
import { textOf, type SendMessage } from './message.js';

export interface AboutAlert {
  readonly customer: string;
  readonly kind: string;
  readonly severity: Severity;
  /** Of its case. */
  readonly assignee: string | null;
}

export interface TellingOptions {
  readonly store: ReadStore;
  readonly news: AlertNews;
  /** Of the database `ops`, prepared. */
  readonly pool: Pool;
  readonly logger: Logger;
  readonly now: () => Date;
  readonly send: SendMessage;
  /** Those who may see the case, each way once. */
  readonly recipients: (alert: AboutAlert) => Promise<readonly Recipient[]>;
  readonly lookEveryMs?: number;
  readonly firstRetryMs?: number;
  readonly mostTries?: number;
}

const PAGE = 100;
const MOST_RETRY_MS = 15 * 60_000;

/**
 * Tells staff of alerts as they come. One process at a time, under a lease: what is to be told is written down first, under ids that follow from the alert, then given to the port until it is
 * taken or has been tried for a day. Killed in between, the port gets the same message again, under its id.
 */
export const startTelling = (options: TellingOptions): LeasedWork =>
  keepUnderLease({ pool: options.pool, name: 'alert-messages', holder: `pid ${process.pid}`, logger: options.logger }, async (signal) => {
    const both = new AbortController();
    const either = AbortSignal.any([signal, both.signal]);
    // Where one of the two fails the other must not go on without it.
    await Promise.all([queueing(options, either), sending(options, either)].map((work) => work.finally(() => both.abort())));
  });

async function queueing({ store, news, pool, now, recipients }: TellingOptions, signal: AbortSignal): Promise<void> {
  for await (const { item, place } of alertsFrom({ store, news }, await placeOfMessages(pool, after(await news.present())), signal)) {
    const { id, case: caseId, customer, kind } = item;
    const severity = item.severity as Severity;
    await queueMessages(pool, { id, case: caseId, kind, severity }, place, await recipients({ customer, kind, severity, assignee: await assigneeOf(store, caseId) }), now());
  }
}

async function sending(options: TellingOptions, signal: AbortSignal): Promise<void> {
  const { pool, now, lookEveryMs = 500 } = options;
  while (!signal.aborted && !options.news.isOver) {
    const due = await dueMessages(pool, now(), PAGE);
    for (const message of due) {
      if (signal.aborted) return;
      await sendOnce(options, message);
    }
    if (due.length < PAGE) await pause(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function sendOnce({ pool, now, send, logger, firstRetryMs = 5_000, mostTries = 100 }: TellingOptions, message: Waiting): Promise<void> {
  const { id, staff: to, by, attempts } = message;
  try {
    await send({ id, to, by, ...textOf(message) });
  } catch (error) {
    const isLast = attempts + 1 >= mostTries;
    logger.warn({ err: error, message: id, attempts: attempts + 1 }, isLast ? 'a message about an alert is given up' : 'a message about an alert was not taken and will be tried again');
    const reason = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : 'failed';
    await markUnsent(pool, id, reason, now(), isLast ? null : new Date(now().getTime() + backoffMs(attempts, firstRetryMs, MOST_RETRY_MS)));
    return;
  }
  await markSent(pool, id, now());
}
