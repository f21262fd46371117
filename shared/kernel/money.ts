/**
 * Money is exact: a whole number of minor units (bigint) and an ISO 4217 code, never a float.
 * On the wire it is {"amount":"100.00","currency":"CNY"} with exactly the currency's decimals.
 */
export interface Money {
  readonly minor: bigint;
  readonly currency: CurrencyCode;
}

export interface MoneyText {
  readonly amount: string;
  readonly currency: string;
}

/** ISO 4217 minor-unit exponents of the currencies this bank can keep books in. */
export const CURRENCIES = {
  AUD: 2, CAD: 2, CHF: 2, CNY: 2, CZK: 2, EUR: 2, GBP: 2, HKD: 2, JPY: 0, KRW: 0, KWD: 3, SGD: 2, USD: 2,
} as const;

export type CurrencyCode = keyof typeof CURRENCIES;

export const isCurrency = (code: string): code is CurrencyCode => Object.hasOwn(CURRENCIES, code);

/** The largest amount one posting may move, in minor units: it keeps every balance far inside 63 bits. */
export const MAX_MINOR = 10n ** 15n;

export type MoneyFault = 'currency_unknown' | 'amount_malformed' | 'amount_scale' | 'amount_too_large';

/** Reads wire money; a fault is a value, because it is the caller's input. */
export function parseMoney(text: MoneyText): Money | MoneyFault {
  if (!isCurrency(text.currency)) return 'currency_unknown';
  const match = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?$/.exec(text.amount);
  if (!match || text.amount.length > 40) return 'amount_malformed';
  const exponent = CURRENCIES[text.currency];
  const fraction = match[3] ?? '';
  if (fraction.length !== exponent) return 'amount_scale';
  const minor = BigInt(match[2]! + fraction);
  if (minor > MAX_MINOR) return 'amount_too_large';
  return { minor: match[1] === '-' ? -minor : minor, currency: text.currency };
}

/** Reads money this program wrote; anything malformed is a bug or damage, so it throws. */
export function moneyOf(text: MoneyText): Money {
  if (!isCurrency(text.currency)) throw new Error(`unknown currency ${text.currency}`);
  return { minor: minorOf(text.amount, text.currency), currency: text.currency };
}

/** Minor units of a decimal this program wrote ("-100.00" CNY is -10000n). */
export function minorOf(amount: string, currency: CurrencyCode): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount);
  if (!match || (match[3] ?? '').length !== CURRENCIES[currency]) throw new Error(`malformed amount ${amount} ${currency}`);
  const minor = BigInt(match[2]! + (match[3] ?? ''));
  return match[1] === '-' ? -minor : minor;
}

/** The decimal text of an amount in minor units: (-10000n, CNY) is "-100.00". */
export function amountText(minor: bigint, currency: CurrencyCode): string {
  const exponent = CURRENCIES[currency];
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  const whole = exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
  return minor < 0n ? `-${whole}` : whole;
}

export const moneyText = (money: Money): MoneyText => ({
  amount: amountText(money.minor, money.currency),
  currency: money.currency,
});
