import { viewsFrom, type Views } from './data-classes.js';
import type { Permission } from './permissions.js';
import type { Permit, Rights } from './rights.js';

/** As it stands in the log. */
export const CUSTOMER_ROLE = 'customer';

/** What every customer may do who signed in, with their own records alone. It is no record of the access module: nobody gives it and nobody can widen it. */
const PERMITTED: readonly Permission[] = ['own.use', 'customers.read', 'accounts.read'];

/** One's own data; not what the bank thinks of one (credit, liabilities, segments), nor what its staff wrote. */
const VIEWS: Views = viewsFrom({
  name: 'clear', identity: 'clear', 'identity-number': 'clear', contact: 'clear', employment: 'clear', income: 'clear', assets: 'clear', preferences: 'clear', ownership: 'clear',
  'account-number': 'clear', balances: 'clear', movements: 'clear',
});

const OWN: readonly Permit[] = [{ scope: 'own' }];

export const customerRights = (customerId: string): Rights =>
  ({ holder: customerId, permits: new Map(PERMITTED.map((permission) => [permission, OWN])), views: VIEWS });
