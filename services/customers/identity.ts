import type { Profile } from '../../shared/events/customers/profile.js';
import { documentIdentity } from './validation/id-document.js';

/** What only one customer can hold: the ID document or the credit code. */
export const identityOf = (profile: Profile): string =>
  profile.kind === 'individual' ? documentIdentity(profile.idDocument) : `credit-code:${profile.creditCode}`;

/** The field that an identity stands in. */
export const IDENTIFYING_FIELDS: ReadonlySet<string> = new Set(['idDocument', 'creditCode']);
