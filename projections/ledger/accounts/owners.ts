/** All that is given must hold for one and the same account. Balances in minor units, both ends included. */
export interface OwnedAccount {
  readonly currency?: string;
  readonly balanceFrom?: bigint;
  readonly balanceTo?: bigint;
  /** A status, or "frozen" for either kind; any but closed where absent. */
  readonly status?: string;
  readonly product?: string;
}

/**
 * SQL for the ids of the customers who own such an account, for searches of other read models in the same database (docs/decisions/search-by-balance.md).
 * `value` makes a parameter of a value. The owner is who the account was opened for; joint holders and signatories do not count.
 */
export function ownersOf({ currency, balanceFrom, balanceTo, status, product }: OwnedAccount, value: (value: unknown) => string): string {
  const conditions = [
    'customer_id is not null',
    statusCondition(status, value),
    ...(currency === undefined ? [] : [`currency = ${value(currency)}`]),
    ...(balanceFrom === undefined ? [] : [`balance >= ${value(balanceFrom.toString())}`]),
    ...(balanceTo === undefined ? [] : [`balance <= ${value(balanceTo.toString())}`]),
    ...(product === undefined ? [] : [`product = ${value(product)}`]),
  ];
  return `select customer_id from ledger.accounts where ${conditions.join(' and ')}`;
}

function statusCondition(status: string | undefined, value: (value: unknown) => string): string {
  if (status === undefined) return `status <> 'closed'`;
  return status === 'frozen' ? `status in ('frozen-full', 'frozen-debit-only')` : `status = ${value(status)}`;
}
