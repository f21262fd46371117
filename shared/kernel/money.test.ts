import t from 'tap';
import { amountText, isCurrency, MAX_MINOR, minorOf, moneyOf, moneyText, parseMoney } from './money.js';

const cases: readonly [amount: string, currency: string, expected: bigint | string][] = [
  ['0.00', 'CNY', 0n],
  ['-0.00', 'CNY', 0n],
  ['0.01', 'CNY', 1n],
  ['-0.01', 'CNY', -1n],
  ['100.00', 'CNY', 10_000n],
  ['10000000000000.00', 'CNY', MAX_MINOR],
  ['10000000000000.01', 'CNY', 'amount_too_large'],
  ['-10000000000000.01', 'CNY', 'amount_too_large'],
  ['100', 'JPY', 100n],
  ['1.234', 'KWD', 1_234n],
  ['100', 'CNY', 'amount_scale'],
  ['100.0', 'CNY', 'amount_scale'],
  ['100.000', 'CNY', 'amount_scale'],
  ['100.00', 'JPY', 'amount_scale'],
  ['1.23', 'KWD', 'amount_scale'],
  ...['', ' ', '1.', '.50', '01.00', '+1.00', '1,000.00', '1e2', '1.00 ', ' 1.00', '1.00\n', '--1.00', '0x10', 'NaN', 'Infinity', '１.００', `${'9'.repeat(38)}.00`].map(
    (amount): [string, string, string] => [amount, 'CNY', 'amount_malformed'],
  ),
  ...['', 'cny', 'RMB', 'XXX', 'toString', '__proto__', 'CNY '].map((currency): [string, string, string] => ['1.00', currency, 'currency_unknown']),
];

for (const [amount, currency, expected] of cases)
  t.test(`${JSON.stringify(amount)} ${JSON.stringify(currency)} is ${expected}`, async (t) => {
    t.same(parseMoney({ amount, currency }), typeof expected === 'bigint' ? { minor: expected, currency } : expected);
  });

t.test('money this program wrote is read back, and anything else throws', async (t) => {
  t.same(moneyOf({ amount: '-12.30', currency: 'EUR' }), { minor: -1_230n, currency: 'EUR' });
  t.equal(minorOf('99999999999999999999.99', 'CNY'), 9_999_999_999_999_999_999_999n, 'totals may be larger than one posting');
  for (const amount of ['', '1', '1.0', '1.000', 'x', '1.00 ', '+1.00']) t.throws(() => moneyOf({ amount, currency: 'CNY' }), { message: `malformed amount ${amount} CNY` });
  t.throws(() => moneyOf({ amount: '1.00', currency: 'RMB' }), { message: 'unknown currency RMB' });
});

t.test('amounts are written with the currency\'s own decimals', async (t) => {
  t.same([amountText(0n, 'CNY'), amountText(-5n, 'CNY'), amountText(100n, 'JPY'), amountText(-1n, 'KWD'), amountText(123_456n, 'USD')], ['0.00', '-0.05', '100', '-0.001', '1234.56']);
  t.same(moneyText({ minor: 1n, currency: 'JPY' }), { amount: '1', currency: 'JPY' });
  t.equal(isCurrency('CNY'), true);
  t.equal(isCurrency('hasOwnProperty'), false);
});
