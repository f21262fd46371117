import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { accept, nothing, reject } from '../../shared/kernel/decision.js';
import { moneyText } from '../../shared/kernel/money.js';
import { CLOSED } from './accounts.js';
import type { CommandOf } from './commands.js';
import { customerAccount } from './customer-account.js';
import type { LedgerDecision } from './decide-movements.js';
import { assertYears } from './invariants.js';
import { amountRefusal, entriesRefusal, legsOf, type Entry } from './posting.js';
import { firstOf } from './rejections.js';
import type { LedgerState } from './state.js';

/** Holding money back is a step towards taking it out: a frozen account refuses it in either mode. */
export function decidePlaceHold(state: LedgerState, command: CommandOf<'place-hold'>, holdId: string, at: number): LedgerDecision {
  const { money, expiresAt, to } = command;
  assertYears(expiresAt);
  if (money.minor <= 0n) return reject('amount_not_positive');
  if (expiresAt !== undefined && Date.parse(expiresAt) <= at) return reject('expiry_in_past');
  if (to === command.accountId) return reject('same_account');
  const { accounts } = state;
  const slot = customerAccount(state, command.accountId, to);
  if (typeof slot === 'string') return reject(slot);
  const payee = to === undefined ? undefined : accounts.find(to);
  const ofPayee = payee === undefined ? undefined : accounts.statusOf(payee) === CLOSED ? 'payee_unavailable' : accounts.currencyOf(payee) !== money.currency ? 'currency_mismatch' : undefined;
  const unfit = firstOf(ofPayee, entriesRefusal(state, [{ slot, side: 'debit', minor: money.minor }], money.currency));
  if (unfit) return reject(unfit);
  if (accounts.availableOf(slot)! < money.minor) return reject('insufficient_funds');
  const customerId = accounts.customerOf(slot);
  return accept<LedgerEvent>({
    type: 'HoldPlaced',
    data: {
      holdId,
      accountId: command.accountId,
      ...(customerId !== undefined && { customerId }),
      money: moneyText(money),
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
  const entries: Entry[] = [{ slot: hold.slot, side: 'debit', minor }, { slot: payee, side: 'credit', minor, payee: true }];
  const unfit = entriesRefusal(state, entries, command.money?.currency ?? currency);
  if (unfit) return reject(unfit);
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
      captured: moneyText({ minor, currency }),
      released: moneyText({ minor: hold.minor - minor, currency }),
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
    data: { holdId, accountId: state.accounts.idOf(hold.slot), money: moneyText({ minor: hold.minor, currency }), cause },
  };
}
