import { z } from 'zod';
import { idSchema, moneySchema } from '../values.js';

/** A customer's personal data (CUST-1, CUST-2). Shapes only; checksums and consistency are the customers module's `validation`. */

const text = (max: number) => z.string().trim().min(1).max(max);
export const phoneSchema = z.string().regex(/^\+[1-9]\d{1,14}$/, 'must be E.164: + and the country code, such as +8613812345678').meta({ description: 'E.164', examples: ['+8613812345678'] });
const country = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 country, such as CN').meta({ description: 'ISO 3166-1 alpha-2' });

export const ID_DOCUMENT_TYPES = ['CN-RIC', 'CN-PASSPORT', 'CN-HKMT-PERMIT', 'CN-FOREIGN-PR', 'FOREIGN-PASSPORT', 'FOREIGN-ID'] as const;

export const idDocumentSchema = z.strictObject({
  type: z.enum(ID_DOCUMENT_TYPES).meta({ description: 'CN-RIC: resident identity card, GB 11643' }),
  number: text(40),
  country: country.optional(),
  validUntil: z.iso.date().optional(),
});

export const addressSchema = z.strictObject({
  kind: z.enum(['home', 'work', 'registered', 'postal', 'other']),
  country,
  /** GB/T 2260 code or the foreign equivalent. */
  cityCode: text(20).optional(),
  city: text(100).optional(),
  district: text(100).optional(),
  line: text(300),
  postalCode: text(20).optional(),
});

export const itemSchema = z.strictObject({
  kind: z.enum(['deposit', 'property', 'vehicle', 'security', 'mortgage', 'loan', 'card-debt', 'other']),
  description: text(200).optional(),
  value: moneySchema,
});

const contactSchema = z.strictObject({ name: text(200), relationship: text(50), phone: phoneSchema.optional() });

const consentsSchema = z.strictObject({
  marketingSms: z.boolean().optional(),
  marketingEmail: z.boolean().optional(),
  marketingPush: z.boolean().optional(),
  profiling: z.boolean().optional(),
  dataSharing: z.boolean().optional(),
});

export const individualSchema = z.strictObject({
  kind: z.literal('individual'),
  name: text(200),
  sex: z.enum(['male', 'female', 'unknown']),
  birthDate: z.iso.date(),
  idDocument: idDocumentSchema,
  phones: z.array(phoneSchema).min(1).max(10),
  email: z.email().max(254).optional(),
  addresses: z.array(addressSchema).max(10).optional(),
  occupation: text(100).optional(),
  employer: text(200).optional(),
  /** A year's income before tax. */
  income: moneySchema.optional(),
  assets: z.array(itemSchema).max(50).optional(),
  liabilities: z.array(itemSchema).max(50).optional(),
  maritalStatus: z.enum(['single', 'married', 'divorced', 'widowed', 'unknown']).optional(),
  riskPreference: z.strictObject({ level: z.enum(['conservative', 'balanced', 'aggressive']), assessedOn: z.iso.date() }).optional(),
  interests: z.array(text(50)).max(30).optional(),
  contactPersons: z.array(contactSchema).max(10).optional(),
  consents: consentsSchema.optional(),
});

export const corporateSchema = z.strictObject({
  kind: z.literal('corporate'),
  name: text(300),
  /** Unified social credit code, GB 32100. */
  creditCode: text(18),
  registeredAddress: addressSchema.optional(),
  registeredCapital: moneySchema.optional(),
  businessScope: text(2000).optional(),
  legalRepresentative: z.strictObject({ name: text(200), idDocument: idDocumentSchema.optional(), phone: phoneSchema.optional() }).optional(),
  licenceNumber: text(50).optional(),
  shareholders: z.array(z.strictObject({ name: text(300), share: z.string().regex(/^\d{1,3}(\.\d{1,4})?$/, 'must be a percentage with at most four decimals').meta({ description: 'per cent' }) })).max(100).optional(),
  beneficialOwners: z.array(z.strictObject({ name: text(200), idDocument: idDocumentSchema.optional(), share: z.string().regex(/^\d{1,3}(\.\d{1,4})?$/, 'must be a percentage with at most four decimals').optional() })).max(50).optional(),
  contacts: z.array(contactSchema).max(20).optional(),
  phones: z.array(phoneSchema).max(10).optional(),
  email: z.email().max(254).optional(),
  consents: consentsSchema.optional(),
});

export const profileSchema = z.discriminatedUnion('kind', [individualSchema, corporateSchema]);
export type Individual = z.output<typeof individualSchema>;
export type Corporate = z.output<typeof corporateSchema>;
export type Profile = z.output<typeof profileSchema>;

/** One changed top-level field; null stands for "absent". */
export const fieldChangeSchema = z.strictObject({ field: z.string().max(60), before: z.json(), after: z.json() });
export type FieldChange = z.output<typeof fieldChangeSchema>;
export const customerIdSchema = idSchema.meta({ description: 'customer' });
