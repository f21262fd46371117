const HOUR_MS = 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day (ISO) at a moment in a time zone. */
export const localDate = (timeZone: string, at: Date | number): string => formatOf(timeZone).format(at);

/**
 * The first moment of a calendar day (ISO) in a time zone. Midnight is wherever the zone puts it that day: searched for, not computed. Of a day that the zone
 * left out, the first moment after it.
 */
export function firstMomentOf(timeZone: string, date: string): Date {
  const format = formatOf(timeZone);
  const utc = Date.parse(`${date}T00:00:00Z`);
  let [before, from] = [utc - 16 * HOUR_MS, utc + 16 * HOUR_MS];
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (format.format(middle) >= date) from = middle;
    else before = middle;
  }
  return new Date(from);
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) formats.set(timeZone, (format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })));
  return format;
}
