import t from 'tap';
import { readCreditCode } from './credit-code.js';
import { documentFaults } from './id-document.js';
import { readPhone } from './phone.js';
import { profileFaults } from './profile-faults.js';
import { from15Digits, readResidentId } from './resident-id.js';

const TODAY = '2025-03-01';

t.test('GB 11643: resident identity numbers', async (t) => {
  t.same(readResidentId('11010519491231002X'), { number: '11010519491231002X', birthDate: '1949-12-31', sex: 'female' });
  t.same(readResidentId('11010519491231002x'), { number: '11010519491231002X', birthDate: '1949-12-31', sex: 'female' }, 'a small x is accepted, a capital one stored');
  t.same(readResidentId('440524188001010014'), { number: '440524188001010014', birthDate: '1880-01-01', sex: 'male' });
  t.same(readResidentId('34052419800101001X'), { number: '34052419800101001X', birthDate: '1980-01-01', sex: 'male' });
  for (const wrong of ['110105194912310021', '440524188001010015', '110105194912310020']) t.equal(readResidentId(wrong), 'id_number_checksum', wrong);
  t.equal(readResidentId('110105199002300024'), 'id_number_date', '30 February');
  t.equal(readResidentId('110105199013010024'), 'id_number_date', 'month 13');
  for (const form of ['', '11010519491231002', '11010519491231002XX', 'X10105194912310021', '1101051949123100２X', '010105194912310021']) t.equal(readResidentId(form), 'id_number_format', form);
  t.equal(from15Digits('110105491231002'), '11010519491231002X');
  t.equal(from15Digits('11010549123100'), undefined);
  let single = 0;
  const good = '11010519491231002X';
  for (let place = 0; place < 17; place++)
    for (let digit = 0; digit < 10; digit++) {
      const changed = good.slice(0, place) + digit + good.slice(place + 1);
      if (changed !== good && typeof readResidentId(changed) !== 'string') single++;
    }
  t.equal(single, 0, 'no single mistyped digit passes');
});

t.test('GB 32100: unified social credit codes', async (t) => {
  for (const good of ['91350100M000100Y43', '91110000600037341L', '91350100M0001000D0']) t.same(readCreditCode(good), { code: good });
  t.same(readCreditCode('91110000600037341l'), { code: '91110000600037341L' });
  for (const wrong of ['91350100M000100Y4Z', '91310115MA1H8R7C6O', '91350100I000100Y43', '9135010AM000100Y43', '91350100M000100Y4']) t.equal(readCreditCode(wrong), 'credit_code_format', wrong);
  for (const wrong of ['91310115MA1H8R7C6D', '91350100M000100Y44', '91110000600037341M']) t.equal(readCreditCode(wrong), 'credit_code_checksum', wrong);
});

t.test('phones', async (t) => {
  t.equal(readPhone('+8613812345678'), '+8613812345678');
  t.equal(readPhone('+862112345678'), '+862112345678');
  t.equal(readPhone('+420601123456'), '+420601123456');
  for (const wrong of ['+8612812345678', '+86138123456', '+861381234567890', '+9991234567', '13812345678', '+1']) t.equal(readPhone(wrong), undefined, wrong);
});

t.test('documents of other kinds', async (t) => {
  const codes = (document: unknown) => documentFaults(document, '', TODAY).map(({ pointer, code }) => `${pointer} ${code}`);
  t.same(codes({ type: 'CN-PASSPORT', number: 'e12345678' }), []);
  t.same(codes({ type: 'CN-PASSPORT', number: '12345678' }), ['/number document_number_format']);
  t.same(codes({ type: 'CN-HKMT-PERMIT', number: 'H12345678' }), []);
  t.same(codes({ type: 'CN-HKMT-PERMIT', number: '810000199001010010' }), ['/number id_number_checksum'], 'residence permits follow GB 11643');
  t.same(codes({ type: 'FOREIGN-PASSPORT', number: 'AB1234567' }), ['/country required']);
  t.same(codes({ type: 'FOREIGN-PASSPORT', number: 'AB1234567', country: 'DE', validUntil: '2025-02-28' }), ['/validUntil document_expired']);
  t.same(codes({ type: 'CN-RIC', number: '110105203001010018' }).length, 1);
});

