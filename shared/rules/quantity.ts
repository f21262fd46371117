import type { Exact, Quantity } from './checked.js';

/** Numbers are whole multiples of this part of one. */
export const PER_ONE = 1_000_000n;
export const ONE: Exact = { n: 1n, d: 1n };
const DECIMALS = 6;

/** A number, to six decimals (a half away from zero), in millionths. Not a number, or endless, is null. */
export function millionths(number: number): bigint | null {
  if (Number.isSafeInteger(number)) return BigInt(number) * PER_ONE;
  if (!Number.isFinite(number)) return null;
  // From here on a number has no decimals, and toFixed would write an exponent.
  if (Math.abs(number) >= 1e21) return BigInt(number) * PER_ONE;
  return BigInt(number.toFixed(DECIMALS).replace('.', ''));
}

/** Reads "0.9" or "12": at most six decimals, no sign, above 0. */
export function parseFactor(text: string, most: number): Exact | null {
  const match = /^(0|[1-9]\d{0,11})(?:\.(\d{1,6}))?$/.exec(text);
  if (match === null) return null;
  const n = BigInt(match[1]! + (match[2] ?? '').padEnd(DECIMALS, '0'));
  return n === 0n || n > BigInt(most) * PER_ONE ? null : { n, d: PER_ONE };
}

/** Below 0, 0 or above 0 as a is to b; null between currencies. */
export function compareQuantities(a: Quantity, b: Quantity): number | null {
  if (a.currency !== b.currency) return null;
  if (a.d === b.d) return a.n < b.n ? -1 : Number(a.n > b.n);
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : Number(left > right);
}

export const multiply = (a: Quantity, factor: Exact): Quantity => ({ n: a.n * factor.n, d: a.d * factor.d, currency: a.currency });

/** The decimal text, a half away from zero at the last place, without zeros at its end beyond `atLeast` places. */
export function decimalText({ n, d }: Exact, places: number, atLeast: number): string {
  const negative = n < 0n;
  const scaled = ((negative ? -n : n) * 10n ** BigInt(places) * 2n + d) / (d * 2n);
  const digits = scaled.toString().padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '').padEnd(atLeast, '0');
  return `${negative && scaled > 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
