import type { Logger } from 'pino';
import { startRounds, type Rounds } from '../../../shared/lifecycle/rounds.js';
import type { Cases } from './cases.js';

export interface SnoozeClockOptions {
  readonly cases: Pick<Cases, 'endSnooze'>;
  /** Snoozed cases whose time is up. */
  readonly due: () => Promise<readonly string[]>;
  readonly everyMs: number;
  readonly logger: Logger;
}

/** Wakes what has slept long enough, as events of the log. Several may tick at once. */
export function startSnoozeClock({ cases, due, everyMs, logger }: SnoozeClockOptions): Rounds {
  async function round(): Promise<void> {
    try {
      for (const id of await due()) await cases.endSnooze(id);
    } catch (error) {
      logger.warn({ err: error }, 'cases whose snooze is over could not be woken and will be tried again');
    }
  }
  return startRounds(round, everyMs);
}
