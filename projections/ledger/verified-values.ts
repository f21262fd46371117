import { timeText } from '../../shared/read-store/verify.js';

/** Dates and times as the columns of `verify` hold them: "2026-03-01" is 20260301, a time its milliseconds since 1970. */
export const dateNumber = (date: string): number => Number(date.replaceAll('-', ''));

export function dateOf(number: number): string {
  const digits = String(number).padStart(8, '0');
  return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
}

export const timeOf = (ms: number | undefined): string | null => (ms === undefined ? null : timeText(new Date(ms).toISOString()));

export const shardOf = (stream: string): string => stream.replace('ledger-', '');
