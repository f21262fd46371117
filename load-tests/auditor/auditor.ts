import { runTool } from '../../infra/journeys/bank-under-test.js';
import type { LoadBank } from '../load-bank.js';
import { auditAnswers, type Attempt } from '../transfer-history.js';
import { untilLevel } from './behind.js';
import { ledgerRevision, loggedAfter } from './logged-moves.js';

export interface Audited {
  /** Every difference, in words. */
  readonly differences: readonly string[];
  /** Answers that promised a movement or a hold, and movements and holds in the log. */
  readonly answered: number;
  readonly logged: number;
}

const DRAIN_DEADLINE_MS = 3_600_000;

/** Compares what clients were answered with what the bank's log and read models say. */
export class Auditor {
  #revision = -1n;

  constructor(private readonly bank: LoadBank) {}

  /** What is in the log by now belongs to nobody who is asked about later. */
  async begin(): Promise<void> {
    this.#revision = await ledgerRevision(this.bank.records.log);
  }

  /** Milliseconds until relay, read models and evaluations have the whole log. */
  drained(): Promise<number> {
    return untilLevel(this.bank.records, DRAIN_DEADLINE_MS);
  }

  /** Every answer since `begin` is stored exactly once, nothing else is, and the books are balanced. */
  async answers(attempts: readonly Attempt[]): Promise<Audited> {
    const { moves, differences } = await loggedAfter(this.bank.records.log, this.#revision);
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
