import { MOST_RATED_AT_ONCE, type RfmBreakpoints, type RfmEvent, type RfmRating, type ValueTier } from '../../../shared/events/marketing/rfm-events.js';
import { commandIdOf } from '../../../shared/kernel/ids.js';
import { amountText, moneyOf, type CurrencyCode, type Money } from '../../../shared/kernel/money.js';
import { causeIdOf } from '../membership-log.js';
import type { Cause } from '../../evaluation/program.js';
import { breakpointsOf, scoreOf, type Breakpoints } from './quintiles.js';

/** What a customer did within the window, by which they are scored. */
export interface Doing {
  /** Since the last movement, by the bank's calendar: 1 for the day before the turn. */
  readonly days: number;
  readonly movements: number;
  /** What was moved of each currency, in and out, by its code. */
  readonly amounts: readonly Money[];
}

/** What is known at a month's turn; everything else of the run follows from it. */
export interface RfmRun {
  readonly kind: 'rfm-run';
  /** First day after the window, and first of the window: ISO dates of the bank's calendar. */
  readonly date: string;
  readonly from: string;
  /** That day's first moment, in milliseconds since 1970. */
  readonly at: number;
  readonly cause: Cause;
  /** By id. Null: was rated before, and is no more. */
  readonly customers: readonly { readonly id: string; readonly doing: Doing | null }[];
}

/** One for each month, whatever made it known that the month has turned. */
export const runIdOf = (date: string): string => commandIdOf('rfm', 'run', date);

export interface RfmSettings {
  /** That count, before the turn. */
  readonly months: number;
  /** The least sums of the three scores; what is below all is `low`. */
  readonly tiers: Readonly<Record<'top' | 'high' | 'middle', number>>;
}
/** Those of every run. */
export const SETTINGS: RfmSettings = { months: 12, tiers: { top: 13, high: 10, middle: 7 } };

export function tierOf(sum: number, { top, high, middle }: RfmSettings['tiers']): ValueTier {
  if (sum >= top) return 'top';
  if (sum >= high) return 'high';
  return sum >= middle ? 'middle' : 'low';
}

export function breakpointsFor(doings: readonly Doing[]): RfmBreakpoints {
  const byCurrency = new Map<CurrencyCode, bigint[]>();
  for (const { amounts } of doings) for (const { minor, currency } of amounts) {
    const minors = byCurrency.get(currency);
    if (minors) minors.push(minor);
    else byCurrency.set(currency, [minor]);
  }
  const text = (currency: CurrencyCode) => (minor: bigint | null) => (minor === null ? null : { amount: amountText(minor, currency), currency });
  return {
    recency: [...breakpointsOf(doings.map(({ days }) => days), 'less')],
    frequency: [...breakpointsOf(doings.map(({ movements }) => movements), 'more')],
    monetary: [...byCurrency].sort(([a], [b]) => (a < b ? -1 : 1)).map(([currency, minors]) => {
      const [two, three, four, five] = breakpointsOf(minors, 'more');
      const money = text(currency);
      return { currency, amounts: [money(two), money(three), money(four), money(five)] };
    }),
  };
}

/** Money is never compared across currencies: who moves several has the best of their scores. */
export function ratingOf({ days, movements, amounts }: Doing, breakpoints: RfmBreakpoints, { tiers } = SETTINGS): RfmRating {
  const recency = scoreOf(days, breakpoints.recency, 'less');
  const frequency = scoreOf(movements, breakpoints.frequency, 'more');
  const monetary = Math.max(...amounts.map(({ minor, currency }) => scoreOf(minor, moneyBreakpoints(breakpoints, currency), 'more')));
  return {
    recency: { days, score: recency }, frequency: { movements, score: frequency },
    monetary: { amounts: amounts.map(({ minor, currency }) => ({ amount: amountText(minor, currency), currency })), score: monetary }, tier: tierOf(recency + frequency + monetary, tiers),
  };
}

function moneyBreakpoints({ monetary }: RfmBreakpoints, currency: CurrencyCode): Breakpoints<bigint> {
  const found = monetary.find((one) => one.currency === currency)?.amounts ?? [null, null, null, null];
  return found.map((money) => money && moneyOf(money).minor) as unknown as Breakpoints<bigint>;
}

/**
 * The events of a run in their order, after those that are in its stream already. The breakpoints said there hold: whoever was erased since would move those of the others.
 */
export function eventsOfRun(run: RfmRun, stored: readonly RfmEvent[] = []): readonly RfmEvent[] {
  if (run.customers.length === 0 || stored.some(({ type }) => type === 'RfmRunCompleted')) return [];
  const runId = runIdOf(run.date);
  const begun = stored.find((event) => event.type === 'RfmRunBegun');
  const doings = run.customers.flatMap(({ doing }) => doing ?? []);
  const breakpoints = begun?.data.breakpoints ?? breakpointsFor(doings);
  const told = stored.flatMap((event) => (event.type === 'CustomersRated' ? event.data.ratings : []));
  const after = told.at(-1)?.customerId ?? '';
  const left = run.customers.filter(({ id }) => id > after).map(({ id, doing }) => ({ customerId: id, rating: doing && ratingOf(doing, breakpoints) }));
  const pages = Array.from({ length: Math.ceil(left.length / MOST_RATED_AT_ONCE) }, (_, page) => left.slice(page * MOST_RATED_AT_ONCE, (page + 1) * MOST_RATED_AT_ONCE));
  const all = [...told, ...left];
  const ratings = all.flatMap(({ rating }) => rating ?? []);
  const inTier = (tier: ValueTier): number => ratings.filter((rating) => rating.tier === tier).length;
  return [
    ...(begun ? [] : [{ type: 'RfmRunBegun' as const, data: { runId, date: run.date, from: run.from, at: new Date(run.at).toISOString(), cause: causeIdOf(run.cause), customers: doings.length, breakpoints } }]),
    ...pages.map((page) => ({ type: 'CustomersRated' as const, data: { runId, ratings: page } })),
    { type: 'RfmRunCompleted', data: { runId, rated: ratings.length, lapsed: all.length - ratings.length, tiers: { top: inTier('top'), high: inTier('high'), middle: inTier('middle'), low: inTier('low') } } },
  ];
}
