import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import type { LineFault } from './line-faults.js';

/**
 * accepted: by the bank, now or by an earlier run under the same key; known: so by the state file, not sent again;
 * linked: the customer was there already.
 */
export type Outcome = 'accepted' | 'known' | 'linked' | 'refused';

/** What became of one line. Amounts are decimal texts in the account's currency. */
export interface LineResult {
  readonly file: string;
  readonly line: number;
  readonly id?: string;
  readonly as: 'customer' | 'account' | 'holder' | 'opening-balance' | 'deposit' | 'withdrawal' | 'transfer' | 'movement';
  readonly outcome: Outcome;
  /** The bank's id of what the line became. */
  readonly bankId?: string;
  readonly code?: string;
  readonly errors?: readonly LineFault[];
  /** Customers who are probably the same person, as the bank named them. */
  readonly candidates?: readonly unknown[];
  /** The recorded balance less what the one before it and the amount make; less our own balance after the line. */
  readonly recordedLessChain?: string;
  readonly recordedLessOwn?: string;
}

export type Counts = Record<Outcome, number>;

/** The report: a JSON line for every line of the source as it is decided, and the summary as the last line. Mode 0600. */
export class Report {
  readonly counts: Record<string, Counts> = {};
  readonly refusals: Record<string, number> = {};
  private constructor(private readonly stream: WriteStream) {}

  static async open(path: string): Promise<Report> {
    const stream = createWriteStream(path, { mode: 0o600 });
    await once(stream, 'open');
    return new Report(stream);
  }

  add(result: LineResult): void {
    const counts = (this.counts[result.as] ??= { accepted: 0, known: 0, linked: 0, refused: 0 });
    counts[result.outcome]++;
    if (result.outcome === 'refused') this.refusals[result.code ?? ''] = (this.refusals[result.code ?? ''] ?? 0) + 1;
    this.stream.write(`${JSON.stringify(result)}\n`);
  }

  get refused(): number {
    return Object.values(this.refusals).reduce((sum, count) => sum + count, 0);
  }

  async close(summary?: object): Promise<void> {
    if (summary) this.stream.write(`${JSON.stringify({ summary })}\n`);
    this.stream.end();
    await once(this.stream, 'close');
  }
}

/** A refused line's result from its faults; the first gives the code. */
export const refusedBy = (faults: readonly LineFault[]): Pick<LineResult, 'outcome' | 'code' | 'errors'> => ({
  outcome: 'refused', code: faults[0]!.code, errors: faults,
});
