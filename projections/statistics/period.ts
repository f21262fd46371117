/** Months "2026-01" and days "2026-01-31" of a range, both ends included; from 0001 to 9999, without a time zone. */
export function monthsBetween(from: string, to: string): string[] {
  return Array.from({ length: monthNumber(to) - monthNumber(from) + 1 }, (_, index) => monthText(monthNumber(from) + index));
}

export function daysBetween(from: string, to: string): string[] {
  return Array.from({ length: dayCount(from, to) }, (_, index) => dayText(dayNumber(from) + index));
}

export const monthCount = (from: string, to: string): number => monthNumber(to) - monthNumber(from) + 1;
export const dayCount = (from: string, to: string): number => dayNumber(to) - dayNumber(from) + 1;

export const monthOf = (day: string): string => day.slice(0, 7);
export const firstDayOf = (month: string): string => `${month}-01`;
export const lastDayOf = (month: string): string => dayText(dayNumber(firstDayOf(month)) + daysIn(month) - 1);

const DAY_MS = 86_400_000;
const dayNumber = (day: string): number => Date.parse(day) / DAY_MS;
const dayText = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);
const monthNumber = (month: string): number => Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
const monthText = (number: number): string => `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`;

function daysIn(month: string): number {
  const [year, number] = [Number(month.slice(0, 4)), Number(month.slice(5))];
  return number === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(number) ? 30 : 31;
}
