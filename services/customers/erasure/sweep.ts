import type { Logger } from 'pino';
import { systemContext } from '../../../shared/http/system-context.js';
import { startRounds, type Rounds } from '../../../shared/lifecycle/rounds.js';
import type { Metrics } from '../../../shared/telemetry/metrics.js';
import type { Erasing } from './erasing.js';

export interface SweepOptions {
  readonly erasing: Erasing;
  /** Customers whose erasure two people agreed on and that has not come to its end, with the time of its last step. */
  readonly unfinished: () => Promise<readonly { readonly customerId: string; readonly since: Date }[]>;
  /** Erased customers whose backup's last day was before this date. */
  readonly overdue: (today: string) => Promise<readonly string[]>;
  readonly today: (at: Date) => string;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly everyMs?: number;
}

/** Of its rounds, what fails is logged and tried again in the next. */
export interface Sweep extends Rounds {
  /** What readiness says of it while all is well enough to serve: who waits for how long; undefined where nobody does. */
  note(): string | undefined;
}

const EVERY_MS = 5_000;

/** Carries on with what an ended process left undone, and destroys backups whose time is over. The first round begins at once. */
export function startSweep(options: SweepOptions): Sweep {
  const { erasing, now, today, logger, metrics } = options;
  let waiting: { count: number; oldest: Date } | undefined;
  let failing: string | undefined;
  const oldestSeconds = (): number => (waiting ? Math.max(0, (now().getTime() - waiting.oldest.getTime()) / 1_000) : 0);
  metrics.gauge({ name: 'bank_erasures_unfinished', help: 'Erasures that two people agreed on and that have not come to their end', read: () => waiting?.count ?? 0 });
  metrics.gauge({ name: 'bank_erasures_unfinished_seconds', help: 'How long the one that waits longest has been at its step', read: oldestSeconds });
  const failures = metrics.counter({ name: 'bank_erasure_sweep_failures_total', help: 'Erasures and backups that a round could not bring to their end' });

  async function attempt(what: string, customerId: string | undefined, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      failures.add(1);
      failing = what;
      logger.warn({ err: error, customerId }, `${what} failed`);
    }
  }

  async function round(): Promise<void> {
    failing = undefined;
    const found = new Set<string>();
    await attempt('looking for erasures', undefined, async () => {
      const unfinished = await options.unfinished();
      waiting = unfinished.length === 0 ? undefined : { count: unfinished.length, oldest: new Date(Math.min(...unfinished.map(({ since }) => since.getTime()))) };
      for (const { customerId } of unfinished) {
        found.add(customerId);
        await attempt('carrying on with an erasure', customerId, () => erasing.advance(customerId, systemContext('passbook', now())));
      }
    });
    await attempt('looking for backups', undefined, async () => {
      for (const customerId of await options.overdue(today(now())))
        if (!found.has(customerId)) await attempt('destroying a backup', customerId, () => erasing.destroyBackup(customerId, systemContext('passbook', now())));
    });
  }

  return {
    ...startRounds(round, options.everyMs ?? EVERY_MS),
    note: () => (waiting ? `${waiting.count} unfinished, the oldest for ${Math.round(oldestSeconds())} s${failing === undefined ? '' : `; ${failing} failed`}` : undefined),
  };
}
