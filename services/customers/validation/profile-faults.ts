import { parseMoney, type MoneyFault } from '../../../shared/kernel/money.js';
import type { FieldError } from '../../../shared/kernel/decision.js';
import { readCreditCode } from './credit-code.js';
import { countryFaults } from './country.js';
import { documentFaults, normalDocument, residentIdOf, type IdDocument } from './id-document.js';
import { readPhone } from './phone.js';
import { isCalendarDate } from './resident-id.js';

export const EARLIEST_BIRTH = '1880-01-01';
const EARLIEST_ASSESSMENT = '1980-01-01';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What is wrong with a customer's data beyond its shape: checksums, ranges, fields that must agree. Takes data of any shape, whole or a part, and looks at what it
 * can read, so that all faults come at once. `today` is an ISO date in the bank's time zone.
 */
export function profileFaults(candidate: unknown, today: string): FieldError[] {
  const profile = fields(candidate);
  if (!profile) return [];
  return [
    ...nameFaults(profile['name'], '/name'),
    ...(profile['idDocument'] === undefined ? [] : documentFaults(profile['idDocument'], '/idDocument', today)),
    ...agreementFaults(profile),
    ...dateFaults(profile['birthDate'], '/birthDate', EARLIEST_BIRTH, today),
    ...assessmentFaults(profile, today),
    ...creditCodeFaults(profile['creditCode']),
    ...phoneFaults(profile),
    ...tagFaults(profile),
    ...moneyFaults(profile['income'], '/income'),
    ...moneyFaults(profile['registeredCapital'], '/registeredCapital'),
    ...each(profile['assets'], '/assets', (item, pointer) => moneyFaults(item['value'], `${pointer}/value`)),
    ...each(profile['liabilities'], '/liabilities', (item, pointer) => moneyFaults(item['value'], `${pointer}/value`)),
    ...each(profile['addresses'], '/addresses', addressFaults),
    ...(fields(profile['registeredAddress']) ? addressFaults(fields(profile['registeredAddress'])!, '/registeredAddress') : []),
    ...personFaults(profile['legalRepresentative'], '/legalRepresentative', today),
    ...PEOPLE.flatMap((field) => each(profile[field], `/${field}`, (person, pointer) => personFaults(person, pointer, today))),
    ...shareFaults(profile['shareholders'], '/shareholders'),
    ...shareFaults(profile['beneficialOwners'], '/beneficialOwners'),
    ...characterFaults(profile, ''),
  ];
}

/** Lists of people and firms. */
const PEOPLE = ['contactPersons', 'contacts', 'shareholders', 'beneficialOwners'] as const;

const fields = (value: unknown): Fields | undefined => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const each = (value: unknown, pointer: string, faultsOf: (item: Fields, pointer: string) => FieldError[]): FieldError[] =>
  list(value).flatMap((item, index) => (fields(item) ? faultsOf(fields(item)!, `${pointer}/${index}`) : []));

function nameFaults(name: unknown, pointer: string): FieldError[] {
  if (typeof name !== 'string' || name.trim() === '') return [];
  return /\p{L}/u.test(name) && !/[\p{Cc}\p{Cf}<>]/u.test(name) ? [] : [{ pointer, code: 'name_format', detail: 'must hold a letter, and no control characters or angle brackets' }];
}

/** Birth date and sex stand in a resident's number too: all three must agree. */
function agreementFaults({ idDocument, birthDate, sex }: Fields): FieldError[] {
  const { type, number } = fields(idDocument) ?? {};
  if (typeof type !== 'string' || typeof number !== 'string') return [];
  const says = residentIdOf(normalDocument({ type: type as IdDocument['type'], number }));
  if (!says) return [];
  const errors: FieldError[] = [];
  if (typeof birthDate === 'string' && isCalendarDate(birthDate) && birthDate !== says.birthDate)
    errors.push({ pointer: '/birthDate', code: 'id_number_birth_date', detail: 'is not the birth date that the ID number holds' });
  if (typeof sex === 'string' && sex !== says.sex) errors.push({ pointer: '/sex', code: 'id_number_sex', detail: 'is not the sex that the ID number holds' });
  return errors;
}

function dateFaults(date: unknown, pointer: string, earliest: string, today: string): FieldError[] {
  if (typeof date !== 'string' || !isCalendarDate(date)) return [];
  if (date > today) return [{ pointer, code: 'date_in_future', detail: 'lies in the future' }];
  return date < earliest ? [{ pointer, code: 'date_too_early', detail: `must not be before ${earliest}` }] : [];
}

function assessmentFaults({ riskPreference, birthDate }: Fields, today: string): FieldError[] {
  const assessedOn = fields(riskPreference)?.['assessedOn'];
  const pointer = '/riskPreference/assessedOn';
  const faults = dateFaults(assessedOn, pointer, EARLIEST_ASSESSMENT, today);
  if (faults.length > 0 || typeof assessedOn !== 'string' || typeof birthDate !== 'string' || !isCalendarDate(birthDate) || assessedOn >= birthDate) return faults;
  return [{ pointer, code: 'date_too_early', detail: 'lies before the birth date' }];
}

