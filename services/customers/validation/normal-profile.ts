import type { Profile } from '../../../shared/events/customers/profile.js';
import { normalDocument, type IdDocument } from './id-document.js';
import { readPhone } from './phone.js';

/** The one form in which a valid profile is stored: check characters in upper case, phones in E.164, text in Unicode's composed form. */
export function normalProfile<P extends Profile>(profile: P): P {
  const composed = composedText(profile) as Profile;
  const phones = composed.phones && [...new Set(composed.phones.map(normalPhone))];
  switch (composed.kind) {
    case 'individual': {
      const { contactPersons, ...rest } = composed;
      return { ...rest, idDocument: normalDocument(rest.idDocument), phones: phones!, ...(contactPersons && { contactPersons: contactPersons.map(normalPerson) }) } as P;
    }
    case 'corporate': {
      const { legalRepresentative, beneficialOwners, contacts, ...rest } = composed;
      return {
        ...rest,
        creditCode: rest.creditCode.toUpperCase(),
        ...(phones && { phones }),
        ...(legalRepresentative && { legalRepresentative: normalPerson(legalRepresentative) }),
        ...(beneficialOwners && { beneficialOwners: beneficialOwners.map(normalPerson) }),
        ...(contacts && { contacts: contacts.map(normalPerson) }),
      } as P;
    }
  }
}

const normalPhone = (phone: string): string => readPhone(phone) ?? phone;

/** Somebody named in a profile. */
const normalPerson = <Person extends { readonly phone?: string | undefined; readonly idDocument?: IdDocument | undefined }>({ phone, idDocument, ...rest }: Person) => ({
  ...rest, ...(idDocument && { idDocument: normalDocument(idDocument) }), ...(phone !== undefined && { phone: normalPhone(phone) }),
});

function composedText(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFC');
  if (Array.isArray(value)) return value.map(composedText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, composedText(member)]));
}
