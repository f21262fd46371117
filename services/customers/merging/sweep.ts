import type { Logger } from 'pino';
import { startRounds, type Rounds } from '../../../shared/lifecycle/rounds.js';
import type { Metrics } from '../../../shared/telemetry/metrics.js';
import type { AdvanceMerges } from './steps.js';

export interface MergeSweepOptions {
  readonly advance: AdvanceMerges;
  /** Survivors on whose records something has begun and is not over. */
  readonly unfinished: () => Promise<readonly string[]>;
  readonly now: () => Date;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly everyMs?: number;
}

const EVERY_MS = 5_000;

/** Carries on with merges that an ended process left between two steps; what fails is logged and tried again in the next round. */
export function startMergeSweep({ advance, unfinished, now, logger, metrics, everyMs = EVERY_MS }: MergeSweepOptions): Rounds {
  let waiting = 0;
  metrics.gauge({ name: 'bank_merges_unfinished', help: 'Merges of customers, or undoings, that had begun and were not over when a round began', read: () => waiting });
  const failures = metrics.counter({ name: 'bank_merge_sweep_failures_total', help: 'Merges that a round could not bring to their end' });

  async function attempt(what: string, customerId: string | undefined, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      failures.add(1);
      logger.warn({ err: error, customerId }, `${what} failed`);
    }
  }

  const round = (): Promise<void> => attempt('looking for merges', undefined, async () => {
    const found = await unfinished();
    waiting = found.length;
    for (const customerId of found) await attempt('carrying on with a merge', customerId, () => advance(customerId, now()));
  });

  return startRounds(round, everyMs);
}
