import { z } from 'zod';
import { CURRENCIES, type CurrencyCode } from '../kernel/money.js';

/** Schemas of values that stand in events and on HTTP alike: wire form only (no bigint, Date or transform). */
export const currencySchema = z.enum(Object.keys(CURRENCIES) as [CurrencyCode, ...CurrencyCode[]]).meta({ id: 'Currency', description: 'ISO 4217' });

export const moneySchema = z
  .strictObject({ amount: z.string().max(40).regex(/^-?(0|[1-9]\d*)(\.\d+)?$/, 'must be a decimal such as "100.00"'), currency: z.string().length(3) })
  .meta({ id: 'Money', description: 'Exact decimal with the currency\'s own number of decimals', examples: [{ amount: '100.00', currency: 'CNY' }] });

export const idSchema = z.uuid();

/**
 * Dates and times lie in the years 1 to 9999: outside of them the log could hold what no read model and no ISO text of four digits can.
 * `not` says the same in the JSON Schemas.
 */
const YEARS = { params: { code: 'out_of_range' }, message: 'must lie in the years 1 to 9999' } as const;
const NO_YEAR_ZERO = { not: { pattern: '^0000' } } as const;

/** Whether the ISO text of a date, or of a time in UTC, lies in the years that can be kept. */
export const isKeepable = (text: string): boolean => /^(?!0000)\d{4}-/.test(text);

/** A calendar date, YYYY-MM-DD. */
export const dateSchema = z.iso.date().refine(isKeepable, YEARS).meta(NO_YEAR_ZERO);

/** A time in UTC, as events hold it; as people send it: shared/http/moments.ts. */
export const timeSchema = z.iso.datetime().refine(isKeepable, YEARS).meta(NO_YEAR_ZERO);

/** TXN-1's one closed list. */
export const CHANNELS = ['counter', 'atm', 'online', 'mobile', 'phone', 'card-network', 'batch', 'system'] as const;
export const channelSchema = z.enum(CHANNELS).meta({ id: 'Channel' });
export type Channel = z.output<typeof channelSchema>;
