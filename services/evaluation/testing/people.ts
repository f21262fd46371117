import type { Profile } from '../../../shared/events/customers/profile.js';

const person = (n: number, more: Partial<Profile>): Profile => ({
  kind: 'individual', name: `Customer ${n}`, sex: n % 2 === 0 ? 'female' : 'male', birthDate: `19${60 + n}-0${1 + (n % 9)}-15`, idDocument: { type: 'FOREIGN-ID', number: `N${n}`, country: 'DE' }, phones: ['+4915112345678'], ...more,
} as Profile);

/** Six customers who differ in what rules ask of. */
export const PROFILES: readonly Profile[] = [
  person(0, { income: { amount: '120000.00', currency: 'CNY' }, consents: { marketingSms: true } }),
  person(1, { riskPreference: { level: 'aggressive', assessedOn: '2026-01-01' }, interests: ['travel', 'funds'], tags: ['vip'] }),
  person(2, { addresses: [{ kind: 'work', country: 'CN', cityCode: '110100', line: 'x' }, { kind: 'home', country: 'CN', cityCode: '310100', line: 'x' }] }),
  person(3, {}),
  person(4, { maritalStatus: 'married', occupation: 'teacher' }),
  { kind: 'corporate', name: 'A company', creditCode: '91310000MA1FL0AB0X' },
];
