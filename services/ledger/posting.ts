import type { Leg } from '../../shared/events/ledger/events.js';
import { moneyText, type CurrencyCode } from '../../shared/kernel/money.js';
import { CLOSED, FROZEN_FULL, OPEN } from './accounts.js';
import { firstOf, type LedgerCode } from './rejections.js';
import type { LedgerState } from './state.js';

/** Balances stay within this many minor units either way; BigInt64 columns hold them with room to spare. */
export const MAX_BALANCE = 4n * 10n ** 18n;

/** One side of a movement that is being decided. */
export interface Entry {
  readonly slot: number;
  readonly side: 'debit' | 'credit';
  readonly minor: bigint;
  /** Only named as where the money goes: whoever pays need not reach it, and is not told what became of it. */
  readonly payee?: true;
}

/** Whether the entry takes money out of the account (as its owner sees it). */
const takesOut = (state: LedgerState, entry: Entry): boolean => entry.side !== state.accounts.normalSideOf(entry.slot);

/** Why an account in this status refuses the entry, if it does. Full freeze refuses both sides, debit-only lets money in. */
function statusRefusal(state: LedgerState, entry: Entry): 'account_closed' | 'account_frozen' | 'payee_unavailable' | undefined {
  const status = state.accounts.statusOf(entry.slot);
  if (status === OPEN) return undefined;
  if (status !== CLOSED && status !== FROZEN_FULL && !takesOut(state, entry)) return undefined;
  if (entry.payee) return 'payee_unavailable';
  return status === CLOSED ? 'account_closed' : 'account_frozen';
}

/** Why the accounts refuse these entries in this currency, whatever the amounts; of several reasons the one that the table puts first. */
export function entriesRefusal(state: LedgerState, entries: readonly Entry[], currency: CurrencyCode): LedgerCode | undefined {
  let refusal: LedgerCode | undefined;
  for (const entry of entries) {
    refusal = firstOf(refusal, statusRefusal(state, entry));
    if (state.accounts.currencyOf(entry.slot) !== currency) refusal = firstOf(refusal, 'currency_mismatch');
  }
  return refusal;
}

/** Whether the amounts fit; `releasing` is what a capture frees on the first entry's account at the same time. */
export function amountRefusal(state: LedgerState, entries: readonly Entry[], releasing = 0n): LedgerCode | undefined {
  const { accounts } = state;
  let refusal: LedgerCode | undefined;
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]!;
    const out = takesOut(state, entry);
    if (out) {
      const available = accounts.availableOf(entry.slot);
      if (available !== undefined && available + (index === 0 ? releasing : 0n) < entry.minor) return 'insufficient_funds';
    }
    const after = accounts.balanceOf(entry.slot) + (out ? -entry.minor : entry.minor);
    if (after > MAX_BALANCE || after < -MAX_BALANCE) refusal = 'balance_too_large';
  }
  return refusal;
}

/**
 * The legs as they will stand in the event. The accounts of the entries are different ones. The memo goes to the customers' legs; to the bank's own
 * only where there are no others, so that no customer's text outlives the customer's key.
 */
export function legsOf(state: LedgerState, entries: readonly Entry[], currency: CurrencyCode, memo: string | undefined): Leg[] {
  const { accounts } = state;
  const ofTheHouse = memo !== undefined && entries.every(({ slot }) => accounts.isGeneralLedger(slot));
  return entries.map((entry) => {
    const customerId = accounts.customerOf(entry.slot);
    const after = accounts.balanceOf(entry.slot) + (takesOut(state, entry) ? -entry.minor : entry.minor);
    const leg: Leg = {
      accountId: accounts.idOf(entry.slot),
      side: entry.side,
      money: moneyText({ minor: entry.minor, currency }),
      balanceAfter: moneyText({ minor: after, currency }),
    };
    if (customerId !== undefined) leg.customerId = customerId;
    if (memo !== undefined && (customerId !== undefined || ofTheHouse)) leg.memo = memo;
    return leg;
  });
}
