import { amountText, type CurrencyCode } from '../../shared/kernel/money.js';
import type { StatedAccount } from './queries.js';

export type BalanceSheet = ReturnType<typeof balanceSheet>;

/** What the bank owes whoever owns the accounts, and what they owe it: a balance below zero is a debt. `balances` by account, in minor units. */
export function balanceSheet(accounts: readonly StatedAccount[], balances: ReadonlyMap<string, bigint>) {
  const claims = accounts.map((account) => ({ account, balance: balances.get(account.id) ?? 0n }));
  const shown = (currency: CurrencyCode, own: readonly bigint[]) => {
    const owed = own.reduce((sum, balance) => (balance > 0n ? sum + balance : sum), 0n);
    const owing = own.reduce((sum, balance) => (balance < 0n ? sum - balance : sum), 0n);
    return { currency, owedToCustomer: amountText(owed, currency), owedByCustomer: amountText(owing, currency), net: amountText(owed - owing, currency) };
  };
  return {
    accounts: claims.map(({ account: { id, accountNumber, product, currency }, balance }) => ({ accountId: id, accountNumber, product, ...shown(currency, [balance]) })),
    currencies: [...new Set(accounts.map(({ currency }) => currency))].sort()
      .map((currency) => shown(currency, claims.filter(({ account }) => account.currency === currency).map(({ balance }) => balance))),
  };
}
