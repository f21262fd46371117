import type { Profile } from '../../shared/events/customers/profile.js';
import type { FieldError } from '../../shared/kernel/decision.js';
import type { ContactField } from './new-contacts.js';
import type { Json } from './merge-patch.js';

/** The profile is valid and in its normal form. */
export interface RegisterCustomer {
  readonly customerId: string;
  readonly profile: Profile;
  readonly branch?: string;
  readonly manager?: string;
  readonly distinctFrom?: readonly string[];
}

export interface UpdateCustomer {
  readonly customerId: string;
  /** RFC 7396, of the profile. */
  readonly patch: { readonly [field: string]: Json };
  readonly branch?: string;
  /** null: out of whose portfolio it is in. */
  readonly manager?: string | null;
  readonly reason?: string;
  readonly evidence?: readonly string[];
  /** Of a customer's own change: fields that may lose and reorder what they hold and gain nothing, because it must be confirmed first. */
  readonly nothingNewIn?: readonly ContactField[];
  /** Whether the revision read is still good enough to the sender (If-Match). */
  readonly precondition: (revision: bigint) => boolean;
}

/** Checks a whole profile and gives it in its normal form, or says all that is wrong. */
export type ProfileCheck = (candidate: unknown) => { readonly profile: Profile } | { readonly errors: readonly FieldError[] };
