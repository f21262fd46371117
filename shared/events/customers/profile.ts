import { z } from 'zod';
import { classified } from '../../access/classified.js';
import { maskDate, maskEmail, maskIdNumber, maskName, maskPhone, maskWhole } from '../../access/masks.js';
import { idSchema, moneySchema } from '../values.js';

/** A customer's personal data (CUST-1, CUST-2), each field with what it tells (shared/access). Shapes only; checksums and consistency are the customers module's `validation`. */

const text = (max: number) => z.string().trim().min(1).max(max);
export const phoneSchema = z.string().regex(/^\+[1-9]\d{1,14}$/, 'must be E.164: + and the country code, such as +8613812345678').meta({ description: 'E.164', examples: ['+8613812345678'] });
const personName = (max: number) => classified(text(max), 'name', maskName);
const phone = classified(phoneSchema, 'contact', maskPhone);
const country = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 country, such as CN').meta({ description: 'ISO 3166-1 alpha-2' });

export const ID_DOCUMENT_TYPES = ['CN-RIC', 'CN-PASSPORT', 'CN-HKMT-PERMIT', 'CN-FOREIGN-PR', 'FOREIGN-PASSPORT', 'FOREIGN-ID'] as const;

export const idDocumentSchema = classified(z.strictObject({
  type: z.enum(ID_DOCUMENT_TYPES).meta({ description: 'CN-RIC: resident identity card, GB 11643' }),
  number: classified(text(40), 'identity-number', maskIdNumber),
  country: country.optional(),
  validUntil: z.iso.date().optional(),
}), 'identity-number');

export const addressSchema = classified(z.strictObject({
  kind: z.enum(['home', 'work', 'registered', 'postal', 'other']),
  country,
  /** GB/T 2260 code or the foreign equivalent. */
  cityCode: text(20).optional(),
  city: text(100).optional(),
  district: text(100).optional(),
  line: classified(text(300), 'contact', maskWhole),
  postalCode: classified(text(20), 'contact', maskWhole).optional(),
}), 'contact');

export const itemSchema = z.strictObject({
  kind: z.enum(['deposit', 'property', 'vehicle', 'security', 'mortgage', 'loan', 'card-debt', 'other']),
  description: text(200).optional(),
  value: moneySchema,
});

const contactSchema = classified(z.strictObject({ name: personName(200), relationship: text(50), phone: phone.optional() }), 'contact');

export const consentsSchema = z.strictObject({
  marketingSms: z.boolean().optional(),
  marketingEmail: z.boolean().optional(),
  marketingPush: z.boolean().optional(),
  profiling: z.boolean().optional(),
  dataSharing: z.boolean().optional(),
});

/** Words that staff put on a customer, to find and to address those who have one in common. */
const tagsSchema = classified(z.array(text(40)).max(50), 'marketing');

export const individualSchema = z.strictObject({
  kind: z.literal('individual'),
  name: personName(200),
  sex: classified(z.enum(['male', 'female', 'unknown']), 'identity'),
  birthDate: classified(z.iso.date(), 'identity', maskDate),
  idDocument: idDocumentSchema,
  phones: z.array(phone).min(1).max(10),
  email: classified(z.email().max(254), 'contact', maskEmail).optional(),
  addresses: z.array(addressSchema).max(10).optional(),
  occupation: classified(text(100), 'employment').optional(),
  employer: classified(text(200), 'employment').optional(),
  /** A year's income before tax. */
  income: classified(moneySchema, 'income').optional(),
  assets: classified(z.array(itemSchema).max(50), 'assets').optional(),
  liabilities: classified(z.array(itemSchema).max(50), 'liabilities').optional(),
  maritalStatus: classified(z.enum(['single', 'married', 'divorced', 'widowed', 'unknown']), 'identity').optional(),
  riskPreference: classified(z.strictObject({ level: z.enum(['conservative', 'balanced', 'aggressive']), assessedOn: z.iso.date() }), 'preferences').optional(),
  interests: classified(z.array(text(50)).max(30), 'preferences').optional(),
  contactPersons: z.array(contactSchema).max(10).optional(),
  tags: tagsSchema.optional(),
  consents: classified(consentsSchema, 'marketing').optional(),
});

export const corporateSchema = z.strictObject({
  kind: z.literal('corporate'),
  name: classified(text(300), 'name', maskName),
  /** Unified social credit code, GB 32100. */
  creditCode: classified(text(18), 'identity-number', maskIdNumber),
  registeredAddress: addressSchema.optional(),
  registeredCapital: classified(moneySchema, 'income').optional(),
  businessScope: classified(text(2000), 'employment').optional(),
  legalRepresentative: classified(z.strictObject({ name: personName(200), idDocument: idDocumentSchema.optional(), phone: phone.optional() }), 'ownership').optional(),
  licenceNumber: classified(text(50), 'identity-number', maskIdNumber).optional(),
  shareholders: z.array(classified(z.strictObject({ name: classified(text(300), 'name', maskName), share: z.string().regex(/^\d{1,3}(\.\d{1,4})?$/, 'must be a percentage with at most four decimals').meta({ description: 'per cent' }) }), 'ownership')).max(100).optional(),
  beneficialOwners: z.array(classified(z.strictObject({ name: personName(200), idDocument: idDocumentSchema.optional(), share: z.string().regex(/^\d{1,3}(\.\d{1,4})?$/, 'must be a percentage with at most four decimals').optional() }), 'ownership')).max(50).optional(),
  contacts: z.array(contactSchema).max(20).optional(),
  phones: z.array(phone).max(10).optional(),
  email: classified(z.email().max(254), 'contact', maskEmail).optional(),
  tags: tagsSchema.optional(),
  consents: classified(consentsSchema, 'marketing').optional(),
});

export const profileSchema = z.discriminatedUnion('kind', [individualSchema, corporateSchema]);
export type Individual = z.output<typeof individualSchema>;
export type Corporate = z.output<typeof corporateSchema>;
export type Profile = z.output<typeof profileSchema>;

/** One changed top-level field; null stands for "absent". */
export const fieldChangeSchema = z.strictObject({ field: z.string().max(60), before: z.json(), after: z.json() });
export type FieldChange = z.output<typeof fieldChangeSchema>;
export const customerIdSchema = idSchema.meta({ description: 'customer' });
