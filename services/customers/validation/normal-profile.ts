import type { Profile } from '../../../shared/events/customers/profile.js';
import { normalDocument } from './id-document.js';
import { readPhone } from './phone.js';

/** The one form in which a valid profile is stored: check characters in upper case, phones in E.164, text in Unicode's composed form. */
export function normalProfile<P extends Profile>(profile: P): P {
  const composed = composedText(profile) as Profile;
  const phones = composed.phones && [...new Set(composed.phones.map((phone) => readPhone(phone) ?? phone))];
  switch (composed.kind) {
    case 'individual':
      return { ...composed, idDocument: normalDocument(composed.idDocument), phones: phones! } as P;
    case 'corporate':
      return { ...composed, creditCode: composed.creditCode.toUpperCase(), ...(phones && { phones }) } as P;
  }
}

function composedText(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFC');
  if (Array.isArray(value)) return value.map(composedText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, composedText(member)]));
}
