import { amountText, type CurrencyCode } from '../../shared/kernel/money.js';
import { daysBetween, monthOf } from './period.js';
import type { NetRow } from './queries.js';

export type Step = 'day' | 'month';
export type BalanceSeries = ReturnType<typeof balanceSeries>;

/**
 * The balance at the end of each day, or of the last day of each month in the range, and the mean of all its days' closing balances. `rows`: what the days
 * before came to and what each day changed; days without a row are like the day before.
 */
export function balanceSeries(range: { readonly from: string; readonly to: string; readonly step: Step }, currencies: readonly CurrencyCode[], rows: readonly NetRow[]) {
  const days = daysBetween(range.from, range.to);
  const series = (currency: CurrencyCode) => {
    const nets = new Map(rows.filter((row) => row.currency === currency).map(({ day, net }) => [day, BigInt(net)]));
    const text = (minor: bigint) => amountText(minor, currency);
    const opening = nets.get(null) ?? 0n;
    let balance = opening;
    const closings = days.map((date) => ({ date, balance: (balance += nets.get(date) ?? 0n) }));
    const points: Point[] = range.step === 'day' ? closings.map((closing) => ({ date: closing.date, balance: text(closing.balance) })) : byMonth(closings).map((month) => {
      const last = month.at(-1)!;
      return { date: last.date, balance: text(last.balance), average: text(mean(month)) };
    });
    return { currency, opening: text(opening), closing: text(balance), average: text(mean(closings)), points };
  };
  return { ...range, currencies: [...new Set(currencies)].sort().map(series) };
}

interface Point {
  readonly date: string;
  readonly balance: string;
  /** Of a month. */
  readonly average?: string;
}

interface Closing {
  readonly date: string;
  readonly balance: bigint;
}

function byMonth(closings: readonly Closing[]): readonly (readonly Closing[])[] {
  const months = new Map<string, Closing[]>();
  for (const closing of closings) {
    const month = months.get(monthOf(closing.date)) ?? [];
    months.set(monthOf(closing.date), month);
    month.push(closing);
  }
  return [...months.values()];
}

/** Rounded to the minor unit, a half away from zero. */
function mean(closings: readonly Closing[]): bigint {
  const sum = closings.reduce((all, { balance }) => all + balance, 0n);
  const count = BigInt(closings.length);
  const magnitude = ((sum < 0n ? -sum : sum) * 2n + count) / (count * 2n);
  return sum < 0n ? -magnitude : magnitude;
}
