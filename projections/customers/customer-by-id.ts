import type { CachedViews, ViewRow } from '../../shared/cache/cached-views.js';
import { viewKey } from '../../shared/cache/cached-views.js';
import type { Envelope } from '../../shared/crypto/envelope.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { Recorded } from '../../shared/events/definition.js';
import type { IdentityVerified } from '../../shared/events/customers/identity-events.js';
import { askedAs, customerView, type CustomerFacts, type CustomerView } from '../../shared/events/customers/view.js';
import type { Profile } from '../../shared/events/customers/profile.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { StaleView } from '../../shared/read-store/view-news.js';
import { isCustomerEvent } from './fold.js';
import { openProfiles } from './sealed-profiles.js';

/** As it stands in the table, and as it is cached: the profile sealed under the customer's own key. */
interface SealedCustomer extends ViewRow, CustomerFacts {
  readonly revision: number;
  readonly mergedInto: string | null;
  readonly profile: Envelope | null;
  readonly sealedRevision: string | null;
}

const KIND = 'customer';

export async function customerById(
  { store, vault, cached }: { readonly store: ReadStore; readonly vault: Vault; readonly cached: CachedViews }, given: string, fresh: boolean,
): Promise<CustomerView | undefined> {
  const id = given.toLowerCase();
  const name = { projection: 'customers', kind: KIND, id };
  const row = await cached.read(name, fresh, () => sealedCustomer(store, id));
  if (!row) return undefined;
  if (row.mergedInto !== null) return followed(await customerById({ store, vault, cached }, row.mergedInto, fresh), id);
  const profile = (await openProfiles(vault, [row])).get(id);
  // Erased: what cannot be opened any more has no business in a cache.
  if (row.profile && !profile) await cached.drop(name, row.revision);
  return customerView(row, profile);
}

const followed = (survivor: CustomerView | undefined, id: string): CustomerView | undefined => survivor && askedAs(survivor, id);

/** The customers among the events, each with its last revision there. */
export function customerKeys(events: readonly Recorded[]): StaleView[] {
  const revisions = new Map<string, bigint>();
  for (const recorded of events) if (isCustomerEvent(recorded)) revisions.set(recorded.event.data.customerId, recorded.revision);
  return [...revisions].map(([id, version]) => ({ key: viewKey(KIND, id), version }));
}

async function sealedCustomer(store: ReadStore, id: string): Promise<SealedCustomer | undefined> {
  const [row] = await store.query<{
    revision: string; kind: Profile['kind']; branch: string | null; manager: string | null; restricted: boolean; erasing: boolean; identity_verified: IdentityVerified | null; merged_into: string | null; merged_ids: string[]; registered_at: Date; updated_at: Date; profile: Envelope | null; sealed_revision: string | null;
  }>('select revision, kind, branch, manager, restricted, erasing, identity_verified, merged_into, merged_ids::text[] as merged_ids, registered_at, updated_at, profile, sealed_revision from customers.customers where id = $1', [id], 'customer_by_id');
  return row && {
    id, revision: Number(row.revision), kind: row.kind, branch: row.branch, manager: row.manager, restricted: row.restricted, erasing: row.erasing, identityVerified: row.identity_verified,
    mergedInto: row.merged_into, mergedIds: row.merged_ids, registeredAt: row.registered_at.toISOString(), updatedAt: row.updated_at.toISOString(),
    profile: row.profile, sealedRevision: row.sealed_revision,
  };
}
