import { firstMomentOf, localDate } from '../../kernel/calendar.js';
import type { EventMetadata } from '../definition.js';

/**
 * When something was booked: when it was recorded, where its booking date is that moment's date in the bank's time zone (or it has none); else, as for
 * history that was brought in, the first moment of its booking date there.
 */
export function bookedAt({ recordedAt, bookingDate }: Pick<EventMetadata, 'recordedAt' | 'bookingDate'>, timeZone: string): Date {
  const recorded = new Date(recordedAt);
  if (bookingDate === undefined || localDate(timeZone, recorded) === bookingDate) return recorded;
  return firstMomentIn(timeZone, bookingDate);
}

/** History comes by days, many events each. */
const known = new Map<string, number>();
const MOST_KNOWN = 10_000;

function firstMomentIn(timeZone: string, date: string): Date {
  const key = `${timeZone} ${date}`;
  const moment = known.get(key) ?? firstMomentOf(timeZone, date).getTime();
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, moment);
  return new Date(moment);
}
