import type { CustomerEvent } from '../../shared/events/customers/events.js';
import type { Profile } from '../../shared/events/customers/profile.js';
import { readable } from '../../shared/events/personal.js';
import { unreachable } from '../../shared/kernel/decision.js';
import { defineRecord } from '../../shared/records/record.js';
import { afterChange, afterCheck, unchecked, type Identity } from './identity/identity.js';
import { evolveErasure, nothingAsked, type Protection } from './erasure/progress.js';
import { evolveLayers, evolveMerging, neverMerged, type Merging } from './merging/progress.js';
import { changed } from './profile-changes.js';

export type CustomerState =
  | { readonly status: 'absent'; readonly lapsedClaims: ReadonlySet<string> }
  | ActiveCustomer
  | (Kept & { readonly status: 'erased' });

export interface ActiveCustomer extends Kept {
  readonly status: 'active';
  readonly profile: Profile;
}

interface Kept extends Protection, Identity {
  readonly merging: Merging;
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
  evolve(state, event, recorded) {
    const { metadata } = recorded;
    const at = metadata.recordedAt;
    switch (event.type) {
      case 'CustomerRegistered': {
        const { kind, branch, profile } = event.data;
        const kept: Kept = { kind, branch: branch ?? null, manager: null, registeredAt: at, updatedAt: at, lapsedClaims: state.lapsedClaims, ...nothingAsked, ...unchecked, merging: neverMerged };
        return readable(profile) ? { ...kept, status: 'active', profile } : { ...kept, status: 'erased' };
      }
      case 'CustomerUpdated': {
        if (state.status !== 'active' || !readable(event.data.update)) return state;
        const { changes } = event.data.update;
        return { ...state, profile: changed(state.profile, changes), ...afterChange(state, event.data.fields), merging: { ...state.merging, layers: evolveLayers(state.merging, changes) }, updatedAt: at };
      }
      case 'CustomerBranchAssigned':
        return state.status === 'absent' ? state : { ...state, branch: event.data.after, updatedAt: at };
      case 'CustomerManagerAssigned':
        return state.status === 'absent' ? state : { ...state, manager: event.data.after, updatedAt: at };
      case 'IdentityChecked':
        return state.status === 'absent' ? state : { ...state, ...afterCheck(state, event, metadata), updatedAt: at };
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
        const { kind, branch, manager, registeredAt, lapsedClaims, merging, identityChecks } = state;
        return { kind, branch, manager, registeredAt, lapsedClaims, merging: { ...merging, layers: null }, ...unchecked, identityChecks, ...evolveErasure(state, event, metadata), updatedAt: at, status: 'erased' };
      }
      case 'CustomerMergeBegun':
      case 'CustomerMergeAbandoned':
      case 'CustomerUnmergeBegun':
      case 'CustomerMerged':
      case 'CustomerUnmerged':
        return state.status === 'absent' ? state : { ...state, merging: evolveMerging(state.merging, event, recorded, profileIn(state)) };
      case 'CustomerMergeCompleted':
      case 'CustomerUnmergeCompleted': {
        if (state.status === 'absent') return state;
        const merging = evolveMerging(state.merging, event, recorded, profileIn(state));
        const { fields, update } = event.data;
        return state.status === 'active' && readable(update) ? { ...state, merging, ...afterChange(state, fields), profile: changed(state.profile, update.changes), updatedAt: at } : { ...state, merging, updatedAt: at };
      }
      default:
        return unreachable(event);
    }
  },
});

const profileIn = (state: CustomerState): Profile | undefined => (state.status === 'active' ? state.profile : undefined);

/** Whether the last check of the registry matched the name and the ID document that the record has now. */
export const isIdentityVerified = (state: CustomerState): boolean => state.status === 'active' && state.identityVerified?.outcome === 'match';
