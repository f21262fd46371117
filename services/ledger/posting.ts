import type { Leg } from '../../shared/events/ledger/events.js';
import { amountText, type CurrencyCode } from '../../shared/kernel/money.js';
import { CLOSED, FROZEN_FULL, OPEN } from './accounts.js';
import type { LedgerCode } from './rejections.js';
import type { LedgerState } from './state.js';

/** Balances stay within this many minor units either way; BigInt64 columns hold them with room to spare. */
export const MAX_BALANCE = 4n * 10n ** 18n;

/** One side of a movement that is being decided. */
export interface Entry {
  readonly slot: number;
  readonly side: 'debit' | 'credit';
  readonly minor: bigint;
}

/** Whether the entry takes money out of the account (as its owner sees it). */
const takesOut = (state: LedgerState, entry: Entry): boolean => entry.side !== state.accounts.normalSideOf(entry.slot);

/** Why an account in this status refuses the entry, if it does. Full freeze refuses both sides, debit-only lets money in. */
export function statusRefusal(state: LedgerState, entry: Entry): 'account_closed' | 'account_frozen' | undefined {
  const status = state.accounts.statusOf(entry.slot);
  if (status === OPEN) return undefined;
  if (status === CLOSED) return 'account_closed';
  return status === FROZEN_FULL || takesOut(state, entry) ? 'account_frozen' : undefined;
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

/** The legs as they will stand in the event. The accounts of the entries are different ones. */
export function legsOf(state: LedgerState, entries: readonly Entry[], currency: CurrencyCode, memo: string | undefined): Leg[] {
  const { accounts } = state;
  return entries.map((entry) => {
    const customerId = accounts.customerOf(entry.slot);
    const after = accounts.balanceOf(entry.slot) + (takesOut(state, entry) ? -entry.minor : entry.minor);
    const leg: Leg = {
      accountId: accounts.idOf(entry.slot),
      side: entry.side,
      money: { amount: amountText(entry.minor, currency), currency },
      balanceAfter: { amount: amountText(after, currency), currency },
    };
    if (customerId === undefined) return leg;
    leg.customerId = customerId;
    if (memo !== undefined) leg.memo = memo;
    return leg;
  });
}
