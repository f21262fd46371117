import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { FieldChange, Profile } from '../../shared/events/customers/profile.js';
import type { Recorded } from '../../shared/events/definition.js';
import { readable } from '../../shared/events/personal.js';
import { jsonText, timeText, type TextRow } from '../../shared/read-store/verify.js';
import { coarseOf, nothingCoarse } from './coarse.js';
import type { SearchTerms } from './search-terms.js';

interface Told {
  readonly id: string;
  readonly kind: string;
  branch: string | null;
  manager: string | null;
  restricted: boolean;
  mergedInto: string | null;
  mergedIds: readonly string[];
  merging: boolean;
  erasing: boolean;
  identityVerified: object | undefined;
  backupUntil: string | null;
  revision: bigint;
  profileRevision: bigint;
  readonly registeredAt: string;
  updatedAt: string;
  profile: Record<string, unknown> | undefined;
}

/** The row that a customer's events (opened, from the first) make, told without the projection's own fold; undefined before the registration. */
export function toldRow(events: readonly Recorded[], terms: SearchTerms): TextRow | undefined {
  let told: Told | undefined;
  for (const recorded of events) told = after(told, recorded as Recorded<CustomerEvent>);
  return told && textOf(told, terms);
}

function after(one: Told | undefined, { event, revision, metadata: { recordedAt: at } }: Recorded<CustomerEvent>): Told | undefined {
  if (event.type === 'CustomerIdentityClaimed') return one;
  if (event.type === 'CustomerRegistered') {
    const { customerId: id, kind, branch, profile } = event.data;
    return { id, kind, branch: branch ?? null, manager: null, restricted: false, erasing: false, identityVerified: undefined, backupUntil: null, mergedInto: null, mergedIds: [], merging: false, revision, profileRevision: revision, registeredAt: at, updatedAt: at, profile: readable(profile) ? { ...profile } : undefined };
  }
  if (!one) return undefined;
  one.revision = revision;
  if (event.type === 'CustomerIdentityClaimLapsed') return one;
  if (event.type === 'CustomerMerged' || event.type === 'CustomerUnmerged') one.mergedInto = event.type === 'CustomerMerged' ? event.data.into : null;
  if (event.type === 'CustomerMergeBegun' || event.type === 'CustomerUnmergeBegun' || event.type === 'CustomerMergeAbandoned') one.merging = event.type !== 'CustomerMergeAbandoned';
  if (NO_CHANGE.has(event.type)) return one;
  one.updatedAt = at;
  if (event.type === 'CustomerBranchAssigned') one.branch = event.data.after;
  else if (event.type === 'CustomerManagerAssigned') one.manager = event.data.after;
  else if (event.type === 'CustomerUpdated' || event.type === 'CustomerMergeCompleted' || event.type === 'CustomerUnmergeCompleted') {
    if (event.type === 'CustomerMergeCompleted') Object.assign(one, { merging: false, mergedIds: [...one.mergedIds, ...event.data.ids] });
    if (event.type === 'CustomerUnmergeCompleted') Object.assign(one, { merging: false, mergedIds: without(one.mergedIds, event.data.ids) });
    one.profileRevision = revision;
    if (event.data.fields.includes('name') || event.data.fields.includes('idDocument')) one.identityVerified = undefined;
    one.profile = readable(event.data.update) && one.profile ? withChanges(one.profile, event.data.update.changes) : undefined;
  } else if (event.type === 'CustomerRestricted' || event.type === 'CustomerRestrictionLifted') one.restricted = event.type === 'CustomerRestricted';
  else if (event.type === 'CustomerErasureConfirmed' || event.type === 'CustomerErasureWithdrawn') one.erasing = event.type === 'CustomerErasureConfirmed';
  else if (event.type === 'CustomerErasureBackedUp') one.backupUntil = event.data.keptUntil;
  else if (event.type === 'CustomerBackupDestroyed') one.backupUntil = null;
  else if (event.type === 'IdentityChecked') {
    if (event.data.method === 'registry') one.identityVerified = { at, provider: event.data.provider, outcome: event.data.outcome };
  } else if (event.type === 'CustomerErased') Object.assign(one, { erasing: false, identityVerified: undefined, profile: undefined });
  return one;
}

/** They say something of the merge, and nothing of the customer. */
const NO_CHANGE: ReadonlySet<string> = new Set(['CustomerMerged', 'CustomerUnmerged', 'CustomerMergeBegun', 'CustomerUnmergeBegun', 'CustomerMergeAbandoned']);
const without = (ids: readonly string[], gone: readonly string[]): string[] => ids.filter((id) => !gone.includes(id));

const withChanges = (profile: Record<string, unknown>, changes: readonly FieldChange[]): Record<string, unknown> => {
  const values = new Map(Object.entries(profile));
  for (const { field, after: value } of changes) values.set(field, value);
  return Object.fromEntries([...values].filter(([, value]) => value !== null));
};

function textOf({ id, kind, branch, manager, restricted, erasing, identityVerified, backupUntil, mergedInto, mergedIds, merging, revision, profileRevision, registeredAt, updatedAt, profile }: Told, terms: SearchTerms): TextRow {
  const found = !restricted && !erasing;
  const { birthYear, sex, cityCode, incomeBand, riskLevel } = profile && found ? coarseOf(profile as unknown as Profile) : nothingCoarse;
  return {
    id, revision: revision.toString(), kind, status: !profile ? 'erased' : erasing ? 'erasing' : restricted ? 'restricted' : 'active', restricted: String(restricted), erasing: String(erasing), backup_until: backupUntil,
    identity_verified: identityVerified ? jsonText(identityVerified) : null,
    merged_into: mergedInto, merged_ids: `{${mergedIds.join(',')}}`, merging: String(merging), branch, manager, birth_year: birthYear === null ? null : String(birthYear), sex, city_code: cityCode,
    income_band: incomeBand, risk_level: riskLevel, registered_at: timeText(registeredAt), updated_at: timeText(updatedAt), profile: profile ? jsonText(profile) : null,
    sealed_revision: profile ? profileRevision.toString() : null, terms: profile && found ? `{${terms.ofProfile(profile as unknown as Profile).join(',')}}` : '{}',
  };
}
