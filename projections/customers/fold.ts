import { CustomerIdentityClaimed, customerEvents, type CustomerEvent } from '../../shared/events/customers/events.js';
import { CHECKED_FIELDS, type IdentityVerified } from '../../shared/events/customers/identity-events.js';
import type { FieldChange, Profile } from '../../shared/events/customers/profile.js';
import { readable } from '../../shared/events/personal.js';
import type { Recorded } from '../../shared/events/definition.js';
import { unreachable } from '../../shared/kernel/decision.js';

/** A customer's row while a batch is applied. */
export interface Row {
  readonly id: string;
  readonly revision: bigint;
  readonly kind: Profile['kind'];
  readonly branch: string | null;
  readonly manager: string | null;
  readonly restricted: boolean;
  readonly erasing: boolean;
  readonly identityVerified: IdentityVerified | null;
  /** Through which date the backup of whom was erased is kept; null where there is none. */
  readonly backupUntil: string | null;
  /** The record of the same person that this one was merged into. */
  readonly mergedInto: string | null;
  /** Other ids that stand for this record. */
  readonly mergedIds: readonly string[];
  /** A merge, or undoing one, has begun on this record and is not over. */
  readonly merging: boolean;
  readonly registeredAt: string;
  readonly updatedAt: string;
  /** Undefined: cannot be read any more. */
  readonly profile: Profile | undefined;
  /** The revision that made the profile what it is; its envelope is bound to it. */
  readonly profileRevision: bigint;
  /** Whether the profile, and what the customer is found by, has to be written again. */
  readonly changed: boolean;
}

export const customerTypes: readonly string[] = customerEvents.map(({ type }) => type).filter((type) => type !== CustomerIdentityClaimed.type);
const types = new Set(customerTypes);
export const isCustomerEvent = (recorded: Recorded): recorded is Recorded<CustomerEvent> => types.has(recorded.event.type);

/** The row after an event; undefined where there is none yet and the event makes none. */
export function foldRow(row: Row | undefined, { revision, event, metadata }: Recorded<CustomerEvent>): Row | undefined {
  const updatedAt = metadata.recordedAt;
  switch (event.type) {
    case 'CustomerRegistered': {
      const { customerId: id, kind, branch, profile } = event.data;
      return { id, revision, kind, branch: branch ?? null, manager: null, restricted: false, erasing: false, identityVerified: null, backupUntil: null, mergedInto: null, mergedIds: [], merging: false, registeredAt: updatedAt, updatedAt, profile: readable(profile) ? profile : undefined, profileRevision: revision, changed: true };
    }
    case 'CustomerUpdated': {
      const { update } = event.data;
      if (!row) return undefined;
      return withProfile({ ...row, revision, updatedAt, identityVerified: verifiedAfter(row, event.data.fields) }, readable(update) ? update.changes : undefined);
    }
    case 'CustomerBranchAssigned':
      return row && { ...row, revision, updatedAt, branch: event.data.after };
    case 'CustomerManagerAssigned':
      return row && { ...row, revision, updatedAt, manager: event.data.after };
    case 'IdentityChecked': {
      const { method, provider, outcome } = event.data;
      return row && { ...row, revision, updatedAt, ...(method === 'registry' && { identityVerified: { at: updatedAt, provider, outcome } }) };
    }
    case 'CustomerIdentityClaimLapsed':
      return row && { ...row, revision };
    case 'CustomerMergeBegun':
    case 'CustomerUnmergeBegun':
      return row && { ...row, revision, merging: true };
    case 'CustomerMergeAbandoned':
      return row && { ...row, revision, merging: false };
    case 'CustomerMerged':
      return row && { ...row, revision, mergedInto: event.data.into };
    case 'CustomerUnmerged':
      return row && { ...row, revision, mergedInto: null };
    case 'CustomerMergeCompleted':
    case 'CustomerUnmergeCompleted': {
      const { ids, fields, update } = event.data;
      if (!row) return undefined;
      const mergedIds = event.type === 'CustomerMergeCompleted' ? [...row.mergedIds, ...ids] : row.mergedIds.filter((id) => !ids.includes(id));
      return withProfile({ ...row, revision, updatedAt, identityVerified: verifiedAfter(row, fields), mergedIds, merging: false }, readable(update) ? update.changes : undefined);
    }
    case 'CustomerRestricted':
      return row && { ...row, revision, updatedAt, restricted: true, changed: true };
    case 'CustomerRestrictionLifted':
      return row && { ...row, revision, updatedAt, restricted: false, changed: true };
    case 'CustomerErasureConfirmed':
      return row && { ...row, revision, updatedAt, erasing: true, changed: true };
    case 'CustomerErasureWithdrawn':
      return row && { ...row, revision, updatedAt, erasing: false, changed: true };
    case 'CustomerErasureRequested':
    case 'CustomerErasureBarred':
    case 'CustomerBackupOpeningRequested':
    case 'CustomerBackupOpeningApproved':
    case 'CustomerBackupOpened':
      return row && { ...row, revision, updatedAt };
    case 'CustomerErasureBackedUp':
      return row && { ...row, revision, updatedAt, backupUntil: event.data.keptUntil };
    case 'CustomerBackupDestroyed':
      return row && { ...row, revision, updatedAt, backupUntil: null };
    case 'CustomerErased':
      return row && { ...row, revision, updatedAt, erasing: false, identityVerified: null, profile: undefined, profileRevision: revision, changed: true };
    case 'CustomerIdentityClaimed':
      return row;
    default:
      return unreachable(event);
  }
}

/** What was checked is no more once it changed. */
const verifiedAfter = ({ identityVerified }: Row, fields: readonly string[]): IdentityVerified | null => (fields.some((field) => CHECKED_FIELDS.includes(field)) ? null : identityVerified);

/** `changes` undefined: they cannot be read any more, and so nothing of the profile can. */
function withProfile(row: Row, changes: readonly FieldChange[] | undefined): Row {
  if (!row.profile || !changes) return { ...row, profile: undefined, profileRevision: row.revision, changed: true };
  const profile: Record<string, unknown> = { ...row.profile };
  for (const { field, after } of changes) {
    if (after === null) delete profile[field];
    else profile[field] = after;
  }
  return { ...row, profile: profile as unknown as Profile, profileRevision: row.revision, changed: true };
}
