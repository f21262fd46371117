import type { LedgerAnswer } from './answers.js';
import { localDate } from '../../shared/kernel/calendar.js';
import type { LedgerCommand } from './commands.js';
import type { LedgerState } from './state.js';

const HOLDS_AT_ONCE = 200;

/** Logs what happens because time passed, through the same pipeline as everything else. One tick at a time. */
export class Ticking {
  #running = false;

  constructor(private readonly state: LedgerState, private readonly clock: () => Date, private readonly run: (command: LedgerCommand) => Promise<LedgerAnswer>) {}

  async tick(): Promise<void> {
    const { state } = this;
    if (!state.founding || this.#running) return;
    this.#running = true;
    try {
      const now = this.clock();
      const today = localDate(state.founding.timeZone, now);
      if (today > state.businessDate) await this.run({ kind: 'open-business-date', businessDate: today });
      while (state.holds.expired(now.getTime(), 1).length > 0) {
        const given = await this.run({ kind: 'expire-holds', limit: HOLDS_AT_ONCE });
        if (given.outcome === 'refused') return; // an outage: the next tick tries again
      }
    } finally {
      this.#running = false;
    }
  }
}
