import type { When } from './could-have.js';

/** A date (ISO) stands for that whole day in the zone, a time for that moment. Undefined for a date that does not exist. */
export const whenOf = (on: string, timeZone: string): When | undefined => (on.length > 10 ? { from: new Date(on) } : dayIn(timeZone, on));

/** The calendar day in a time zone, as a time from its first moment to the next day's. Undefined for a date that does not exist. */
export function dayIn(timeZone: string, date: string): When | undefined {
  const utc = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== date) return undefined;
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  // Midnight is wherever the zone puts it that day: searched for, not computed.
  const firstMoment = (day: number): Date => {
    const wanted = new Date(day).toISOString().slice(0, 10);
    let [before, from] = [day - 16 * HOUR_MS, day + 16 * HOUR_MS];
    while (from - before > 1) {
      const middle = Math.floor((before + from) / 2);
      if (format.format(middle) >= wanted) from = middle;
      else before = middle;
    }
    return new Date(from);
  };
  return { from: firstMoment(utc), until: firstMoment(utc + 24 * HOUR_MS) };
}

const HOUR_MS = 3_600_000;
