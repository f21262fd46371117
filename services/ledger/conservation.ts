import type { LedgerState } from './state.js';

/** What is wrong with the books, if anything: per currency debits equal credits, and no account lies below what it may. */
export function conserved(state: LedgerState): string | undefined {
  const { accounts } = state;
  const sums = new Map<string, bigint>();
  for (let slot = 0; slot < accounts.count; slot++) {
    const currency = accounts.currencyOf(slot);
    const balance = accounts.balanceOf(slot);
    sums.set(currency, (sums.get(currency) ?? 0n) + (accounts.normalSideOf(slot) === 'debit' ? balance : -balance));
    const available = accounts.availableOf(slot);
    if (available !== undefined && available < 0n) return `account ${accounts.idOf(slot)} is ${-available} below what it may be`;
    if (accounts.heldOf(slot) < 0n) return `account ${accounts.idOf(slot)} holds less than nothing`;
  }
  for (const [currency, sum] of sums) if (sum !== 0n) return `${currency}: debits less credits is ${sum}`;
  return undefined;
}
