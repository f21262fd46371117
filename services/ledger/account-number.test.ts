import t from 'tap';
import { accountNumber, isAccountNumber, luhnDigit } from './account-number.js';

t.test('the check digit is Luhn\'s', async (t) => {
  t.equal(luhnDigit('7992739871'), '3', 'the usual example');
  t.equal(luhnDigit('453914880343646'), '7', 'a test card number');
  t.equal(luhnDigit('37828224631000'), '5', 'another, of 15 digits');
});

t.test('numbers', async (t) => {
  t.equal(accountNumber(0, 1), '8000000000000011');
  t.equal(accountNumber(1023, 999_999_999), '8010239999999993');
  t.ok(isAccountNumber('8000000000000011'));
  for (let digit = 0; digit < 16; digit++)
    for (let other = 0; other < 10; other++) {
      const wrong = `${'8000000000000011'.slice(0, digit)}${other}${'8000000000000011'.slice(digit + 1)}`;
      if (wrong !== '8000000000000011') t.notOk(isAccountNumber(wrong), wrong);
    }
  t.throws(() => accountNumber(0, 1_000_000_000));
  t.notOk(isAccountNumber('80000000000000'));
});
