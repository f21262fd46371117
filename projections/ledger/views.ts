import { amountText, type CurrencyCode, type MoneyText } from '../../shared/kernel/money.js';

/** Minor units as Postgres gives them (text) as money on the wire. */
export const moneyFrom = (minor: string | bigint, currency: string): MoneyText => ({
  amount: amountText(BigInt(minor), currency as CurrencyCode),
  currency,
});

/** Of one row more than asked for: the page, and whether another follows. */
export const cutPage = <T>(rows: readonly T[], limit: number): { readonly items: T[]; readonly last: T | undefined } => {
  const items = rows.slice(0, limit);
  return { items, last: rows.length > limit ? items.at(-1) : undefined };
};

/** Leaves out what is null, so that an absent value is an absent member. */
export const present = <T extends object>(members: T): { [K in keyof T as null extends T[K] ? never : K]: T[K] } & { [K in keyof T as null extends T[K] ? K : never]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined)) as never;
