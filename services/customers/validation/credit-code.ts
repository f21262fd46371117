/** GB 32100-2015 unified social credit codes: authority, category, 6 area digits, 9 organisation code (GB 11714), 1 check character. */

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28] as const;

export type CreditCodeFault = 'credit_code_format' | 'credit_code_checksum';

/** The code in upper case, as stored, or what is wrong. The check character of the GB 11714 code inside is not asked for: the outer one covers it. */
export function readCreditCode(text: string): { readonly code: string } | CreditCodeFault {
  const code = text.toUpperCase();
  if (!/^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/.test(code)) return 'credit_code_format';
  return checkCharacterOf(code) === code[17] ? { code } : 'credit_code_checksum';
}

/** The check character for the first 17 symbols. */
export function checkCharacterOf(code: string): string {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * ALPHABET.indexOf(code[index]!), 0);
  return ALPHABET[(31 - (sum % 31)) % 31]!;
}
