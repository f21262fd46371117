import { join } from 'node:path';
import { isCurrency, moneyText } from '../../shared/kernel/money.js';
import { evaluateRequired, findLines } from './evaluate.js';
import { finish, keyOf, LineIds, prepared, send, type ImportRun, type ImportedAccount } from './import-run.js';
import { LineUnusable, lineFault } from './line-faults.js';
import type { Mapping } from './mapping.js';
import { minorUnits } from './minor-units.js';
import { refusedBy } from './report.js';
import { readSourceLines, type SourceLine } from './source-lines.js';

type Stage = NonNullable<Mapping['accounts']>;
const OPENING = 'accounts.openingBalance.amount';
interface HolderLine {
  readonly line: SourceLine;
  readonly customerId: string;
  readonly role: string;
}

/** Opens an account for every line of the accounts' file, with its further holders, and posts its opening balance where the mapping has one. */
export async function importAccounts(run: ImportRun): Promise<void> {
  const stage = run.mapping.accounts;
  if (!stage) return;
  const ids = new LineIds();
  const heldLines = new Set<SourceLine>();
  run.progress.begin('accounts', join(run.dir, run.mapping.files[stage.file]!.path));
  for await (const line of readSourceLines(run.mapping, stage.file, run.dir)) {
    run.progress.reached(line.bytesRead);
    const account = prepared(run, line, 'account', () => evaluateRequired(stage.id, line, run.lookups, 'accounts.id'), (id) => {
      const earlier = ids.claim(id, line.number);
      if (earlier !== undefined) throw lineFault('accounts.id', 'line_duplicate', `is the same as on line ${earlier}`);
      return openingOf(run, stage, id, line);
    });
    if (!account) continue;
    const holders = stage.holders ? holdersOf(run, stage.holders, line, heldLines) : [];
    await run.work.add([account.id], () => openAccount(run, stage, line, account, holders));
  }
  await run.work.drain();
  if (stage.holders) reportUnusedHolders(run, stage.holders, heldLines);
  run.progress.end();
}

type Opening = ReturnType<typeof openingOf>;

function openingOf(run: ImportRun, stage: Stage, id: string, line: SourceLine) {
  const required = (field: 'owner' | 'product' | 'currency') => evaluateRequired(stage[field], line, run.lookups, `accounts.${field}`);
  const customerId = run.customers.get(required('owner'));
  if (customerId === undefined) throw lineFault('accounts.owner', 'customer_not_imported', 'is not a customer that came in');
  const currency = required('currency');
  if (!isCurrency(currency)) throw lineFault('accounts.currency', 'currency_unknown', 'is not a currency this bank keeps books in');
  const opening = stage.openingBalance && {
    amount: minorUnits(evaluateRequired(stage.openingBalance.amount, line, run.lookups, OPENING), currency, OPENING),
    bookingDate: evaluateRequired(stage.openingBalance.bookingDate, line, run.lookups, 'accounts.openingBalance.bookingDate'),
  };
  return { id, customerId, currency, product: required('product'), opening };
}

async function openAccount(run: ImportRun, stage: Stage, line: SourceLine, account: Opening, holders: readonly HolderLine[]): Promise<void> {
  const at = { file: line.file, line: line.number, id: account.id, as: 'account' } as const;
  const body = {
    customerId: account.customerId,
    product: account.product,
    currency: account.currency,
    channel: 'batch',
    ...(holders.length === 0 ? {} : { holders: holders.map(({ customerId, role }) => ({ customerId, role })) }),
  };
  const answer = await send(run, '/v1/accounts', keyOf(run.mapping, stage.file, account.id), body);
  if (answer.outcome === 'refused') {
    finish(run, { ...at, ...refusedBy(answer.errors), code: answer.code });
    for (const { line: held } of holders) refuseHolder(run, held, 'account_not_imported', 'names an account that did not come in');
    return;
  }
  const imported: ImportedAccount = { id: answer.id, currency: account.currency, balance: 0n, recorded: 0n, moved: false };
  run.accounts.set(account.id, imported);
  finish(run, { ...at, outcome: answer.outcome, bankId: answer.id });
  const came = { as: 'holder', outcome: answer.outcome, bankId: answer.id } as const;
  for (const { line: held } of holders) run.report.add({ file: held.file, line: held.number, ...came });
  if (account.opening && account.opening.amount !== 0n) await postOpening(run, stage, line, account, imported, account.opening);
}

async function postOpening(
  run: ImportRun, stage: Stage, line: SourceLine, account: Opening, imported: ImportedAccount, opening: { amount: bigint; bookingDate: string },
): Promise<void> {
  const at = { file: line.file, line: line.number, id: account.id, as: 'opening-balance' } as const;
  // What the source recorded is what it was, whether or not the bank takes it.
  imported.recorded = opening.amount;
  const debt = opening.amount < 0n;
  const money = moneyText({ minor: debt ? -opening.amount : opening.amount, currency: account.currency });
  const body = { money, channel: 'batch', against: 'opening', memo: 'opening balance', bookingDate: opening.bookingDate };
  const path = `/v1/accounts/${imported.id}/${debt ? 'withdrawals' : 'deposits'}`;
  const answer = await send(run, path, keyOf(run.mapping, stage.file, account.id, 'opening-balance'), body);
  if (answer.outcome === 'refused') return run.report.add({ ...at, ...refusedBy(answer.errors), code: answer.code });
  imported.balance = opening.amount;
  imported.moved = true;
  run.report.add({ ...at, outcome: answer.outcome, bankId: answer.id });
}

/** The further holders that came in. One that did not is reported on its own line and keeps the account from nothing. */
function holdersOf(run: ImportRun, holders: NonNullable<Stage['holders']>, line: SourceLine, heldLines: Set<SourceLine>): HolderLine[] {
  const found: HolderLine[] = [];
  for (const held of findLines(holders, line, run.lookups, 'accounts.holders')) {
    heldLines.add(held);
    try {
      if (held.faults.length > 0) throw new LineUnusable(held.faults);
      const customerId = run.customers.get(evaluateRequired(holders.customer, held, run.lookups, 'accounts.holders.customer'));
      if (customerId === undefined) throw lineFault('accounts.holders.customer', 'customer_not_imported', 'is not a customer that came in');
      found.push({ line: held, customerId, role: evaluateRequired(holders.role, held, run.lookups, 'accounts.holders.role') });
    } catch (error) {
      if (!(error instanceof LineUnusable)) throw error;
      run.report.add({ file: held.file, line: held.number, as: 'holder', ...refusedBy(error.faults) });
    }
  }
  return found;
}

/** Holder lines that no account asked for, so that none is dropped without a word. */
function reportUnusedHolders(run: ImportRun, holders: NonNullable<Stage['holders']>, heldLines: ReadonlySet<SourceLine>): void {
  const constants = Object.entries(holders.where).filter(([, value]) => typeof value === 'string');
  for (const held of run.lookups.lines.get(holders.file) ?? []) {
    if (heldLines.has(held)) continue;
    if (held.faults.length > 0) run.report.add({ file: held.file, line: held.number, as: 'holder', ...refusedBy(held.faults) });
    else if (constants.every(([column, value]) => held.values[column] === value))
      refuseHolder(run, held, 'account_not_imported', 'names an account that did not come in');
  }
}

const refuseHolder = (run: ImportRun, held: SourceLine, code: string, detail: string): void =>
  run.report.add({ file: held.file, line: held.number, as: 'holder', ...refusedBy([{ field: 'accounts.holders', code, detail }]) });