/** A tag is there or is not: in other letters it would be another one to rules, and the same to people. */
function tagFaults(profile: Fields): FieldError[] {
  const words = list(profile['tags']).map((tag) => (typeof tag === 'string' ? tag.trim().normalize('NFKC').toLowerCase() : undefined));
  return words.flatMap((word, index) => (word !== undefined && words.indexOf(word) < index ? [{ pointer: `/tags/${index}`, code: 'duplicate', detail: 'stands in the list already, perhaps in other letters' }] : []));
}

function creditCodeFaults(code: unknown): FieldError[] {
  if (typeof code !== 'string') return [];
  const read = readCreditCode(code.trim());
  if (typeof read !== 'string') return [];
  const detail = read === 'credit_code_format' ? 'must be 18 characters of the GB 32100 alphabet (no I, O, S, V, Z)' : 'the check character is wrong: look for a mistyped or swapped character';
  return [{ pointer: '/creditCode', code: read, detail }];
}

function phoneFaults(profile: Fields): FieldError[] {
  const one = (value: unknown, pointer: string): FieldError[] =>
    typeof value === 'string' && /^\+[1-9]\d{1,14}$/.test(value) && readPhone(value) === undefined
      ? [{ pointer, code: 'phone_impossible', detail: 'no such number is possible in its country' }]
      : [];
  const phones = list(profile['phones']);
  return [
    ...phones.flatMap((phone, index) => [
      ...one(phone, `/phones/${index}`),
      ...(typeof phone === 'string' && phones.indexOf(phone) < index ? [{ pointer: `/phones/${index}`, code: 'duplicate', detail: 'stands in the list already' }] : []),
    ]),
    ...each(profile['contactPersons'], '/contactPersons', (contact, pointer) => one(contact['phone'], `${pointer}/phone`)),
    ...each(profile['contacts'], '/contacts', (contact, pointer) => one(contact['phone'], `${pointer}/phone`)),
    ...one(fields(profile['legalRepresentative'])?.['phone'], '/legalRepresentative/phone'),
  ];
}

const MONEY_DETAILS: Readonly<Record<MoneyFault, { field: string; detail: string }>> = {
  currency_unknown: { field: 'currency', detail: 'is not a currency this bank keeps' },
  amount_malformed: { field: 'amount', detail: 'must be a decimal such as "100.00"' },
  amount_scale: { field: 'amount', detail: 'must have exactly the currency\'s own number of decimals' },
  amount_too_large: { field: 'amount', detail: 'is too large' },
};

function moneyFaults(money: unknown, pointer: string): FieldError[] {
  const { amount, currency } = fields(money) ?? {};
  if (typeof amount !== 'string') return [];
  const negative = /^-\d/.test(amount) ? [{ pointer: `${pointer}/amount`, code: 'negative', detail: 'must not be below zero' }] : [];
  // A patch may leave the currency as it is.
  if (typeof currency !== 'string') return negative;
  const read = parseMoney({ amount, currency });
  if (typeof read === 'string') return [{ pointer: `${pointer}/${MONEY_DETAILS[read].field}`, code: read, detail: MONEY_DETAILS[read].detail }];
  return negative;
}

function addressFaults({ country, cityCode }: Fields, pointer: string): FieldError[] {
  const faults = countryFaults(country, `${pointer}/country`);
  if (faults.length > 0) return faults;
  return country === 'CN' && typeof cityCode === 'string' && !/^\d{6}$/.test(cityCode)
    ? [{ pointer: `${pointer}/cityCode`, code: 'city_code_format', detail: 'must be six digits, GB/T 2260' }]
    : [];
}

function personFaults(candidate: unknown, pointer: string, today: string): FieldError[] {
  const person = fields(candidate);
  if (!person) return [];
  return [
    ...nameFaults(person['name'], `${pointer}/name`),
    ...(person['idDocument'] === undefined ? [] : documentFaults(person['idDocument'], `${pointer}/idDocument`, today)),
  ];
}

/** Names have their own rule; anywhere else lines may break. */
function characterFaults(value: unknown, pointer: string): FieldError[] {
  if (typeof value === 'string')
    return /[^\P{Cc}\t\n\r]/u.test(value) && !pointer.endsWith('/name') ? [{ pointer, code: 'character_not_allowed', detail: 'holds a control character' }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => characterFaults(member, `${pointer}/${key}`));
}

/** Shares are decimals of at most four places: counted in ten-thousandths of a per cent, exactly. */
function shareFaults(value: unknown, pointer: string): FieldError[] {
  const shares = list(value).map((item) => {
    const share = fields(item)?.['share'];
    const match = typeof share === 'string' ? /^(\d{1,3})(?:\.(\d{1,4}))?$/.exec(share) : null;
    return match ? Number(match[1]) * 10_000 + Number((match[2] ?? '').padEnd(4, '0')) : 0;
  });
  return shares.reduce((sum, share) => sum + share, 0) > 1_000_000 ? [{ pointer, code: 'shares_exceed_whole', detail: 'the shares add up to more than 100 per cent' }] : [];
}
