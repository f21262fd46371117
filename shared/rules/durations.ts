import { z } from 'zod';

const UNITS = { week: 604_800_000, day: 86_400_000, hour: 3_600_000, minute: 60_000 } as const;
export type DurationUnit = keyof typeof UNITS;
export type DurationParts = readonly (readonly [amount: number, unit: DurationUnit])[];

const EXACT = /^P(?=\d|T\d)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?)?$/;
const iso = z.iso.duration();

export type DurationFault = 'window_invalid' | 'window_inexact' | 'window_too_long';

/** The milliseconds of an exact ISO 8601 duration ("P30D", "PT24H", "P1W") longer than nothing and at most `days` long. */
export function parseDuration(text: string, days: number): number | DurationFault {
  const parts = durationParts(text);
  if (parts === null) return iso.safeParse(text).success ? 'window_inexact' : 'window_invalid';
  const length = parts.reduce((sum, [amount, unit]) => sum + amount * UNITS[unit], 0);
  if (length === 0) return 'window_invalid';
  return length > days * UNITS.day ? 'window_too_long' : length;
}

/** What a duration is made of, without the units it has none of; null for one that is not exact. */
export function durationParts(text: string): DurationParts | null {
  const match = EXACT.exec(text);
  if (match === null) return null;
  const units = Object.keys(UNITS) as DurationUnit[];
  return units.map((unit, i) => [Number(match[i + 1] ?? 0), unit] as const).filter(([amount]) => amount > 0);
}
