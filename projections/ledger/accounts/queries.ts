import { viewKey, type CachedViews } from '../../../shared/cache/cached-views.js';
import type { Recorded } from '../../../shared/events/definition.js';
import type { Holder } from '../../../shared/events/ledger/events.js';
import type { CurrencyCode } from '../../../shared/kernel/money.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import type { StaleView } from '../../../shared/read-store/view-news.js';
import { ledgerEventOf } from '../movement.js';
import { cutPage, moneyFrom, present } from '../views.js';
import type { AccountStatus } from './fold.js';

const columns = `id, account_number, kind, product, product_version, currency, customer_id, holders, status, balance::text, held::text,
  overdraft_limit::text, branch, channel, opened_at, closed_at, last_movement_at, revision::text`;

interface AccountRow {
  readonly id: string;
  readonly account_number: string;
  readonly kind: 'customer' | 'general-ledger';
  readonly product: string;
  readonly product_version: number;
  readonly currency: CurrencyCode;
  readonly customer_id: string | null;
  readonly holders: Holder[];
  readonly status: AccountStatus;
  readonly balance: string;
  readonly held: string;
  readonly overdraft_limit: string | null;
  readonly branch: string | null;
  readonly channel: string;
  readonly opened_at: Date;
  readonly closed_at: Date | null;
  readonly last_movement_at: Date | null;
  readonly revision: string;
}

export type AccountView = ReturnType<typeof viewOf>;

const KIND = 'account';

/** `fresh`: not from the cache. */
export const accountById = (store: ReadStore, cached: CachedViews, id: string, fresh: boolean): Promise<AccountView | undefined> =>
  cached.read({ projection: 'ledger', kind: KIND, id }, fresh, () => accountInTable(store, id));

/** The accounts that the events touch, each with the revision of the last that does. */
export function accountKeys(events: readonly Recorded[]): StaleView[] {
  const revisions = new Map<string, bigint>();
  for (const recorded of events) {
    const { data } = ledgerEventOf(recorded);
    if ('accountId' in data) revisions.set(data.accountId, recorded.revision);
    if ('legs' in data) for (const { accountId } of data.legs) revisions.set(accountId, recorded.revision);
  }
  return [...revisions].map(([id, version]) => ({ key: viewKey(KIND, id), version }));
}

async function accountInTable(store: ReadStore, id: string): Promise<AccountView | undefined> {
  const [row] = await store.query<AccountRow>(`select ${columns} from ledger.accounts where id = $1`, [id], 'ledger_account_by_id');
  return row && viewOf(row);
}

export async function accountExists(store: ReadStore, id: string): Promise<boolean> {
  const rows = await store.query('select 1 from ledger.accounts where id = $1', [id], 'ledger_account_exists');
  return rows.length > 0;
}

export interface AccountFilter {
  /** The owner or any holder: every id that stands for one person. */
  readonly customerIds?: readonly string[] | undefined;
  readonly accountNumber?: string | undefined;
  readonly product?: string | undefined;
  readonly currency?: string | undefined;
  readonly status?: AccountStatus | undefined;
  readonly kind?: 'customer' | 'general-ledger' | undefined;
}

/** Where a page ended: account number and id. */
export type AccountPlace = readonly [accountNumber: string, id: string];

export interface AccountPage {
  readonly items: AccountView[];
  /** Absent on the last page. */
  readonly next: AccountPlace | undefined;
}

/** In the order of account numbers. */
export async function findAccounts(store: ReadStore, filter: AccountFilter, limit: number, after?: AccountPlace): Promise<AccountPage> {
  const values: unknown[] = [];
  const value = (given: unknown) => `$${values.push(given)}`;
  const conditions = [
    filter.customerIds !== undefined && `parties && ${value(filter.customerIds)}::uuid[]`,
    filter.accountNumber !== undefined && `account_number = ${value(filter.accountNumber)}`,
    filter.product !== undefined && `product = ${value(filter.product)}`,
    filter.currency !== undefined && `currency = ${value(filter.currency)}`,
    filter.status !== undefined && `status = ${value(filter.status)}`,
    filter.kind !== undefined && `kind = ${value(filter.kind)}`,
    after !== undefined && `(account_number, id) > (${value(after[0])}, ${value(after[1])}::uuid)`,
  ].filter((condition) => condition !== false);
  const rows = await store.query<AccountRow>(
    `select ${columns} from ledger.accounts ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
     order by account_number, accounts.id limit ${value(limit + 1)}`,
    values,
  );
  const { items, last } = cutPage(rows, limit);
  return { items: items.map(viewOf), next: last && [last.account_number, last.id] };
}

/** Available is what may still be taken out, overdraft included; absent where nothing bounds it (the bank's own accounts). */
function viewOf(row: AccountRow) {
  const money = (minor: string | bigint) => moneyFrom(minor, row.currency);
  return present({
    id: row.id,
    accountNumber: row.account_number,
    kind: row.kind,
    product: row.product,
    productVersion: row.product_version,
    currency: row.currency,
    customerId: row.customer_id,
    holders: row.holders,
    status: row.status,
    balance: money(row.balance),
    available: row.overdraft_limit === null ? null : money(BigInt(row.balance) - BigInt(row.held) + BigInt(row.overdraft_limit)),
    held: money(row.held),
    overdraftLimit: row.overdraft_limit === null ? null : money(row.overdraft_limit),
    branch: row.branch,
    channel: row.channel,
    openedAt: row.opened_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
    lastMovementAt: row.last_movement_at?.toISOString() ?? null,
    revision: Number(row.revision),
  });
}
