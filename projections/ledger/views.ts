import { z } from 'zod';
import { amountText, type CurrencyCode, type MoneyText } from '../../shared/kernel/money.js';

/** Minor units as Postgres gives them (text) as money on the wire. */
export const moneyFrom = (minor: string | bigint, currency: string): MoneyText => ({
  amount: amountText(BigInt(minor), currency as CurrencyCode),
  currency,
});

/** A path parameter that cannot be an id names nothing: absent, not malformed. */
export const isId = (text: string): boolean => z.guid().safeParse(text).success;

export const idParams = z.object({ id: z.string().meta({ format: 'uuid' }) });

/** A date that Postgres knows as well. */
export const dateSchema = z.iso.date().refine((date) => !date.startsWith('0000'), { params: { code: 'out_of_range' }, message: 'must lie after the year 0' });

/** Of one row more than asked for: the page, and whether another follows. */
export const cutPage = <T>(rows: readonly T[], limit: number): { readonly items: T[]; readonly last: T | undefined } => {
  const items = rows.slice(0, limit);
  return { items, last: rows.length > limit ? items.at(-1) : undefined };
};

/** Leaves out what is null, so that an absent value is an absent member. */
export const present = <T extends object>(members: T): { [K in keyof T as null extends T[K] ? never : K]: T[K] } & { [K in keyof T as null extends T[K] ? K : never]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined)) as never;
