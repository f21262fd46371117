import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/**
 * The number in E.164 as stored, or undefined where no such number is possible. Numbering plans change faster than libraries, so
 * the country and the length are checked, of China's numbers that begin with 1 (mobiles, but for Beijing's 10) also the exact form; not whether a range is in use today.
 */
export function readPhone(text: string): string | undefined {
  const phone = parsePhoneNumberFromString(text);
  if (!phone || !phone.isPossible()) return undefined;
  if (phone.countryCallingCode === '86' && /^1[1-9]/.test(phone.nationalNumber) && !/^1[3-9]\d{9}$/.test(phone.nationalNumber)) return undefined;
  return phone.number;
}
