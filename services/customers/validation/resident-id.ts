/** GB 11643-1999 resident identity numbers: 6 area, 8 birth date, 3 sequence, 1 check character (ISO 7064 MOD 11-2). */

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const CHECKS = '10X98765432';

export interface ResidentId {
  /** As stored: the check character X in upper case. */
  readonly number: string;
  /** ISO date. */
  readonly birthDate: string;
  readonly sex: 'male' | 'female';
}

export type ResidentIdFault = 'id_number_format' | 'id_number_date' | 'id_number_checksum';

/** Reads an 18-character number; a lower-case x is accepted. Retired area codes are not refused. */
export function readResidentId(text: string): ResidentId | ResidentIdFault {
  if (!/^[1-9]\d{16}[\dXx]$/.test(text)) return 'id_number_format';
  const number = text.toUpperCase();
  const birthDate = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isCalendarDate(birthDate)) return 'id_number_date';
  if (checkCharacterOf(number) !== number[17]) return 'id_number_checksum';
  return { number, birthDate, sex: Number(number[16]) % 2 === 1 ? 'male' : 'female' };
}

/** The check character for the first 17 digits. */
export const checkCharacterOf = (digits: string): string =>
  CHECKS[WEIGHTS.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0) % 11]!;

/** The 18-character form of a 15-digit number of before 1999 (all born 19xx); undefined for anything else. For search only. */
export function from15Digits(text: string): string | undefined {
  if (!/^[1-9]\d{14}$/.test(text)) return undefined;
  const digits = `${text.slice(0, 6)}19${text.slice(6)}`;
  return `${digits}${checkCharacterOf(digits)}`;
}

export function isCalendarDate(date: string): boolean {
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}
