import type { Permission } from '../../../shared/access/permissions.js';
import type { HolderKind } from '../../../shared/events/access/sign-in-events.js';
import { customerSignInRecord, signInRecord } from './state.js';

/** Whom an event is about. */
export type Whose = { readonly staffId: string } | { readonly customerId: string };

/** A kind of people who sign in. The machinery is one; streams, names, routes and what a session is good for are each kind's own. */
export interface People {
  readonly kind: HolderKind;
  readonly record: typeof signInRecord;
  /** What everybody of the kind may do who is signed in, be it with a password alone. */
  readonly permission: Permission;
  /** Under which the routes are. */
  readonly path: string;
  readonly tags: string[];
  whose(id: string): Whose;
}

export const STAFF: People = { kind: 'staff', record: signInRecord, permission: 'self.use', path: '/v1', tags: ['sign-in'], whose: (staffId) => ({ staffId }) };

export const CUSTOMERS: People = { kind: 'customer', record: customerSignInRecord, permission: 'own.use', path: '/v1/my', tags: ['self-service'], whose: (customerId) => ({ customerId }) };
