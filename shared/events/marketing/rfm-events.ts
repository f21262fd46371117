import { z } from 'zod';
import { defineEvent, type EventOf } from '../definition.js';
import { currencySchema, dateSchema, idSchema, moneySchema, timeSchema } from '../values.js';

const module = 'marketing';
/** Customers named by one event of a run. */
export const MOST_RATED_AT_ONCE = 200;
/** By what all three scores add up to. */
export const VALUE_TIERS = ['top', 'high', 'middle', 'low'] as const;
export const valueTierSchema = z.enum(VALUE_TIERS).meta({ id: 'ValueTier', description: 'By the sum of the three scores: top 13 to 15, high 10 to 12, middle 7 to 9, low 3 to 6' });
export type ValueTier = z.output<typeof valueTierSchema>;

export const scoreSchema = z.int().min(1).max(5).meta({ id: 'RfmScore', description: 'Fifth of the customers, 5 the best' });
const count = z.int().min(0);
/** What scores 2, 3, 4 and 5 begin at, in this order; null: nobody has this score or a better one. */
const breakpoints = <S extends z.ZodType>(value: S) => z.tuple([value, value, value, value]);
const countOrNone = count.nullable();
export const breakpointsSchema = z.strictObject({
  recency: breakpoints(countOrNone), frequency: breakpoints(countOrNone),
  monetary: z.array(z.strictObject({ currency: currencySchema, amounts: breakpoints(moneySchema.nullable()) })),
}).meta({ id: 'RfmBreakpoints', description: 'What scores 2, 3, 4 and 5 begin at, in this order, in days (the fewer the better), movements and money of each currency; null: nobody has that score or a better one' });
export type RfmBreakpoints = z.output<typeof breakpointsSchema>;

/** `days`: since the last movement, by the bank's calendar. `amounts`: what was moved in each currency, in and out; `score`: the best of those by currency. */
export const ratingSchema = z.strictObject({
  recency: z.strictObject({ days: count, score: scoreSchema }), frequency: z.strictObject({ movements: count, score: scoreSchema }),
  monetary: z.strictObject({ amounts: z.array(moneySchema).min(1), score: scoreSchema }), tier: valueTierSchema,
});
export type RfmRating = z.output<typeof ratingSchema>;

const run = { runId: idSchema };
/** A month turned: everybody who moved money in the twelve months from `from` up to `date` is scored by these breakpoints. `at`: that day's first moment; `cause`: the event by which it was known. */
export const RfmRunBegun = defineEvent({ module, type: 'RfmRunBegun', shape: { ...run, date: dateSchema, from: dateSchema, at: timeSchema, cause: idSchema, customers: count, breakpoints: breakpointsSchema } });
/** In the order of their ids. Null: rated before, and no more. */
export const CustomersRated = defineEvent({ module, type: 'CustomersRated', shape: { ...run, ratings: z.array(z.strictObject({ customerId: idSchema, rating: ratingSchema.nullable() })).min(1).max(MOST_RATED_AT_ONCE) } });
/** `lapsed`: rated before, and no more. */
export const RfmRunCompleted = defineEvent({ module, type: 'RfmRunCompleted', shape: { ...run, rated: count, lapsed: count, tiers: z.strictObject({ top: count, high: count, middle: count, low: count }) } });

export const rfmEvents = [RfmRunBegun, CustomersRated, RfmRunCompleted] as const;
export type RfmEvent = EventOf<(typeof rfmEvents)[number]>;
