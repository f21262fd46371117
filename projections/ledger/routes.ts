import { uncachedViews, type CachedViews } from '../../shared/cache/cached-views.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import { addAccountRoutes } from './accounts/routes.js';
import { addHoldRoutes } from './holds/routes.js';
import { ledgerQueryRejections } from './rejections.js';
import { addTransactionRoutes } from './transactions/routes.js';
import { addTrialBalanceRoutes } from './trial-balance/routes.js';

export interface LedgerQueries {
  readonly store: ReadStore;
  /** Opens memos for the answer. */
  readonly vault: Vault;
  readonly cached?: CachedViews;
  /** Every id of the person who has this one: their accounts are listed together. */
  readonly idsOf?: (customerId: string) => Promise<readonly string[]>;
}

export const ledgerQueryRoutes = ({ store, vault, cached = uncachedViews, idsOf = async (id) => [id] }: LedgerQueries): RouteModule => ({
  name: 'accounts',
  description: 'Accounts, their transactions and holds, and the trial balance, from the read model',
  rejections: ledgerQueryRejections,
  routes(server) {
    addAccountRoutes(server, { store, cached, idsOf });
    addTransactionRoutes(server, { store, vault });
    addHoldRoutes(server, { store, vault });
    addTrialBalanceRoutes(server, store);
  },
});
