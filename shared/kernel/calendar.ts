const formats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day (ISO) at a moment in a time zone. */
export function localDate(timeZone: string, at: Date): string {
  let format = formats.get(timeZone);
  if (!format) formats.set(timeZone, (format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })));
  return format.format(at);
}
