import type { Activity } from '../../evaluation/activity.js';
import type { Turn, Turns } from '../../evaluation/evaluator.js';
import type { Cause, Occasion } from '../../evaluation/program.js';
import { firstMomentOf, localDate } from '../../../shared/kernel/calendar.js';
import { refusedProfiling } from '../profiling.js';
import { SETTINGS, type Doing, type RfmRun } from './run.js';

const DAY_MS = 86_400_000;
/** ISO dates; by the calendar, not by hours. */
const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / DAY_MS;
/** The first of a month so many months on. */
export const monthsOn = (date: string, months: number): string => {
  const [year, month] = date.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
};

/** Every month's turn in the bank's time zone. Of several that passed at once, the last: a bank that stood still has missed the others. */
export function monthTurns(timeZone: string): Turns<RfmRun> {
  let month = { begins: Infinity, ends: -Infinity, date: '' };
  function monthOf(moment: number): typeof month {
    if (moment >= month.begins && moment < month.ends) return month;
    const date = `${localDate(timeZone, moment).slice(0, 7)}-01`;
    const at = (day: string): number => firstMomentOf(timeZone, day).getTime();
    return (month = { begins: at(date), ends: at(monthsOn(date, 1)), date });
  }
  return {
    latest(after, until) {
      const { begins: at, date } = monthOf(until);
      return at > after ? rfmTurn(timeZone, at, date) : undefined;
    },
  };
}

/** Who moved money in so many months before a day. `date`: the first of a month, `at`: its first moment. */
export function rfmTurn(timeZone: string, at: number, date: string, months: number = SETTINGS.months): Turn<RfmRun> {
  const from = monthsOn(date, -months);
  const customers: { id: string; doing: Doing | null }[] = [];
  let cause: Cause = { kind: 'time', at };
  return {
    at, from: firstMomentOf(timeZone, from).getTime(),
    take(occasion, activities) {
      ({ cause } = occasion);
      const doing = mayBeRated(occasion) && activities.length > 0 ? doingOf(activities, (last) => daysBetween(localDate(timeZone, last), date)) : null;
      if (doing || (occasion.exists && occasion.group[0].person?.rating)) customers.push({ id: occasion.customerId, doing });
    },
    outputs: () => (customers.length === 0 ? [] : [{ kind: 'rfm-run', date, from, at, cause, customers }]),
  };
}

/** A rating is a profile of behaviour (PIPL art. 24), and of whom processing is restricted none is made (art. 47). */
const mayBeRated = (occasion: Occasion): boolean => occasion.exists && !occasion.group[0].person?.restricted && !refusedProfiling(occasion);

/** Merged records are one customer. */
function doingOf(activities: readonly Activity[], daysSince: (moment: number) => number): Doing {
  const currencies = [...new Set(activities.map(({ currency }) => currency))].sort();
  return {
    days: daysSince(Math.max(...activities.map(({ last }) => last))),
    movements: activities.reduce((sum, { movements }) => sum + movements, 0),
    amounts: currencies.map((currency) => ({ currency, minor: activities.filter((one) => one.currency === currency).reduce((sum, { moved }) => sum + moved, 0n) })),
  };
}
