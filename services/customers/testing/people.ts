import { checkCharacterOf } from '../validation/resident-id.js';
import { checkCharacterOf as creditCheckOf } from '../validation/credit-code.js';

/** A valid GB 11643 number; an odd sequence is a man's. */
export function residentNumber(birthDate: string, sequence: number, area = '110105'): string {
  const digits = `${area}${birthDate.replaceAll('-', '')}${String(sequence).padStart(3, '0')}`;
  return `${digits}${checkCharacterOf(digits)}`;
}

export function creditCode(organisation: number): string {
  const body = `91310000${String(organisation).padStart(9, '0')}`;
  return `${body}${creditCheckOf(body)}`;
}

let sequence = 0;

/** A different valid person each time. */
export function person<Fields extends Record<string, unknown> = Record<never, never>>(fields = {} as Fields) {
  const n = ++sequence;
  const birthDate = '1990-05-17';
  return {
    kind: 'individual',
    name: `张${String.fromCodePoint(0x4e00 + n)}`,
    sex: 'male',
    birthDate,
    idDocument: { type: 'CN-RIC', number: residentNumber(birthDate, (2 * n + 1) % 1000, String(110000 + n)) },
    phones: [`+86138${String(10_000_000 + n)}`],
    ...fields,
  };
}

export function company(fields: Record<string, unknown> = {}) {
  const n = ++sequence;
  return { kind: 'corporate', name: `上海第${n}贸易有限公司`, creditCode: creditCode(n), ...fields };
}
