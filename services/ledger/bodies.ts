import { z } from 'zod';
import { internal } from '../../shared/access/classified.js';
import { HOLDER_ROLES } from '../../shared/events/ledger/events.js';
import { channelSchema, currencySchema, dateSchema, moneySchema } from '../../shared/events/values.js';
import { parseMoney, type Money, type MoneyFault, type MoneyText } from '../../shared/kernel/money.js';
import type { FieldError } from '../../shared/kernel/decision.js';
import { momentSchema } from '../../shared/http/moments.js';
import { withChecks } from '../../shared/http/validation.js';

/** What HTTP takes. */

const uuid = z.uuid().toLowerCase();
export const memo = z.string().trim().min(1).max(140).optional().meta({ description: 'Personal: sealed under each account\'s customer, between two of the bank\'s own accounts under the bank\'s key' });
const reason = z.string().trim().min(1).max(200).meta({ description: 'Personal: sealed under the customers concerned' });
const booked = {
  bookingDate: dateSchema.optional().meta({ description: 'Not after the bank\'s business date, which is the default' }),
  valueDate: dateSchema.optional(),
};

const transferLine = { from: uuid, to: uuid, money: moneySchema, memo, ...booked };

/** Amounts that zod's shape lets through but that are no exact money above zero, wherever `money` stands. */
function moneyFaults(candidate: unknown, path = ''): FieldError[] {
  if (typeof candidate !== 'object' || candidate === null) return [];
  return Object.entries(candidate).flatMap(([key, value]) => {
    const at = `${path}/${key}`;
    if (key !== 'money') return moneyFaults(value, at);
    const { amount, currency } = (value ?? {}) as Partial<MoneyText>;
    if (typeof amount !== 'string' || typeof currency !== 'string') return [];
    const parsed = parseMoney({ amount, currency });
    const fault = typeof parsed === 'string' ? parsed : parsed.minor <= 0n ? 'amount_not_positive' : undefined;
    return fault === undefined ? [] : [{ pointer: `${at}/${fault === 'currency_unknown' ? 'currency' : 'amount'}`, code: fault, detail: FAULTS[fault] }];
  });
}

const FAULTS: Readonly<Record<MoneyFault | 'amount_not_positive', string>> = {
  amount_not_positive: 'must be above zero',
  currency_unknown: 'the bank keeps no books in this currency',
  amount_malformed: 'must be a decimal such as "100.00"',
  amount_scale: 'must have exactly the decimals of its currency ("100.00" CNY, "100" JPY)',
  amount_too_large: 'is more than one posting may move',
};

export const withMoney = <S extends z.ZodType>(schema: S): S => withChecks(schema, (candidate) => moneyFaults(candidate));

/** After validation only. */
export function moneyIn(text: MoneyText): Money {
  const parsed = parseMoney(text);
  if (typeof parsed === 'string') throw new Error(`money was validated and yet is ${parsed}`);
  return parsed;
}

const holder = z.strictObject({ customerId: uuid, role: z.enum(HOLDER_ROLES) });

export const openAccountBody = z.strictObject({
  customerId: uuid,
  product: z.string().min(1).max(40),
  currency: currencySchema,
  holders: z.array(holder).min(1).max(20).optional().meta({ description: 'The customer as owner where absent' }),
  branch: z.string().trim().min(1).max(20).optional(),
  channel: channelSchema.optional(),
});
export const holdersBody = z.strictObject({ holders: z.array(holder).min(1).max(20), reason, channel: channelSchema.optional() });
export const cashBody = withMoney(z.strictObject({
  money: moneySchema,
  channel: channelSchema,
  memo,
  against: z.enum(['cash', 'clearing', 'opening', 'interest-expense', 'fee-income']).optional().meta({ description: 'The bank\'s own line on the other side; cash at counter and ATM, clearing elsewhere' }),
  ...booked,
}));
export const transferBody = withMoney(z.strictObject({ ...transferLine, channel: channelSchema.optional() }));
export const batchBody = withMoney(z.strictObject({
  atomic: z.boolean(),
  transfers: z.array(z.strictObject(transferLine)).min(1).max(5_000).meta({ description: 'At most 500; more is refused with batch_too_large' }),
  channel: channelSchema.optional(),
}));
export const holdBody = withMoney(z.strictObject({
  money: moneySchema, expiresAt: momentSchema.optional(), to: uuid.optional().meta({ description: 'Where a capture pays to; the clearing account where absent' }), memo, channel: channelSchema.optional(),
}));
export const captureBody = withMoney(z.strictObject({ money: moneySchema.optional(), memo, channel: channelSchema.optional() }).optional());
export const releaseBody = z.strictObject({ channel: channelSchema.optional() }).optional();
export const freezeBody = z.strictObject({ mode: z.enum(['full', 'debit-only']), reason, channel: channelSchema.optional() });
export const unfreezeBody = z.strictObject({ reason, channel: channelSchema.optional() });
export const closeBody = z.strictObject({ to: uuid.optional().meta({ description: 'Takes what is left' }), reason: reason.optional(), channel: channelSchema.optional() }).optional();
export const reversalBody = z.strictObject({ reason, channel: channelSchema.optional() });

const text = internal(z.string());
export const productsSchema = z.object({ items: z.array(z.object({ code: text, version: z.int(), title: text, currencies: z.array(currencySchema).readonly() })) });

export const lineResultSchema = z.discriminatedUnion('status', [
  z.object({ line: z.int(), status: z.literal('posted'), id: uuid, revision: z.int() }),
  z.object({ line: z.int(), status: z.literal('refused'), code: text, detail: text.optional() }),
]);
