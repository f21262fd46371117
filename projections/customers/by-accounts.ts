import { minorOf } from '../../shared/kernel/money.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { CustomerFilter } from './conditions.js';

/** What is asked of an account; all of it must hold for one and the same. Balances in minor units, both ends included. */
export interface AccountCondition {
  readonly currency?: string;
  readonly balanceFrom?: bigint;
  readonly balanceTo?: bigint;
  readonly status?: string;
  readonly product?: string;
}

type Parameter = (value: unknown) => string;

/**
 * SQL for the ids of the customers who own such an account, told by the ledger's read model (docs/decisions/search-by-balance.md). `value` makes a
 * parameter. The composition brings the two together: neither module knows the other.
 */
export type OwnersOf = (condition: AccountCondition, value: Parameter) => string;

/** The customers whom a search's accounts leave: all of them where they are few, else how to tell one. */
export type ByAccounts = { readonly few: readonly string[] } | { readonly condition: (value: Parameter) => string };

/** Named by their ids up to here; a list sorted from so many costs some tens of milliseconds. */
export const FEW_CUSTOMERS = 5_000;

/** Whether the ledger's read model is asked as well. */
export const asksForAccounts = ({ balanceFrom, balanceTo, currency, accountStatus }: CustomerFilter): boolean =>
  balanceFrom !== undefined || balanceTo !== undefined || currency !== undefined || accountStatus !== undefined;

/**
 * Undefined where the search says nothing of accounts. Asked before the search itself, because Postgres cannot tell beforehand whether few or many fit (balance
 * and state go together, as do product and currency), and the way that is best for many reads the whole table for few.
 */
export async function customersByAccounts(store: ReadStore, ownersOf: OwnersOf, filter: CustomerFilter, few: number): Promise<ByAccounts | undefined> {
  const { product } = filter;
  const account = accountCondition(filter);
  if (!account && product === undefined) return undefined;
  const members = (value: Parameter): string =>
    account ? ownersOf(account, value) : `select unnest(customer_ids) from customers.account_holders where product = ${value(product)} and status <> 'closed'`;
  const values: unknown[] = [];
  const rows = await store.query<{ id: string }>(`select id from (${members((value) => `$${values.push(value)}`)}) as members (id) limit ${few + 1}`, values);
  // Ids as the ledger has them: a search maps those of merged records to their survivors.
  if (rows.length <= few) return { few: [...new Set(rows.map(({ id }) => id))] };
  return {
    condition: (value) => account
      ? `(id in (${members(value)}) or (merged_ids <> '{}' and exists (select 1 from unnest(merged_ids) as old (id) where old.id in (${members(value)}))))`
      : `exists (select 1 from customers.account_holders h where h.product = ${value(product)} and h.status <> 'closed' and (h.customer_ids @> array[customers.id] or (customers.merged_ids <> '{}' and h.customer_ids && customers.merged_ids)))`,
  };
}

function accountCondition(filter: CustomerFilter): AccountCondition | undefined {
  const { balanceFrom, balanceTo, currency, accountStatus, product } = filter;
  if (!asksForAccounts(filter)) return undefined;
  return {
    ...(currency !== undefined && {
      currency,
      ...(balanceFrom !== undefined && { balanceFrom: minorOf(balanceFrom, currency) }),
      ...(balanceTo !== undefined && { balanceTo: minorOf(balanceTo, currency) }),
    }),
    ...(accountStatus !== undefined && { status: accountStatus }),
    ...(product !== undefined && { product }),
  };
}
