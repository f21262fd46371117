import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '../event-bus/backoff.js';
import { prepareLeases, underLease, type LeaseOptions } from './lease.js';

/** Work that one process does at a time, for as long as this one lives. */
export interface LeasedWork {
  /** Waits for the work to end. */
  stop(): Promise<void>;
}

/** Does the work whenever the lease is ours, until stopped. What it throws is logged; the lease is given back and asked for again after a rest. */
export function keepUnderLease(options: Omit<LeaseOptions, 'signal'>, work: (signal: AbortSignal, epoch: bigint) => Promise<void>): LeasedWork {
  const stopping = new AbortController();
  const running = untilStopped();

  async function untilStopped(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      try {
        await prepareLeases(options.pool);
        await underLease({ ...options, signal: stopping.signal }, work);
        failures = 0;
      } catch (error) {
        options.logger.warn({ err: error, lease: options.name, failures }, 'the work under a lease was interrupted');
      }
      await pause(backoffMs(failures, 100, 5_000), undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
