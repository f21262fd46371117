import type { z } from 'zod';
import type { idDocumentSchema } from '../../../shared/events/customers/profile.js';
import type { FieldError } from '../../../shared/kernel/decision.js';
import { countryFaults } from './country.js';
import { readResidentId, type ResidentId } from './resident-id.js';

export type IdDocument = z.output<typeof idDocumentSchema>;

/** Documents whose 18-character numbers follow GB 11643 too: residence permits of Hong Kong, Macao and Taiwan residents, new foreigners' cards. */
const residentForm = ({ type, number }: Pick<IdDocument, 'type' | 'number'>): boolean =>
  type === 'CN-RIC' || (type === 'CN-HKMT-PERMIT' && /^8[123]0000.{12}$/.test(number)) || (type === 'CN-FOREIGN-PR' && /^9.{17}$/.test(number));

const PATTERNS: Readonly<Record<Exclude<IdDocument['type'], 'CN-RIC'>, RegExp>> = {
  'CN-PASSPORT': /^[A-Z]{1,2}\d{7,8}$/,
  'CN-HKMT-PERMIT': /^([HMT]\d{8,10}|\d{8}(\d{2})?|8[123]0000\d{11}[\dX])$/,
  'CN-FOREIGN-PR': /^([A-Z]{3}\d{12}|9\d{16}[\dX])$/,
  'FOREIGN-PASSPORT': /^[A-Z0-9]{5,20}$/,
  'FOREIGN-ID': /^[A-Z0-9][A-Z0-9 ./-]{2,39}$/,
};

const DETAILS = {
  id_number_format: 'must be 17 digits and a digit or X',
  id_number_date: 'holds a birth date that is not in the calendar',
  id_number_checksum: 'the check character is wrong: look for a mistyped or swapped digit',
} as const;

export const normalDocument = (document: IdDocument): IdDocument => ({ ...document, number: document.number.trim().toUpperCase() });

/** What one document says about its owner, where it says anything. */
export function residentIdOf(document: Pick<IdDocument, 'type' | 'number'>): ResidentId | undefined {
  if (!residentForm(document)) return undefined;
  const read = readResidentId(document.number);
  return typeof read === 'string' ? undefined : read;
}

/** Faults of a document of any shape; looks only at what it can read. `today` is an ISO date. */
export function documentFaults(candidate: unknown, pointer: string, today: string): FieldError[] {
  const { type, number, country, validUntil } = (candidate ?? {}) as Partial<Record<keyof IdDocument, unknown>>;
  const errors: FieldError[] = [];
  if (typeof type === 'string' && typeof number === 'string') {
    const document = normalDocument({ type: type as IdDocument['type'], number });
    const pattern = PATTERNS[document.type as keyof typeof PATTERNS];
    if (residentForm(document)) {
      const read = readResidentId(document.number);
      if (typeof read === 'string') errors.push({ pointer: `${pointer}/number`, code: read, detail: DETAILS[read] });
      else if (read.birthDate > today) errors.push({ pointer: `${pointer}/number`, code: 'id_number_date', detail: 'holds a birth date in the future' });
    } else if (pattern && !pattern.test(document.number)) {
      errors.push({ pointer: `${pointer}/number`, code: 'document_number_format', detail: 'does not have the form of such a document\'s numbers' });
    }
    if (type.startsWith('FOREIGN-') && country === undefined)
      errors.push({ pointer: `${pointer}/country`, code: 'required', detail: 'is required: the country that issued the document' });
  }
  errors.push(...countryFaults(country, `${pointer}/country`));
  if (typeof validUntil === 'string' && validUntil < today) errors.push({ pointer: `${pointer}/validUntil`, code: 'document_expired', detail: 'the document has expired' });
  return errors;
}

/** One text per document: two people cannot hold the same. */
export const documentIdentity = ({ type, number, country }: IdDocument): string => [type, type.startsWith('FOREIGN-') ? (country ?? '') : '', number.replace(/[ ./-]/g, '')].join(':');
