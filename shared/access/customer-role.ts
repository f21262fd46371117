import { viewsFrom, type Views } from './data-classes.js';
import type { Permission } from './permissions.js';
import { minorOf, type CurrencyCode } from '../kernel/money.js';
import type { Limits, Permit, Rights } from './rights.js';

/** As it stands in the log. */
export const CUSTOMER_ROLE = 'customer';

/** What every customer may do who signed in, with their own records alone. It is no record of the access module: nobody gives it and nobody can widen it. */
const PERMITTED: readonly Permission[] = ['own.use', 'customers.read', 'customers.update', 'customers.hand-over', 'accounts.read', 'approvals.read'];

/** One's own data, consents among them; not what the bank thinks of one (credit, liabilities), nor what its staff wrote. */
const VIEWS: Views = viewsFrom({
  name: 'clear', identity: 'clear', 'identity-number': 'clear', contact: 'clear', employment: 'clear', income: 'clear', assets: 'clear', preferences: 'clear', marketing: 'clear', ownership: 'clear',
  'account-number': 'clear', balances: 'clear', movements: 'clear',
});

const OWN: readonly Permit[] = [{ scope: 'own' }];

/** Of every customer; `ownTransfers`: the largest single one. */
export function customerRights({ ownTransfers }: { readonly ownTransfers: Limits }): (customerId: string) => Rights {
  const permits = new Map<Permission, readonly Permit[]>([...PERMITTED.map((permission) => [permission, OWN] as const), ['own.transfer', [{ scope: 'own', limits: ownTransfers }]]]);
  return (holder) => ({ holder, permits, views: VIEWS });
}

/** Decimals by currency, as limits. */
export const limitsFrom = (texts: Readonly<Record<string, string>>): Limits =>
  new Map(Object.entries(texts).map(([currency, amount]) => [currency as CurrencyCode, minorOf(amount, currency as CurrencyCode)]));
