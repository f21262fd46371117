import type { CurrencyCode } from '../../shared/kernel/money.js';
import type { Accepted, BankClient, Refused } from './bank-client.js';
import { LineUnusable } from './line-faults.js';
import type { Lookups } from './lookups.js';
import type { Mapping } from './mapping.js';
import type { OrderedWork } from './ordered-work.js';
import type { Progress } from './progress.js';
import { refusedBy, type LineResult, type Report } from './report.js';
import type { SourceLine } from './source-lines.js';
import type { StateFile } from './state-file.js';

/** An account that is in, and what was booked on it so far. Amounts in minor units. */
export interface ImportedAccount {
  readonly id: string;
  readonly currency: CurrencyCode;
  /** The sum of what the bank accepted. */
  balance: bigint;
  /** What the source recorded last, moved on by lines that carry no balance. */
  recorded: bigint;
  /** Whether any line of this run was for it. */
  moved: boolean;
}

/** Everything that the stages of one import share. */
export interface ImportRun {
  readonly mapping: Mapping;
  readonly dir: string;
  readonly lookups: Lookups;
  readonly bank: BankClient;
  readonly state: StateFile;
  readonly report: Report;
  readonly work: OrderedWork;
  readonly progress: Progress;
  /** By the source's ids. */
  readonly customers: Map<string, string>;
  readonly accounts: Map<string, ImportedAccount>;
  /** The furthest position of the log that an answer named. */
  position: bigint;
}

export type SendAnswer = ({ readonly outcome: 'accepted' | 'known'; readonly id: string }) | ({ readonly outcome: 'refused' } & Refused);

/** The key of a line: the same file and line id always give the same, so that a repeat is the same command. */
export const keyOf = (mapping: Mapping, file: string, ...id: readonly string[]): string =>
  `import:${mapping.name}:${[mapping.files[file]!.path, ...id].map(encodeURIComponent).join(':')}`;

/** Sends a command unless the state file knows that it was accepted. */
export async function send(run: ImportRun, path: string, key: string, body: unknown): Promise<SendAnswer> {
  const known = run.state.find(key, body);
  if (known) return { outcome: 'known', id: known.id };
  const answer = await run.bank.command(path, key, body);
  if (!answer.accepted) return { outcome: 'refused', ...answer };
  noteAccepted(run, key, body, answer);
  return { outcome: 'accepted', id: answer.id };
}

export function noteAccepted(run: ImportRun, key: string, body: unknown, answer: Pick<Accepted, 'id' | 'position'>): void {
  run.state.record(key, body, answer);
  const position = /^\d+$/.test(answer.position) ? BigInt(answer.position) : 0n;
  if (position > run.position) run.position = position;
}

/** What `make` makes of a line. Where it throws LineUnusable, or the line cannot be read, it is reported as refused, and nothing comes out. */
export function prepared<Value>(
  run: ImportRun, line: SourceLine, as: LineResult['as'], idOf: () => string, make: (id: string) => Value,
): Value | undefined {
  let id: string | undefined;
  try {
    if (line.faults.length > 0) throw new LineUnusable(line.faults);
    id = idOf();
    return make(id);
  } catch (error) {
    if (!(error instanceof LineUnusable)) throw error;
    finish(run, { file: line.file, line: line.number, ...(id === undefined ? {} : { id }), as, ...refusedBy(error.faults) });
    return undefined;
  }
}

export function finish(run: ImportRun, result: LineResult): void {
  run.report.add(result);
  run.progress.lineDone();
}

/** Refuses a second line with an id that an earlier line of the same file has. */
export class LineIds {
  readonly #lines = new Map<string, number>();

  /** The earlier line's number, or nothing where this one is the first. */
  claim(id: string, line: number): number | undefined {
    const earlier = this.#lines.get(id);
    if (earlier === undefined) this.#lines.set(id, line);
    return earlier;
  }
}
