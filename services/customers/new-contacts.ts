import type { Profile } from '../../shared/events/customers/profile.js';
import type { FieldError } from '../../shared/kernel/decision.js';

/** Where the bank sends codes and messages: what stands there was given at the counter, or a code sent to it was given back. */
export const CONTACT_FIELDS = ['phones', 'email'] as const;
export type ContactField = (typeof CONTACT_FIELDS)[number];

/** What `after` has in these fields that `before` has not; both in their normal form. */
export function newContacts(before: Profile, after: Profile, fields: readonly ContactField[]): FieldError[] {
  const pointers = fields.flatMap((field) => {
    switch (field) {
      case 'phones':
        return (after.phones ?? []).flatMap((phone, index) => (before.phones?.includes(phone) ? [] : [`/phones/${index}`]));
      case 'email':
        return after.email === undefined || after.email === before.email ? [] : ['/email'];
    }
  });
  return pointers.map((pointer) => ({ pointer, code: 'contact_unconfirmed', detail: 'is new: POST /v1/my/contact sends a code there' }));
}
