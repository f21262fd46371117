import { firstMomentOf } from '../../shared/kernel/calendar.js';
import type { When } from './could-have.js';

/** A date (ISO) stands for that whole day in the zone, a time for that moment. Undefined for a date that does not exist. */
export const whenOf = (on: string, timeZone: string): When | undefined => (on.length > 10 ? { from: new Date(on) } : dayIn(timeZone, on));

/** The calendar day in a time zone, as a time from its first moment to the next day's. Undefined for a date that does not exist. */
export function dayIn(timeZone: string, date: string): When | undefined {
  const utc = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== date) return undefined;
  return { from: firstMomentOf(timeZone, date), until: firstMomentOf(timeZone, new Date(utc + DAY_MS).toISOString().slice(0, 10)) };
}

const DAY_MS = 86_400_000;
