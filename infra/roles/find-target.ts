import { partiesOf } from '../../projections/ledger/parties.js';
import { customerRecord } from '../../services/customers/state.js';
import type { LedgerShard } from '../../services/ledger/ledger-shard.js';
import type { Target } from '../../shared/access/rights.js';
import type { FindTarget } from '../../shared/http/route-access.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';

/**
 * Whose a record is: the read models know, and what is too new for them the log and the ledger's memory. An account is where its owner is kept;
 * one that several hold is reached through each of them.
 */
export function createFindTarget({ store, records, ledger }: { readonly store: ReadStore; readonly records: Records; readonly ledger: LedgerShard }): FindTarget {
  async function ofCustomer(id: string): Promise<Target | undefined> {
    const [row] = await store.query<{ branch: string | null; manager: string | null }>('select branch, manager from customers.customers where id = $1::uuid', [id], 'customers_target');
    if (row) return targetOf(id, row);
    const state = (await records.load(customerRecord, id))?.state;
    return state === undefined || state.status === 'absent' ? undefined : targetOf(id, state);
  }

  async function ofParties(parties: readonly string[] | undefined): Promise<Target | undefined> {
    if (parties === undefined) return undefined;
    const [owner] = parties;
    return owner === undefined ? { customers: [] } : { ...(await ofCustomer(owner)), customers: parties };
  }

  return async ({ kind, id }) => {
    switch (kind) {
      case 'branch':
        return { branch: id, customers: [] };
      case 'customer':
        return ofCustomer(id);
      case 'account':
        return ofParties(ledger.partiesOfAccount(id));
      case 'hold':
        return ofParties(ledger.partiesOfHold(id) ?? (await partiesOf(store, 'hold', id)));
      case 'account-number':
      case 'movement':
        return ofParties(await partiesOf(store, kind, id));
    }
  };
}

const targetOf = (id: string, { branch, manager }: { readonly branch: string | null; readonly manager: string | null }): Target =>
  ({ branch: branch ?? undefined, manager: manager ?? undefined, customers: [id] });
