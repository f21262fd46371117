import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { FieldChange, Profile } from '../../shared/events/customers/profile.js';
import { readable } from '../../shared/events/personal.js';
import { unreachable } from '../../shared/kernel/decision.js';
import { defineRecord } from '../../shared/records/record.js';
import { evolveErasure, nothingAsked, type Protection } from './erasure/progress.js';

export type CustomerState =
  | { readonly status: 'absent'; readonly lapsedClaims: ReadonlySet<string> }
  | ActiveCustomer
  | (Kept & { readonly status: 'erased' });

export interface ActiveCustomer extends Kept {
  readonly status: 'active';
  readonly profile: Profile;
}

interface Kept extends Protection {
  readonly kind: Profile['kind'];
  readonly branch: string | null;
  readonly manager: string | null;
  /** ISO times, by the server's clock. */
  readonly registeredAt: string;
  readonly updatedAt: string;
  /** Claims of an identity that came too late (identity-guard.ts). */
  readonly lapsedClaims: ReadonlySet<string>;
}

const absent: CustomerState = { status: 'absent', lapsedClaims: new Set() };

/** A customer's record: stream "customer-<id>". */
export const customerRecord = defineRecord<CustomerState, CustomerEvent>({
  name: 'customer',
  initial: absent,
  evolve(state, event, { metadata }) {
    const at = metadata.recordedAt;
    switch (event.type) {
      case 'CustomerRegistered': {
        const { kind, branch, profile } = event.data;
        const kept: Kept = { kind, branch: branch ?? null, manager: null, registeredAt: at, updatedAt: at, lapsedClaims: state.lapsedClaims, ...nothingAsked };
        return readable(profile) ? { ...kept, status: 'active', profile } : { ...kept, status: 'erased' };
      }
      case 'CustomerUpdated': {
        if (state.status !== 'active' || !readable(event.data.update)) return state;
        return { ...state, profile: changed(state.profile, event.data.update.changes), updatedAt: at };
      }
      case 'CustomerBranchAssigned':
        return state.status === 'absent' ? state : { ...state, branch: event.data.after, updatedAt: at };
      case 'CustomerManagerAssigned':
        return state.status === 'absent' ? state : { ...state, manager: event.data.after, updatedAt: at };
      case 'CustomerIdentityClaimLapsed':
        return { ...state, lapsedClaims: new Set([...state.lapsedClaims, event.data.claimId]) };
      case 'CustomerIdentityClaimed':
        return state; // stands in the bucket's stream, never here
      case 'CustomerRestricted':
      case 'CustomerRestrictionLifted':
      case 'CustomerErasureRequested':
      case 'CustomerErasureConfirmed':
      case 'CustomerErasureWithdrawn':
      case 'CustomerErasureBarred':
      case 'CustomerErasureBackedUp':
      case 'CustomerBackupOpeningRequested':
      case 'CustomerBackupOpeningApproved':
      case 'CustomerBackupOpened':
      case 'CustomerBackupDestroyed': {
        if (state.status === 'absent') return state;
        return { ...state, ...evolveErasure(state, event, metadata), updatedAt: at };
      }
      case 'CustomerErased': {
        if (state.status === 'absent') return state;
        const { kind, branch, manager, registeredAt, lapsedClaims } = state;
        return { kind, branch, manager, registeredAt, lapsedClaims, ...evolveErasure(state, event, metadata), updatedAt: at, status: 'erased' };
      }
      default:
        return unreachable(event);
    }
  },
});

/** The profile with the changes made. They were validated as a whole before they were recorded. */
export function changed(profile: Profile, changes: readonly FieldChange[]): Profile {
  const next: Record<string, unknown> = { ...profile };
  for (const { field, after } of changes) {
    if (after === null) delete next[field];
    else next[field] = after;
  }
  return next as unknown as Profile;
}
