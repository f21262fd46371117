import { setTimeout as pause } from 'node:timers/promises';
import type { BankRecords } from '../../infra/audit/open-records.js';
import { runTool } from '../../infra/journeys/bank-under-test.js';
import { bankProjections } from '../../infra/roles/projections.js';
import { progressOf } from '../../projections/projector/progress.js';
import { publishedUpTo } from '../../services/relay/checkpoint.js';
import { lastPosition } from '../../shared/event-store/last-position.js';
import type { LoadBank } from '../load-bank.js';
import { auditAnswers, type Attempt } from '../transfer-history.js';
import { ledgerRevision, loggedAfter } from './logged-moves.js';

export interface Audited {
  /** Every difference, in words. */
  readonly differences: readonly string[];
  /** Answers that promised a movement or a hold, and movements and holds in the log. */
  readonly answered: number;
  readonly logged: number;
}

const DRAIN_DEADLINE_MS = 600_000;

/** Compares what clients were answered with what the bank's log and read models say. */
export class Auditor {
  #revision = -1n;

  constructor(private readonly bank: LoadBank, private readonly records: BankRecords) {}

  /** What is in the log by now belongs to nobody who is asked about later. */
  async begin(): Promise<void> {
    this.#revision = await ledgerRevision(this.records.log);
  }

  /** Milliseconds until nothing waits for the relay or a read model any more. Throws when that does not come. */
  async drained(): Promise<number> {
    const { log, readPool, opsPool, vault } = this.records;
    const projections = bankProjections(vault).map(({ name }) => name);
    const begun = performance.now();
    for (;;) {
      // Cheaply: what is asked here the bank's processes pay for.
      const end = (await lastPosition(log)) ?? 0n;
      const reached = [{ projection: 'relay', position: await publishedUpTo(opsPool) }, ...(await progressOf(readPool, projections))];
      const behind = reached.filter(({ position }) => position < end);
      const took = performance.now() - begun;
      if (behind.length === 0) return took;
      if (took > DRAIN_DEADLINE_MS) throw new Error(`still behind position ${end}: ${behind.map(({ projection, position }) => `${projection} at ${position}`).join(', ')}`);
      await pause(100);
    }
  }

  /** Every answer since `begin` is stored exactly once, nothing else is, and the books are balanced. */
  async answers(attempts: readonly Attempt[]): Promise<Audited> {
    const { moves, differences } = await loggedAfter(this.records.log, this.#revision);
    const answered = attempts.filter(({ outcome }) => outcome.kind === 'answered').length;
    return { differences: [...differences, ...auditAnswers(attempts, moves), ...(await this.#unbalanced())], answered, logged: moves.length };
  }

  /** The whole log, and every row of the read models against it, as `npm run audit -- verify` finds them. */
  async readModels(): Promise<string[]> {
    const { code, out, err } = await runTool(this.bank.under, 'audit', 'verify');
    return code === 0 ? [] : [`verify ended with ${code}: ${out}${err}`];
  }

  async #unbalanced(): Promise<string[]> {
    const { currencies } = await this.bank.under.client.get<{ currencies: readonly { currency: string; difference: string }[] }>('/v1/ledger/trial-balance');
    return currencies.filter(({ difference }) => !/^0(\.0+)?$/.test(difference)).map(({ currency, difference }) => `the trial balance differs by ${difference} ${currency}`);
  }
}
