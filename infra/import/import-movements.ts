import { join } from 'node:path';
import { evaluate, evaluateRequired } from './evaluate.js';
import { LineIds, prepared, type ImportRun, type ImportedAccount } from './import-run.js';
import { lineFault } from './line-faults.js';
import type { Mapping } from './mapping.js';
import { minorUnits } from './minor-units.js';
import { postDay, type Balances } from './post-day.js';
import type { Movement } from './post-movement.js';
import { readSourceLines, type SourceLine } from './source-lines.js';

type Stage = NonNullable<Mapping['movements']>;
const KINDS = ['deposit', 'withdrawal', 'transfer'] as const;

/** What the stage has to say beside the line results. */
export interface MovementFindings {
  /** Lines dated before the one above them. */
  readonly outOfDateOrder: number;
}

/** Posts every line of the movements' file, day by day, each account's lines in the order in which they were posted at the source. */
export async function importMovements(run: ImportRun, balances: Balances): Promise<MovementFindings> {
  const stage = run.mapping.movements;
  if (!stage) return { outOfDateOrder: 0 };
  run.progress.begin('movements', join(run.dir, run.mapping.files[stage.file]!.path));
  let day: Movement[] = [];
  let outOfDateOrder = 0;
  for await (const movement of stage.inDateOrder ? movements(run, stage) : byDate(movements(run, stage))) {
    const previous = day[0]?.bookingDate;
    if (previous !== undefined && movement.bookingDate !== previous) {
      // Never held back: a single mistaken date must not keep out what follows it.
      if (movement.bookingDate < previous) outOfDateOrder++;
      await postDay(run, day, balances);
      day = [];
    }
    day.push(movement);
  }
  await postDay(run, day, balances);
  run.progress.end();
  return { outOfDateOrder };
}

async function* movements(run: ImportRun, stage: Stage): AsyncGenerator<Movement> {
  const ids = new LineIds();
  for await (const line of readSourceLines(run.mapping, stage.file, run.dir)) {
    run.progress.reached(line.bytesRead);
    const id = () => evaluateRequired(stage.id, line, run.lookups, 'movements.id');
    const movement = prepared(run, line, 'movement', id, (known) => {
      const earlier = ids.claim(known, line.number);
      if (earlier !== undefined) throw lineFault('movements.id', 'line_duplicate', `is the same as on line ${earlier}`);
      return movementOf(run, stage, known, line);
    });
    if (movement) yield movement;
  }
}

function movementOf(run: ImportRun, stage: Stage, id: string, line: SourceLine): Movement {
  type Required = 'kind' | 'account' | 'amount' | 'bookingDate' | 'channel';
  const required = (field: Required) => evaluateRequired(stage[field], line, run.lookups, `movements.${field}`);
  const account = accountOf(run, required('account'), 'movements.account');
  const kind = KINDS.find((known) => known === required('kind'));
  if (!kind) throw lineFault('movements.kind', 'value_not_mapped', `is none of ${KINDS.join(', ')}`);
  const minor = minorUnits(required('amount'), account.currency, 'movements.amount');
  if (minor <= 0n) throw lineFault('movements.amount', 'amount_not_positive', 'is not more than zero');
  const to = kind === 'transfer' && stage.to !== undefined
    ? accountOf(run, evaluateRequired(stage.to, line, run.lookups, 'movements.to'), 'movements.to')
    : undefined;
  if (kind === 'transfer' && !to) throw lineFault('movements.to', 'value_missing', 'is needed for a transfer');
  const recorded = stage.recordedBalance && evaluate(stage.recordedBalance.value, line, run.lookups, 'movements.recordedBalance');
  return {
    id, kind, account, to, minor,
    line: { file: line.file, number: line.number },
    amount: kind === 'deposit' ? minor : -minor,
    recorded: recorded === undefined ? undefined : minorUnits(recorded, account.currency, 'movements.recordedBalance'),
    bookingDate: required('bookingDate'),
    valueDate: stage.valueDate === undefined ? undefined : evaluate(stage.valueDate, line, run.lookups, 'movements.valueDate'),
    channel: required('channel'),
    against: stage.against === undefined ? undefined : evaluate(stage.against, line, run.lookups, 'movements.against'),
    memo: stage.memo === undefined ? undefined : evaluate(stage.memo, line, run.lookups, 'movements.memo'),
  };
}

function accountOf(run: ImportRun, sourceId: string, field: string): ImportedAccount {
  const account = run.accounts.get(sourceId);
  if (!account) throw lineFault(field, 'account_not_imported', 'is not an account that came in');
  return account;
}

/** In memory: only for files that are not in date order themselves. */
async function* byDate(lines: AsyncIterable<Movement>): AsyncGenerator<Movement> {
  const all: Movement[] = [];
  for await (const line of lines) all.push(line);
  yield* all.sort((a, b) => (a.bookingDate < b.bookingDate ? -1 : a.bookingDate > b.bookingDate ? 1 : 0));
}
