import { z } from 'zod';
import { CURRENCIES, type CurrencyCode } from '../kernel/money.js';

/** Schemas of values that stand in events and on HTTP alike: wire form only (no bigint, Date or transform). */
export const currencySchema = z.enum(Object.keys(CURRENCIES) as [CurrencyCode, ...CurrencyCode[]]).meta({ id: 'Currency', description: 'ISO 4217' });

export const moneySchema = z
  .strictObject({ amount: z.string().max(40).regex(/^-?(0|[1-9]\d*)(\.\d+)?$/, 'must be a decimal such as "100.00"'), currency: z.string().length(3) })
  .meta({ id: 'Money', description: 'Exact decimal with the currency\'s own number of decimals', examples: [{ amount: '100.00', currency: 'CNY' }] });

export const idSchema = z.uuid();

/** TXN-1's one closed list. */
export const CHANNELS = ['counter', 'atm', 'online', 'mobile', 'phone', 'card-network', 'batch', 'system'] as const;
export const channelSchema = z.enum(CHANNELS).meta({ id: 'Channel' });
export type Channel = z.output<typeof channelSchema>;
