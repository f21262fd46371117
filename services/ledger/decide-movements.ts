import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { accept, reject, type Decision } from '../../shared/kernel/decision.js';
import type { CashCommand, LedgerCommand, TransferCommand } from './commands.js';
import { customerAccount } from './customer-account.js';
import { assertYears } from './invariants.js';
import { amountRefusal, entriesRefusal, legsOf, type Entry } from './posting.js';
import type { GeneralLedgerLine } from './products.js';
import type { LedgerCode } from './rejections.js';
import type { LedgerState } from './state.js';

export type LedgerDecision = Decision<LedgerEvent, LedgerCode>;

export function decideDeposit(state: LedgerState, command: CashCommand, movementId: string): LedgerDecision {
  return decideCash(state, command, movementId, 'credit');
}

export function decideWithdrawal(state: LedgerState, command: CashCommand, movementId: string): LedgerDecision {
  return decideCash(state, command, movementId, 'debit');
}

function decideCash(state: LedgerState, command: CashCommand, movementId: string, side: 'debit' | 'credit'): LedgerDecision {
  const refusal = moneyRefusal(state, command);
  if (refusal) return reject(refusal);
  const slot = customerAccount(state, command.accountId);
  if (typeof slot === 'string') return reject(slot);
  const { minor, currency } = command.money;
  const own = state.generalLedgerSlot(command.against ?? lineOf(command.channel), currency);
  const entry: Entry = { slot, side, minor };
  const contra: Entry = { slot: own, side: side === 'credit' ? 'debit' : 'credit', minor };
  const entries = side === 'credit' ? [contra, entry] : [entry, contra];
  const unfit = entriesRefusal(state, entries, currency) ?? amountRefusal(state, entries);
  if (unfit) return reject(unfit);
  const legs = legsOf(state, entries, currency, command.memo);
  return accept<LedgerEvent>({ type: side === 'credit' ? 'DepositPosted' : 'WithdrawalPosted', data: { movementId, legs } });
}

/** Cash changes hands at the counter and at machines; everything else arrives by clearing. */
const lineOf = (channel: CashCommand['channel']): GeneralLedgerLine => (channel === 'counter' || channel === 'atm' ? 'cash' : 'clearing');

export function decideTransfer(state: LedgerState, command: Omit<TransferCommand, 'kind'>, movementId: string): LedgerDecision {
  const refusal = moneyRefusal(state, command);
  if (refusal) return reject(refusal);
  if (command.from === command.to) return reject('same_account');
  const { accounts } = state;
  const from = accounts.find(command.from);
  const to = accounts.find(command.to);
  if (from < 0 || to < 0) return reject('account_not_found', from < 0 ? 'The account to be debited is unknown' : 'The account to be credited is unknown');
  const { minor, currency } = command.money;
  const entries: Entry[] = [{ slot: from, side: 'debit', minor }, { slot: to, side: 'credit', minor, payee: true }];
  const unfit = entriesRefusal(state, entries, currency) ?? amountRefusal(state, entries);
  if (unfit) return reject(unfit);
  return accept<LedgerEvent>({ type: 'TransferPosted', data: { movementId, legs: legsOf(state, entries, currency, command.memo) } });
}

/** What is wrong with the order itself, whatever the accounts. */
function moneyRefusal(state: LedgerState, command: Pick<Extract<LedgerCommand, { kind: 'transfer' }>, 'money' | 'bookingDate' | 'valueDate'>): LedgerCode | undefined {
  assertYears(command.bookingDate, command.valueDate);
  if (command.money.minor <= 0n) return 'amount_not_positive';
  if ((command.bookingDate ?? '') > state.businessDate || (command.valueDate ?? '') > state.businessDate) return 'date_in_future';
  return undefined;
}
