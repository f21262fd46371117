import { partiesOf } from '../../projections/ledger/parties.js';
import { mergedIds } from '../../services/customers/merging/progress.js';
import { customerRecord } from '../../services/customers/state.js';
import type { LedgerShard } from '../../services/ledger/ledger-shard.js';
import { caseRecord } from '../../services/risk/cases/state.js';
import type { Target } from '../../shared/access/rights.js';
import type { FindTarget } from '../../shared/http/route-access.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';

/**
 * Whose a record is: the read models know, and what is too new for them the log and the ledger's memory. An account is where its owner is kept;
 * one that several hold is reached through each of them. A record that was merged is its survivor's.
 */
export function createFindTarget({ store, records, ledger }: { readonly store: ReadStore; readonly records: Records; readonly ledger: LedgerShard }): FindTarget {
  async function ofCustomer(id: string): Promise<Target | undefined> {
    const [row] = await store.query<{ branch: string | null; manager: string | null; merged_into: string | null; merged_ids: string[] }>(
      'select branch, manager, merged_into, merged_ids::text[] as merged_ids from customers.customers where id = $1::uuid', [id], 'customers_target');
    if (row) return row.merged_into === null ? targetOf([id, ...row.merged_ids], row) : ofCustomer(row.merged_into);
    const state = (await records.load(customerRecord, id))?.state;
    if (state === undefined || state.status === 'absent') return undefined;
    const { mergedInto } = state.merging;
    return mergedInto === null ? targetOf([id, ...mergedIds(state.merging)], state) : ofCustomer(mergedInto.customerId);
  }

  async function ofParties(parties: readonly string[] | undefined): Promise<Target | undefined> {
    if (parties === undefined) return undefined;
    const [owner] = parties;
    if (owner === undefined) return { customers: [] };
    const people = await Promise.all(parties.map(ofCustomer));
    return { ...people[0], customers: [...new Set([...parties, ...people.flatMap((person) => person?.customers ?? [])])] };
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
      case 'case': {
        const found = (await records.load(caseRecord, id))?.state;
        return found === undefined || found.status === 'absent' ? undefined : ofCustomer(found.customerId);
      }
      case 'account-number':
      case 'movement':
        return ofParties(await partiesOf(store, kind, id));
    }
  };
}

const targetOf = (customers: readonly string[], { branch, manager }: { readonly branch: string | null; readonly manager: string | null }): Target =>
  ({ branch: branch ?? undefined, manager: manager ?? undefined, customers });
