import { z } from 'zod';
import { classified, classifiedWhole, internal, subjectId } from '../../shared/access/classified.js';
import { maskAccountNumber } from '../../shared/access/masks.js';
import { currencySchema, dateSchema, isKeepable } from '../../shared/events/values.js';
import type { FieldError } from '../../shared/kernel/decision.js';
import { withChecks } from '../../shared/http/validation.js';
import { KINDS } from './flow-report.js';
import { dayCount, monthCount } from './period.js';

const monthSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-01').refine(isKeepable, { params: { code: 'out_of_range' }, message: 'must lie in the years 1 to 9999' })
  .meta({ examples: ['2026-01'] });

export const MOST_MONTHS = 120;
export const MOST_DAYS = 1_100;
const MOST_DAYS_BY_MONTH = 3_660;

type Sent = { readonly from?: unknown; readonly to?: unknown; readonly step?: unknown };

/** Both ends, the right way round, and no more of it than an answer holds. */
const within = (schema: z.ZodType, count: (from: string, to: string) => number, most: (sent: Sent) => number, unit: string) => (candidate: unknown): FieldError[] => {
  const sent = (candidate ?? {}) as Sent;
  const [from, to] = [schema.safeParse(sent.from), schema.safeParse(sent.to)];
  if (!from.success || !to.success) return [];
  const counted = count(from.data as string, to.data as string);
  const fault = (detail: string) => [{ pointer: '?to', code: 'out_of_range', detail }];
  if (counted < 1) return fault('must not lie before ?from');
  return counted > most(sent) ? fault(`must lie at most ${most(sent)} ${unit} from ?from, both counted`) : [];
};

const months = { from: monthSchema.meta({ description: 'First month, of the booking date' }), to: monthSchema.meta({ description: `Last month; at most ${MOST_MONTHS} in all` }) };
const monthsWithin = within(monthSchema, monthCount, () => MOST_MONTHS, 'months');

export const flowsQuery = withChecks(z.strictObject(months), monthsWithin);
export const branchFlowsQuery = withChecks(z.strictObject({ ...months, branch: z.string().min(1).max(20).optional(), currency: currencySchema.optional() }), monthsWithin);
export const balancesQuery = withChecks(
  z.strictObject({
    from: dateSchema.meta({ description: 'First day, of the booking date' }),
    to: dateSchema.meta({ description: `Last day; at most ${MOST_DAYS} in all by day, ${MOST_DAYS_BY_MONTH} by month` }),
    step: z.enum(['day', 'month']).optional().meta({ description: 'day where absent' }),
  }),
  within(dateSchema, dayCount, ({ step }) => (step === 'month' ? MOST_DAYS_BY_MONTH : MOST_DAYS), 'days'),
);
export const sheetQuery = z.strictObject({ asOf: dateSchema.optional().meta({ description: 'What was booked up to this day; all there is where absent' }) });

/** The sum of all movements is a balance, and balances tell movements: sums are balances that stand among movements, and left out where either is not clear: a month with one movement tells it. */
const amount = classified(z.string(), 'balances').meta({ examples: ['100.00'] });

const sums = {
  in: amount.meta({ description: 'Income: what raised the balance' }), out: amount.meta({ description: 'Expense: what lowered it' }), net: amount,
  entries: classified(z.int(), 'balances').meta({ description: 'Debits and credits; what goes between own accounts has one of each' }),
};
const ofPerson = { ...sums, own: amount.optional().meta({ description: 'Between accounts of this very person: neither in nor out. Of a person only' }) };
export const flowsSchema = z
  .object({
    from: internal(z.string()), to: internal(z.string()),
    currencies: classifiedWhole(z.array(z.object({
      currency: currencySchema, ...ofPerson, months: z.array(z.object({ month: internal(z.string()), ...ofPerson, kinds: z.array(z.object({ kind: z.enum(KINDS), ...ofPerson })) })),
    })), 'movements'),
  })
  .meta({ id: 'FlowReport', description: 'What came in and went out, by currency, month and kind, by booking date. A reversal is an entry of its own on the day on which it was booked' });

export const balancesSchema = z
  .object({
    from: internal(z.string()), to: internal(z.string()), step: z.enum(['day', 'month']),
    currencies: z.array(z.object({
      currency: currencySchema,
      opening: amount.meta({ description: 'Before the first day' }), closing: amount.meta({ description: 'At the end of the last' }),
      average: amount.meta({ description: 'Mean of the closing balances of all days' }),
      points: z.array(z.object({ date: internal(z.string()), balance: amount, average: amount.optional().meta({ description: 'Of a month: of its days in the range' }) })),
    })),
  })
  .meta({ id: 'BalanceSeries', description: 'Closing balances of each day, or of the last day of each month in the range' });

const owed = { currency: currencySchema, owedToCustomer: amount, owedByCustomer: amount, net: amount };
export const sheetSchema = z
  .object({
    asOf: internal(z.string()).optional(),
    accounts: z.array(z.object({ accountId: subjectId(z.string(), 'account'), accountNumber: classified(z.string(), 'account-number', maskAccountNumber), product: internal(z.string()), ...owed })),
    currencies: z.array(z.object(owed)),
  })
  .meta({ id: 'BalanceSheet', description: 'What the bank owes the customer and what they owe it, by account and currency' });

export const branchFlowsSchema = z
  .object({
    from: internal(z.string()), to: internal(z.string()),
    flows: classifiedWhole(z.array(z.object({
      month: internal(z.string()), branch: internal(z.string()), kind: z.enum(KINDS), channel: internal(z.string()), currency: currencySchema, ...sums,
    })), 'movements'),
  })
  .meta({ id: 'BranchFlows', description: 'What came into customers\' accounts and went out of them, by month, branch of the account, kind, channel and currency' });
