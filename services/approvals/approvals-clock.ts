import type { Logger } from 'pino';
import { startRounds } from '../../shared/lifecycle/rounds.js';
import type { Approvals } from './approvals.js';

/** Requests that time or an interruption has left something to be done with. */
export interface Outstanding {
  /** Pending, and their time is up. */
  readonly overdue: readonly string[];
  /** Approved and not run. */
  readonly approved: readonly string[];
}

export interface ApprovalsClockOptions {
  readonly approvals: Pick<Approvals, 'execute' | 'expire'>;
  readonly outstanding: () => Promise<Outstanding>;
  readonly everyMs: number;
  readonly logger: Logger;
}

/** Lets requests expire as events of the log, and runs what was approved when whoever was to run it had stopped. Several may tick at once. */
export function startApprovalsClock({ approvals, outstanding, everyMs, logger }: ApprovalsClockOptions): { tick(): Promise<void>; stop(): Promise<void> } {
  const attempt = async (id: string, what: (id: string) => Promise<unknown>): Promise<void> => {
    try {
      await what(id);
    } catch (error) {
      logger.warn({ err: error, approvalId: id }, 'a request for approval could not be moved on and will be tried again');
    }
  };

  async function tick(): Promise<void> {
    const { overdue, approved } = await outstanding();
    for (const id of overdue) await attempt(id, approvals.expire);
    for (const id of approved) await attempt(id, approvals.execute);
  }

  const rounds = startRounds(() => tick().catch((error: unknown) => logger.warn({ err: error }, 'which requests for approval are outstanding is not known')), everyMs);
  return { tick, stop: rounds.stop };
}
