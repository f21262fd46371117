import fc from 'fast-check';
import t from 'tap';
import { seed } from '../testing/seed.js';
import { amountText, CURRENCIES, MAX_MINOR, moneyOf, moneyText, parseMoney, type CurrencyCode } from './money.js';

t.comment(`seed ${seed}`);
const currency = fc.constantFrom(...(Object.keys(CURRENCIES) as CurrencyCode[]));
const minor = fc.bigInt({ min: -MAX_MINOR, max: MAX_MINOR });

t.test('what is written is read back, by both readers', async (t) => {
  fc.assert(fc.property(minor, currency, (minor, currency) => {
    const text = moneyText({ minor, currency });
    t.same(parseMoney(text), { minor, currency });
    t.same(moneyOf(text), { minor, currency });
  }), { seed });
});

t.test('text that is accepted is the only text of its amount, but for the sign of zero', async (t) => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 5 });
  const amount = fc.tuple(fc.constantFrom('', '-', '+', ' '), digits, fc.constantFrom('.', '', ','), digits).map((parts) => parts.join(''));
  let accepted = 0;
  fc.assert(fc.property(amount, currency, (amount, currency) => {
    const money = parseMoney({ amount, currency });
    if (typeof money === 'string') return;
    accepted++;
    t.equal(amountText(money.minor, currency), money.minor === 0n ? amount.replace('-', '') : amount);
  }), { seed, numRuns: 3_000 });
  t.ok(accepted > 20, `${accepted} accepted`);
});

t.test('no amount is lost or gained by adding as minor units what was read apart', async (t) => {
  fc.assert(fc.property(fc.array(minor, { maxLength: 50 }), currency, (amounts, currency) => {
    const read = amounts.map((minor) => moneyOf(moneyText({ minor, currency })).minor);
    t.equal(read.reduce((sum, minor) => sum + minor, 0n), amounts.reduce((sum, minor) => sum + minor, 0n));
  }), { seed });
});
