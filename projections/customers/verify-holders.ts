import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { BigColumn, NumberColumn } from '../../shared/kernel/columns.js';
import { KeyTable } from '../../shared/kernel/key-table.js';
import { compareSlots, readRows, type ReadRows, type TextRow, type VerifiedTable, type Verifier } from '../../shared/read-store/verify.js';
import type { SearchTerms } from './search-terms.js';

const holdersTable: VerifiedTable = {
  projection: 'customers',
  table: 'customers.account_holders',
  key: ['account_id'],
  columns: { account_id: 'uuid', number_hash: 'bigint', product: 'text', status: 'text', owner_id: 'uuid', customer_ids: 'uuid[]' },
};

const NOBODY = -1;

/** Whose account is whose, kept as columns: about 50 bytes for each account, 24 for each owner, some 200 for each with further holders. */
export function holdersVerifier(read: ReadRows, terms: SearchTerms): Verifier {
  const accounts = new KeyTable();
  const hashes = new BigColumn();
  const products = new KeyTable();
  const productOf = new NumberColumn(Int32Array);
  const closed = new NumberColumn(Uint8Array);
  const owners = new KeyTable();
  const ownerOf = new NumberColumn(Int32Array);
  /** Lists that are not of the owner alone. */
  const lists = new Map<number, string>();

  const ownerId = (account: number): string | undefined => (ownerOf.get(account) === NOBODY ? undefined : owners.keyOf(ownerOf.get(account)));
  const setList = (account: number, customerIds: readonly string[]): void => {
    const owner = ownerId(account);
    const list = listOf([...(owner === undefined ? [] : [owner]), ...customerIds]);
    if (owner !== undefined && list === listOf([owner])) lists.delete(account);
    else lists.set(account, list);
  };
  const rowOf = (account: number): TextRow => ({
    account_id: accounts.keyOf(account),
    number_hash: String(hashes.get(account)),
    product: products.keyOf(productOf.get(account)),
    status: closed.get(account) === 1 ? 'closed' : 'open',
    owner_id: ownerId(account) ?? null,
    customer_ids: lists.get(account) ?? listOf([ownerId(account)!]),
  });

  function tell({ event }: Recorded<LedgerEvent>): void {
    if (event.type === 'AccountOpened') {
      const { accountId, accountNumber, product, customerId, holders } = event.data;
      if (customerId === undefined && holders.length === 0) return;
      const account = accounts.slotOf(accountId);
      hashes.set(account, BigInt(terms.ofAccountNumber(accountNumber)[0]!));
      productOf.set(account, products.slotOf(product));
      ownerOf.set(account, customerId === undefined ? NOBODY : owners.slotOf(customerId));
      setList(account, idsOf(holders));
    } else if (event.type === 'HoldersChanged' || event.type === 'AccountClosed') {
      const account = accounts.find(event.data.accountId);
      if (account < 0) return;
      if (event.type === 'AccountClosed') closed.set(account, 1);
      else setList(account, idsOf(event.data.after));
    }
  }

  return {
    take: ({ stream, ...recorded }) => void (stream.startsWith('ledger-') && tell({ stream, ...recorded } as Recorded<LedgerEvent>)),
    finish: () => compareSlots(holdersTable, accounts, rowOf, readRows(read, holdersTable)),
  };
}

const idsOf = (holders: readonly { readonly customerId: string }[]): string[] => holders.map(({ customerId }) => customerId);
const listOf = (ids: readonly string[]): string => `{${[...new Set(ids)].sort().join(',')}}`;
