import { CUSTOMER_ROLE } from '../../shared/access/customer-role.js';
import type { Rights } from '../../shared/access/rights.js';
import type { Records } from '../../shared/records/record.js';
import type { Directory, Holder } from '../access/sign-in/directory.js';
import { nameOf } from '../access/sign-in/sign-in.js';
import { customerSignInRecord } from '../access/sign-in/state.js';
import { isUnderWay } from '../customers/erasure/progress.js';
import { customerRecord, type CustomerState } from '../customers/state.js';
import type { CustomerNames } from './names.js';

/** Only people sign in for themselves, as long as they are customers; whoever is restricted, merged into another record, being erased or gone does not. */
export const maySignIn = (state: CustomerState): boolean => 
  state.status === 'active' && state.kind === 'individual' && state.restriction === null && !isUnderWay(state.erasure) && state.merging.mergedInto === null;

/** Customers who may sign in, asked of the log itself at every request. */
export function customerDirectory({ records, names, rightsOf }: {
  readonly records: Records; readonly names: Pick<CustomerNames, 'ownerOf'>; readonly rightsOf: (customerId: string) => Rights;
}): Directory {
  async function byId(id: string): Promise<Holder | undefined> {
    const [customer, signIn] = await Promise.all([records.load(customerRecord, id), records.load(customerSignInRecord, id)]);
    return customer && maySignIn(customer.state) ? { id, username: signIn?.state.username ?? '', role: CUSTOMER_ROLE } : undefined;
  }
  return {
    byId,
    async byUsername(username) {
      const asked = nameOf(username);
      const owner = await names.ownerOf(asked);
      const holder = owner === undefined ? undefined : await byId(owner);
      // What only looks like the name, or once was it, is none.
      return holder?.username === asked ? holder : undefined;
    },
    rightsOf: async (id) => rightsOf(id),
    actingRightsOf: async () => undefined,
    bySubject: async () => undefined,
    clientByKey: async () => undefined,
  };
}
