import fc from 'fast-check';
import t from 'tap';
import { seed } from '../testing/seed.js';
import { maskAccountNumber, maskEmail, maskIdNumber, maskPhone } from './masks.js';

t.comment(`seed ${seed}`);

t.test('the mask of a number never shows more than half of it, and never grows', async (t) => {
  for (const mask of [maskIdNumber, maskAccountNumber])
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'0123456789X+李'), minLength: 1, maxLength: 30 }), (text) => {
      const masked = [...mask(text)];
      return masked.length === [...text].length && masked.filter((character) => character !== '*').length <= masked.length / 2;
    }), { seed });
  t.pass('held');
});

t.test('of a phone number at least four digits stay hidden, of a short one half', async (t) => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 2, maxLength: 15 }), (digits) => {
    const masked = maskPhone(`+${digits}`);
    const hidden = [...masked].filter((character) => character === '*').length;
    return masked.length === digits.length + 1 && (digits.length >= 11 ? hidden >= 4 : hidden >= masked.length / 2);
  }), { seed });
  t.equal(maskPhone('+8613812345678'), '+86138****5678');
});

t.test('of an e-mail address no more than a letter before its domain', async (t) => {
  fc.assert(fc.property(fc.emailAddress(), (email) => maskEmail(email).startsWith(`${[...email][0]}***@`)), { seed });
  t.equal(maskEmail('no-address'), '***');
  t.equal(maskEmail('@x'), '***');
});
