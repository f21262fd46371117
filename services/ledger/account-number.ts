/**
 * Customers' account numbers: 16 digits, "80", the shard (4), a counter of the shard (9) and a check digit by the Luhn formula (ISO/IEC 7812-1,
 * annex B), which finds every single wrong digit and nearly every swap of neighbours. The bank's own accounts have readable names instead.
 */
const PREFIX = '80';
const LARGEST = 999_999_999;

export function accountNumber(shard: number, sequence: number): string {
  if (sequence < 1 || sequence > LARGEST) throw new Error(`account counter out of range: ${sequence}`);
  const payload = PREFIX + String(shard).padStart(4, '0') + String(sequence).padStart(9, '0');
  return payload + luhnDigit(payload);
}

export const isAccountNumber = (text: string): boolean =>
  /^\d{16}$/.test(text) && text.startsWith(PREFIX) && luhnDigit(text.slice(0, -1)) === text.slice(-1);

/** The digit that makes the Luhn sum of payload and digit a multiple of ten. */
export function luhnDigit(payload: string): string {
  let sum = 0;
  for (let index = payload.length - 1, double = true; index >= 0; index--, double = !double) {
    const digit = payload.charCodeAt(index) - 48;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return String((10 - (sum % 10)) % 10);
}

export const generalLedgerNumber = (shard: number, line: string, currency: string): string => `GL-${shard}-${line.toUpperCase()}-${currency}`;
