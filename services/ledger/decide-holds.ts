import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { accept, nothing, reject } from '../../shared/kernel/decision.js';
import { amountText } from '../../shared/kernel/money.js';
import { CLOSED } from './accounts.js';
import type { LedgerCommand } from './commands.js';
import type { LedgerDecision } from './decide-movements.js';
import { amountRefusal, legsOf, statusRefusal, type Entry } from './posting.js';
import { firstOf } from './rejections.js';
import type { LedgerState } from './state.js';

type CommandOf<Kind extends LedgerCommand['kind']> = Extract<LedgerCommand, { kind: Kind }>;

/** Holding money back is a step towards taking it out: a frozen account refuses it in either mode. */
export function decidePlaceHold(state: LedgerState, command: CommandOf<'place-hold'>, holdId: string, at: number): LedgerDecision {
  const { money, expiresAt, to } = command;
  if (money.minor <= 0n) return reject('amount_not_positive');
  if (expiresAt !== undefined && Date.parse(expiresAt) <= at) return reject('expiry_in_past');
  if (to === command.accountId) return reject('same_account');
  const { accounts } = state;
  const slot = accounts.find(command.accountId);
  const payee = to === undefined ? undefined : accounts.find(to);
  if (slot < 0 || (payee !== undefined && payee < 0)) return reject('account_not_found');
  if (accounts.isGeneralLedger(slot)) return reject('account_is_general_ledger');
  if (accounts.statusOf(slot) === CLOSED || (payee !== undefined && accounts.statusOf(payee) === CLOSED)) return reject('account_closed');
  if (accounts.currencyOf(slot) !== money.currency || (payee !== undefined && accounts.currencyOf(payee) !== money.currency)) return reject('currency_mismatch');
  if (statusRefusal(state, { slot, side: 'debit', minor: money.minor })) return reject('account_frozen');
  if (accounts.availableOf(slot)! < money.minor) return reject('insufficient_funds');
  const customerId = accounts.customerOf(slot);
  return accept<LedgerEvent>({
    type: 'HoldPlaced',
    data: {
      holdId,
      accountId: command.accountId,
      ...(customerId !== undefined && { customerId }),
      money: { amount: amountText(money.minor, money.currency), currency: money.currency },
      ...(expiresAt !== undefined && { expiresAt }),
      ...(to !== undefined && { to }),
      ...(command.memo !== undefined && { memo: command.memo }),
    },
  });
}

/** `known`: the hold once existed. Part of a hold may be captured; the rest is released at once. An expired hold is not captured even before the tick. */
export function decideCapture(state: LedgerState, command: CommandOf<'capture-hold'>, known: boolean, movementId: string, at: number): LedgerDecision {
  if (command.money && command.money.minor <= 0n) return reject('amount_not_positive');
  const hold = state.holds.get(command.holdId);
  if (!hold) return reject(known ? 'hold_ended' : 'hold_not_found');
  if (hold.expiresAt !== undefined && hold.expiresAt <= at) return reject('hold_expired');
  const { accounts } = state;
  const currency = accounts.currencyOf(hold.slot);
  const minor = command.money?.minor ?? hold.minor;
  const payee = hold.to === undefined ? state.generalLedgerSlot('clearing', currency) : accounts.find(hold.to);
  const entries: [Entry, Entry] = [{ slot: hold.slot, side: 'debit', minor }, { slot: payee, side: 'credit', minor }];
  const status = firstOf(statusRefusal(state, entries[0]), statusRefusal(state, entries[1]));
  if (status === 'account_closed') return reject(status);
  if (command.money && command.money.currency !== currency) return reject('currency_mismatch');
  if (status) return reject(status);
  if (minor > hold.minor) return reject('capture_exceeds_hold');
  const amounts = amountRefusal(state, entries, hold.minor);
  if (amounts) return reject(amounts);
  return accept<LedgerEvent>({
    type: 'HoldCaptured',
    data: {
      movementId,
      legs: legsOf(state, entries, currency, command.memo),
      holdId: hold.holdId,
      accountId: accounts.idOf(hold.slot),
      captured: { amount: amountText(minor, currency), currency },
      released: { amount: amountText(hold.minor - minor, currency), currency },
    },
  });
}

/** Releasing gives money back to its owner, so neither freeze nor expiry stands in its way. */
export function decideRelease(state: LedgerState, command: CommandOf<'release-hold'>, known: boolean): LedgerDecision {
  if (!state.holds.get(command.holdId)) return reject(known ? 'hold_ended' : 'hold_not_found');
  return accept<LedgerEvent>(released(state, command.holdId, 'released'));
}

/** On the shard's tick: holds whose time has passed, soonest first, at most `limit`. */
export function decideExpiry(state: LedgerState, limit: number, at: number): LedgerDecision {
  const [first, ...rest] = state.holds.expired(at, limit).map((hold) => released(state, hold.holdId, 'expired'));
  return first ? accept<LedgerEvent>(first, ...rest) : nothing;
}

function released(state: LedgerState, holdId: string, cause: 'released' | 'expired'): LedgerEvent {
  const hold = state.holds.get(holdId)!;
  const currency = state.accounts.currencyOf(hold.slot);
  return {
    type: 'HoldReleased',
    data: { holdId, accountId: state.accounts.idOf(hold.slot), money: { amount: amountText(hold.minor, currency), currency }, cause },
  };
}
