import { z } from 'zod';
import { classified } from '../../shared/access/classified.js';
import { maskAccountNumber, maskDate, maskIdNumber, maskPhone, maskWhole } from '../../shared/access/masks.js';
import type { FieldError } from '../../shared/kernel/decision.js';
import { isCurrency, minorOf, parseMoney, type MoneyFault } from '../../shared/kernel/money.js';
import { CUSTOMER_STATUSES } from '../../shared/events/customers/view.js';
import { currencySchema } from '../../shared/events/values.js';
import { cursorSchema, limitSchema } from '../../shared/http/cursor.js';
import { momentSchema } from '../../shared/http/moments.js';
import { withChecks } from '../../shared/http/validation.js';
import { INCOME_BANDS } from './coarse.js';
import { SORTS } from './search.js';

const text = (max: number) => z.string().trim().min(1).max(max).optional();
const year = z.string().regex(/^\d{4}$/, 'must be a year');
const balance = z.string().max(40).regex(/^-?(0|[1-9]\d*)(\.\d+)?$/, 'must be a decimal such as "100.00"').optional();

const born = <S extends z.ZodType>(schema: S) => classified(schema, 'identity', maskDate).optional();

/**
 * Each filter has the class of the field that it asks for: to whom that is hidden, the filter is refused. One with a mask asks for no more than a masked view
 * shows, or for the whole exact value: for it a masked view is enough. A part of a name, or one of three sexes, could be guessed.
 */
const filters = {
  name: classified(text(100), 'name').meta({ description: 'Chinese, pinyin or Latin; whole or in part; ranked, best first' }),
  idNumber: classified(text(40), 'identity-number', maskIdNumber).meta({ description: 'ID document or credit code; exact' }),
  phone: classified(text(40), 'contact', maskPhone).meta({ description: 'Any usual form, with or without country code' }),
  accountNumber: classified(text(40), 'account-number', maskAccountNumber),
  kind: z.enum(['individual', 'corporate']).optional(),
  status: z.enum(CUSTOMER_STATUSES).optional(),
  branch: text(20),
  product: classified(text(40), 'balances').meta({ description: 'Holds an open account of this product, as owner or otherwise' }),
  currency: classified(currencySchema.optional(), 'balances').meta({ description: 'Owns an open account in this currency' }),
  balanceFrom: classified(balance, 'balances').meta({ description: 'Owns an open account in `currency` with at least this balance; a decimal of the currency, below zero where overdrawn' }),
  balanceTo: classified(balance, 'balances').meta({ description: 'And with at most this balance. Currency, balance, product and accountStatus together speak of one and the same account' }),
  accountStatus: classified(z.enum(['open', 'frozen', 'frozen-full', 'frozen-debit-only', 'closed']).optional(), 'balances')
    .meta({ description: 'Owns an account in this state; "frozen" is either kind. Any but closed where absent' }),
  sex: classified(z.enum(['male', 'female', 'unknown']).optional(), 'identity'),
  cityCode: classified(text(20), 'contact', maskWhole),
  incomeBand: classified(z.enum(INCOME_BANDS).optional(), 'income', maskWhole),
  riskLevel: classified(z.enum(['conservative', 'balanced', 'aggressive']).optional(), 'preferences'),
  tag: classified(text(40), 'marketing').meta({ description: 'One of the tags that staff put on the customer; whole, in capitals or not' }),
  registeredFrom: momentSchema.optional(),
  registeredTo: momentSchema.optional(),
  sort: z.enum(SORTS).optional().meta({ description: 'registeredAt where absent; a search by name is ranked instead' }),
};

/** A search as a query string, and the same as a body for those who keep personal values out of URLs. */
export const searchQuery = withChecks(
  z.strictObject({ ...filters, bornFrom: born(year), bornTo: born(year), limit: limitSchema, cursor: cursorSchema }),
  (candidate) => filterFaults(candidate, '?'),
);
export const searchBody = withChecks(
  z.strictObject({
    ...filters, bornFrom: born(z.int().min(1000).max(9999)), bornTo: born(z.int().min(1000).max(9999)), limit: z.int().min(1).max(200).optional(), cursor: cursorSchema,
  }),
  (candidate) => filterFaults(candidate, '/'),
);

const BALANCE_FAULTS: Readonly<Record<Exclude<MoneyFault, 'currency_unknown'>, string>> = {
  amount_malformed: 'must be a decimal such as "100.00"',
  amount_scale: 'must have exactly the currency\'s own number of decimals',
  amount_too_large: 'is more than any balance can be',
};

/** What fields have to do with each other. Takes any shape and looks at what it can read, so that all faults come at once. */
function filterFaults(candidate: unknown, place: '?' | '/'): FieldError[] {
  if (typeof candidate !== 'object' || candidate === null) return [];
  const fields = candidate as Readonly<Record<string, unknown>>;
  const errors: FieldError[] = [];
  const fault = (field: string, code: string, detail: string) => void errors.push({ pointer: `${place}${field}`, code, detail });
  const { name, currency } = fields;
  if (typeof name === 'string' && name.trim() !== '' && !/[\p{L}\p{N}]/u.test(name)) fault('name', 'format', 'must hold a letter or a character');
  const balances = (['balanceFrom', 'balanceTo'] as const).filter((field) => fields[field] !== undefined);
  if (balances.length > 0 && currency === undefined) fault('currency', 'required', 'is required: a balance is in a currency');
  if (typeof currency === 'string' && isCurrency(currency)) {
    const wrong = balances.filter((field) => {
      const amount = fields[field];
      const read = typeof amount === 'string' ? parseMoney({ amount, currency }) : undefined;
      if (typeof read === 'string' && read !== 'currency_unknown') fault(field, read, BALANCE_FAULTS[read]);
      return typeof read !== 'object';
    });
    const ends = balances.map((field) => fields[field] as string);
    if (wrong.length === 0 && ends.length === 2 && minorOf(ends[0]!, currency) > minorOf(ends[1]!, currency)) fault('balanceTo', 'out_of_range', 'must not be below balanceFrom');
  }
  if (Number(fields['bornFrom']) > Number(fields['bornTo'])) fault('bornTo', 'out_of_range', 'must not lie before bornFrom');
  if (Date.parse(String(fields['registeredFrom'])) > Date.parse(String(fields['registeredTo']))) fault('registeredTo', 'out_of_range', 'must not lie before registeredFrom');
  return errors;
}