t.test('everything that is wrong, at once', async (t) => {
  const codes = (profile: unknown) => profileFaults(profile, TODAY).map(({ pointer, code }) => `${pointer} ${code}`);
  t.same(codes({
    name: '123', sex: 'male', birthDate: '1950-01-01', idDocument: { type: 'CN-RIC', number: '11010519491231002X' },
    phones: ['+8612812345678', '+8613812345678', '+8613812345678', '138'],
    income: { amount: '-5.00', currency: 'CNY' },
    assets: [{ value: { amount: '5', currency: 'CNY' } }, { value: { amount: '5.00', currency: 'XYZ' } }, null, 7],
    liabilities: [{ value: { amount: '9999999999999999.00', currency: 'CNY' } }, { value: { amount: '05.00', currency: 'CNY' } }],
    addresses: [{ country: 'QX', line: 'x' }, { country: 'CN', cityCode: 'SHA' }],
    riskPreference: { assessedOn: '2025-03-02' },
    contactPersons: [{ phone: '+8600' }],
  }), [
    '/name name_format', '/birthDate id_number_birth_date', '/sex id_number_sex', '/riskPreference/assessedOn date_in_future',
    '/phones/0 phone_impossible', '/phones/2 duplicate', '/contactPersons/0/phone phone_impossible',
    '/income/amount negative', '/assets/0/value/amount amount_scale', '/assets/1/value/currency currency_unknown',
    '/liabilities/0/value/amount amount_too_large', '/liabilities/1/value/amount amount_malformed',
    '/addresses/0/country country_unknown', '/addresses/1/cityCode city_code_format',
  ]);
  t.same(codes({ birthDate: '2000-01-02', riskPreference: { assessedOn: '2000-01-01' } }), ['/riskPreference/assessedOn date_too_early'], 'nobody is assessed before birth');
  t.same(codes({ idDocument: { type: 'FOREIGN-PASSPORT', number: 'AB1234567', country: 'QX' } }), ['/idDocument/country country_unknown']);
  t.same(codes({ tags: ['VIP', 'golf', ' vip', 7, 'Golf '] }), ['/tags/2 duplicate', '/tags/4 duplicate'], 'in other letters too');
  t.same(codes({ income: { amount: '-0.00', currency: 'CNY' } }), ['/income/amount negative'], 'zero has one form');
  t.same(codes({ employer: 'a\u0007b', occupation: 'two\nlines', addresses: [{ line: '\u001b[31m' }], branch: '\u0085' }), ['/employer character_not_allowed', '/addresses/0/line character_not_allowed', '/branch character_not_allowed']);
  t.same(codes({
    contactPersons: [{ name: '\u202egnahz' }], contacts: [{ name: '7' }], shareholders: [{ name: '<script>', share: '1' }], beneficialOwners: [{ name: 'Ann' }, { name: '\u0007' }],
  }), ['/contactPersons/0/name name_format', '/contacts/0/name name_format', '/shareholders/0/name name_format', '/beneficialOwners/1/name name_format'], 'everybody has a name');
  t.same(codes({ birthDate: '1879-12-31' }), ['/birthDate date_too_early']);
  t.same(codes({ birthDate: '2025-03-02' }), ['/birthDate date_in_future']);
  t.same(codes({
    creditCode: '91310115MA1H8R7C6D', legalRepresentative: { name: '\u0007', idDocument: { type: 'CN-RIC', number: '1' } },
    shareholders: [{ share: '60' }, { share: '40.0001' }], beneficialOwners: [{ share: '100' }, { name: 'x', idDocument: { type: 'CN-RIC', number: '110105194912310021' } }],
  }), [
    '/creditCode credit_code_checksum', '/legalRepresentative/name name_format', '/legalRepresentative/idDocument/number id_number_format',
    '/beneficialOwners/1/idDocument/number id_number_checksum', '/shareholders shares_exceed_whole',
  ]);
  for (const odd of [null, 7, 'x', [], [null], { idDocument: null, phones: {}, assets: 'x', addresses: [1], riskPreference: [] }]) t.same(codes(odd), [], 'any shape is survived');
});
