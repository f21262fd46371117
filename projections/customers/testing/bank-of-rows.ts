import { pino } from 'pino';
import type { Rights } from '../../../shared/access/rights.js';
import { createMemoryVault } from '../../../shared/crypto/memory-vault.js';
import { bootstrapPrincipal } from '../../../shared/http/authentication.js';
import { buildServer } from '../../../shared/http/server.js';
import { noAccessLog } from '../../../shared/http/testing/no-access-log.js';
import { documented } from '../../../shared/http/testing/documented.js';
import { readDatabase } from '../../../shared/testing/read-database.js';
import { accountIndexes, accountTables } from '../../ledger/accounts/tables.js';
import { ownersOf } from '../../ledger/accounts/owners.js';
import { customersProjection } from '../projection.js';
import { customerQueryRoutes } from '../routes.js';
import { customerQueries } from '../search.js';

/** A customer as the read model holds one, without a profile: for lists and filters that open none. */
export interface CustomerRow {
  readonly id: string;
  readonly kind: 'individual' | 'corporate';
  readonly status: 'active' | 'erased';
  readonly branch: string | null;
  readonly manager?: string;
  readonly birthYear: number | null;
  readonly sex: string | null;
  readonly cityCode: string | null;
  readonly incomeBand: string | null;
  readonly riskLevel: string | null;
  /** ISO times. */
  readonly registeredAt: string;
  readonly updatedAt: string;
}

export interface AccountRow {
  readonly id: string;
  readonly owner: string;
  readonly product: string;
  readonly currency: string;
  readonly status: 'open' | 'frozen-full' | 'frozen-debit-only' | 'closed';
  /** Minor units. */
  readonly balance: bigint;
}

/** Searches over the rows given, behind the real HTTP server, with the ledger's accounts in the same database. */
export async function bankOfRows(t: { teardown(handler: () => unknown): void }, customers: readonly CustomerRow[], accounts: readonly AccountRow[], { rights = bootstrapPrincipal.rights, ...options }: { readonly few?: number; readonly rights?: Rights } = {}) {
  const vault = createMemoryVault();
  const { store, query } = await readDatabase(t, customersProjection(vault));
  await query(`create schema ledger; set search_path = ledger; ${accountTables} ${accountIndexes} set search_path = public`);
  await query(
    `insert into customers.customers select c.id, 0, c.kind, c.status, false, false, null, null, null, '{}', false, c.branch, c.manager, c."birthYear", c.sex, c."cityCode", c."incomeBand", c."riskLevel", c."registeredAt", c."updatedAt", null, null, '{}'
     from jsonb_to_recordset($1) as c(id uuid, kind text, status text, branch text, manager text, "birthYear" smallint, sex text, "cityCode" text, "incomeBand" text, "riskLevel" text,
       "registeredAt" timestamptz, "updatedAt" timestamptz)`, [JSON.stringify(customers)]);
  const rows = JSON.stringify(accounts.map((account) => ({ ...account, balance: account.balance.toString() })));
  await query(
    `insert into ledger.accounts (id, account_number, kind, normal_side, product, product_version, currency, customer_id, holders, parties, status, balance, held, channel, opened_at, shard, revision, position)
     select id, id::text, 'customer', 'credit', product, 1, currency, owner, '[]', array[owner], status, balance, 0, 'counter', now(), 0, 0, 0
     from jsonb_to_recordset($1) as a(id uuid, owner uuid, product text, currency text, status text, balance bigint)`, [rows]);
  await query(
    `insert into customers.account_holders select id, 0, product, case status when 'closed' then 'closed' else 'open' end, owner, array[owner]
     from jsonb_to_recordset($1) as a(id uuid, owner uuid, product text, status text)`, [rows]);
  const waited: string[] = [];
  const server = documented(await buildServer({
    modules: [customerQueryRoutes(await customerQueries(store, vault, { ownersOf, ...options }))],
    authenticate: () => ({ ...bootstrapPrincipal, rights }), logger: pino({ level: 'silent' }), now: () => new Date(), commandSecret: Buffer.alloc(32),
    findTarget: async () => undefined, readWait: async (projection) => (waited.push(projection), true), accessLog: noAccessLog, checks: {},
  }));
  t.teardown(() => server.close());
  return {
    waited,
    get: async (parameters: object) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(parameters)) query.append(name, String(value));
      return (await server.inject(`/v1/customers?${query.toString()}`)).json();
    },
    post: async (payload: object) => (await server.inject({ method: 'POST', url: '/v1/customers/search', payload })).json(),
  };
}
