import { AccountClosed, AccountOpened, HoldersChanged, type LedgerEvent } from '../../shared/events/ledger/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { ReadTransaction } from '../../shared/read-store/projection.js';
import type { SearchTerms } from './search-terms.js';

type HolderEvent = Extract<LedgerEvent, { type: 'AccountOpened' | 'HoldersChanged' | 'AccountClosed' }>;

/** Of the ledger, only what says whose account it is: customers are found by account number and product. */
export const holderTypes: readonly string[] = [AccountOpened.type, HoldersChanged.type, AccountClosed.type];
const types = new Set(holderTypes);
const isHolderEvent = (recorded: Recorded): recorded is Recorded<HolderEvent> => types.has(recorded.event.type);

interface Account {
  readonly id: string;
  readonly numberHash: string;
  readonly product: string;
  readonly status: string;
  readonly owner: string | null;
  readonly customers: readonly string[];
}

export async function applyHolders(tx: ReadTransaction, events: readonly Recorded[], terms: SearchTerms): Promise<void> {
  const relevant = events.filter(isHolderEvent);
  if (relevant.length === 0) return;
  const accounts = await load(tx, [...new Set(relevant.map(({ event }) => event.data.accountId))]);
  for (const { event } of relevant) {
    const { accountId } = event.data;
    const account = event.type === 'AccountOpened' ? opened(event.data, terms) : accounts.get(accountId);
    if (!account) continue; // one of the bank's own
    accounts.set(accountId, event.type === 'HoldersChanged' ? { ...account, customers: everybody(account.owner, event.data.after) } : event.type === 'AccountClosed' ? { ...account, status: 'closed' } : account);
  }
  const rows = [...accounts.values()];
  if (rows.length === 0) return;
  await tx.query(
    `insert into account_holders (account_id, number_hash, product, status, owner_id, customer_ids)
     select account_id, number_hash, product, status, owner_id, customer_ids::uuid[]
     from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::text[]) as batch(account_id, number_hash, product, status, owner_id, customer_ids)
     on conflict (account_id) do update set status = excluded.status, customer_ids = excluded.customer_ids`,
    [rows.map(({ id }) => id), rows.map(({ numberHash }) => numberHash), rows.map(({ product }) => product), rows.map(({ status }) => status),
      rows.map(({ owner }) => owner), rows.map(({ customers }) => `{${customers.join(',')}}`)],
    'customers_upsert_account_holders',
  );
}

function opened({ accountId, accountNumber, product, customerId, holders }: Extract<HolderEvent, { type: 'AccountOpened' }>['data'], terms: SearchTerms): Account | undefined {
  const customers = everybody(customerId ?? null, holders);
  if (customers.length === 0) return undefined;
  return { id: accountId, numberHash: terms.ofAccountNumber(accountNumber)[0]!, product, status: 'open', owner: customerId ?? null, customers };
}

const everybody = (owner: string | null, holders: readonly { readonly customerId: string }[]): string[] =>
  [...new Set([...(owner === null ? [] : [owner]), ...holders.map(({ customerId }) => customerId)])].sort();

async function load(tx: ReadTransaction, ids: readonly string[]): Promise<Map<string, Account>> {
  const rows = await tx.query<{ account_id: string; number_hash: string; product: string; status: string; owner_id: string | null; customer_ids: string[] }>(
    'select account_id, number_hash, product, status, owner_id, customer_ids::text[] as customer_ids from account_holders where account_id = any($1::uuid[])', [ids], 'customers_load_account_holders');
  return new Map(rows.map((row) => [row.account_id, {
    id: row.account_id, numberHash: row.number_hash, product: row.product, status: row.status, owner: row.owner_id, customers: row.customer_ids,
  }]));
}
