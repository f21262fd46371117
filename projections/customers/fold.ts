import { CustomerIdentityClaimed, customerEvents, type CustomerEvent } from '../../shared/events/customers/events.js';
import type { Profile } from '../../shared/events/customers/profile.js';
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
  /** Through which date the backup of whom was erased is kept; null where there is none. */
  readonly backupUntil: string | null;
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
      return { id, revision, kind, branch: branch ?? null, manager: null, restricted: false, erasing: false, backupUntil: null, registeredAt: updatedAt, updatedAt, profile: readable(profile) ? profile : undefined, profileRevision: revision, changed: true };
    }
    case 'CustomerUpdated': {
      const { update } = event.data;
      if (!row) return undefined;
      if (!row.profile || !readable(update)) return { ...row, revision, updatedAt, profile: undefined, profileRevision: revision, changed: true };
      const profile: Record<string, unknown> = { ...row.profile };
      for (const { field, after } of update.changes) {
        if (after === null) delete profile[field];
        else profile[field] = after;
      }
      return { ...row, revision, updatedAt, profile: profile as unknown as Profile, profileRevision: revision, changed: true };
    }
    case 'CustomerBranchAssigned':
      return row && { ...row, revision, updatedAt, branch: event.data.after };
    case 'CustomerManagerAssigned':
      return row && { ...row, revision, updatedAt, manager: event.data.after };
    case 'CustomerIdentityClaimLapsed':
      return row && { ...row, revision };
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
      return row && { ...row, revision, updatedAt, erasing: false, profile: undefined, profileRevision: revision, changed: true };
    case 'CustomerIdentityClaimed':
      return row;
    default:
      return unreachable(event);
  }
}
