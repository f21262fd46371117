import t from 'tap';
import { checkRule } from './check.js';
import { evaluateRule, holds } from './evaluate.js';
import { evidenceOf } from './evidence.js';
import { nextBoundary } from './boundary.js';
import type { CheckedRule } from './checked.js';
import { EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT } from './testing/example-bank.js';
import { startOfDay, viewAt, type Happened, type Subject } from './testing/memory-view.js';
import type { Value } from './view.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;
const checked = (tree: unknown): CheckedRule => {
  const result = checkRule(tree, EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.rule;
};
const is = (tree: unknown, subject: Subject = {}, now = NOW): boolean => holds(checked(tree), viewAt(now, subject));
const yuan = (minor: bigint, currency = 'CNY'): Value => ({ minor, currency: currency as 'CNY' });
const CNY = (amount: string): object => ({ amount, currency: 'CNY' });
let made = 0;
const movement = (hoursAgo: number, fields: Record<string, Value> = {}, keys: Record<string, string> = {}): Happened =>
  ({ id: `f${(made += 1)}`, kind: 'movement', at: NOW - hoursAgo * HOUR, fields, keys });

/** The table of the README: what compares with something that is not there, or is of another currency. */
const NOTHING: readonly [leaf: object, result: boolean][] = [
  ...['=', '<', '<=', '>', '>='].map((operator): [object, boolean] => [{ attr: 'customer.score', operator, value: 0 }, false]),
  [{ attr: 'customer.score', operator: '!=', value: 0 }, true],
  [{ attr: 'customer.score', operator: 'between', value: [-1, 1] }, false],
  [{ attr: 'customer.branch', operator: 'in', value: ['B1'] }, false],
  [{ attr: 'customer.branch', operator: 'notIn', value: ['B1'] }, true],
  [{ attr: 'customer.branch', operator: 'beginsWith', value: 'B' }, false],
  [{ attr: 'customer.staff', operator: '=', value: false }, false],
  [{ attr: 'customer.tags', operator: 'contains', value: 'vip' }, false],
  [{ attr: 'customer.tags', operator: 'containsAny', value: ['vip'] }, false],
  [{ attr: 'customer.since', operator: 'olderThan', value: 'P1D' }, false],
  [{ attr: 'customer.since', operator: 'youngerThan', value: 'P1D' }, false],
  [{ attr: 'customer.score', operator: '>=', value: { of: { agg: { fn: 'count', over: 'movement', key: 'customer', window: 'P1D' } } } }, false],
  [{ agg: { fn: 'count', over: 'movement', key: 'customer', window: 'P1D' }, operator: '<=', value: { of: { attr: 'customer.score' } } }, false],
  [{ attr: 'customer.score', operator: '=', value: { of: { attr: 'customer.score' } } }, false],
  [{ attr: 'customer.score', operator: '!=', value: { of: { attr: 'customer.score' } } }, true],
  [{ attr: 'customer.score', operator: 'isNull' }, true],
  [{ attr: 'customer.score', operator: 'notNull' }, false],
  [{ fact: 'amount', operator: 'isNull' }, true],
  [{ agg: { fn: 'count', over: 'movement', key: 'customer', window: 'P1D' }, operator: '=', value: 0 }, true],
  [{ agg: { fn: 'sum', over: 'movement', field: 'risk', key: 'customer', window: 'P1D' }, operator: '=', value: 0 }, true],
  [{ agg: { fn: 'distinct', over: 'movement', field: 'risk', key: 'customer', window: 'P1D' }, operator: '=', value: 0 }, true],
  ...['min', 'max', 'avg'].map((fn): [object, boolean] => [{ agg: { fn, over: 'movement', field: 'risk', key: 'customer', window: 'P1D' }, operator: 'isNull' }, true]),
];

t.test('what is not there', async (t) => {
  for (const [leaf, result] of NOTHING) {
    t.equal(is(leaf), result, JSON.stringify(leaf));
    t.equal(is({ combinator: 'or', not: true, rules: [leaf] }), !result, 'not is the complement');
  }
});

t.test('money compares within its currency', async (t) => {
  const income = (operator: string, value: unknown): object => ({ attr: 'customer.income', operator, value });
  const of = (currency: string): Subject => ({ attributes: { 'customer.income': yuan(500n, currency) } });
  t.strictSame(['=', '<=', '>=', '!=', '<', '>'].map((operator) => is(income(operator, CNY('5.00')), of('CNY'))), [true, true, true, false, false, false]);
  t.strictSame(['=', '<=', '>=', '!=', '<', '>'].map((operator) => is(income(operator, CNY('5.00')), of('CZK'))), [false, false, false, true, false, false]);
  t.equal(is(income('between', [CNY('4.00'), CNY('6.00')]), of('CZK')), false);
  t.equal(is({ attr: 'customer.income', operator: 'notNull' }, of('CZK')), true);
});

t.test('ends: between takes both, a window its newer one, an age the exact length', async (t) => {
  const score = { attr: 'customer.score', operator: 'between', value: [1, 2] };
  t.strictSame([0.999999, 1, 2, 2.000001].map((value) => is(score, { attributes: { 'customer.score': value } })), [false, true, true, false]);
  const count = (offset: object): object => ({ agg: { fn: 'count', over: 'movement', key: 'customer', window: 'PT24H', ...offset }, operator: '=', value: 1 });
  const at = (hoursAgo: number): Subject => ({ happened: [movement(hoursAgo)] });
  const MS = 1 / HOUR;
  t.strictSame([-MS, 0, 24 - MS, 24].map((hours) => is(count({}), at(hours))), [false, true, true, false]);
  t.strictSame([2 - MS, 2, 26 - MS, 26].map((hours) => is(count({ offset: 'PT2H' }), at(hours))), [false, true, true, false]);
  const age = (operator: string): object => ({ attr: 'customer.lastSignIn', operator, value: 'P1D' });
  const seen = (hoursAgo: number): Subject => ({ attributes: { 'customer.lastSignIn': NOW - hoursAgo * HOUR } });
  t.strictSame([24 - MS, 24, 24 + MS, -1].map((hours) => is(age('olderThan'), seen(hours))), [false, true, true, false]);
  t.strictSame([24 - MS, 24, 24 + MS, -1].map((hours) => is(age('youngerThan'), seen(hours))), [true, false, false, true]);
  const since = { attr: 'customer.since', operator: 'olderThan', value: 'P2D' };
  const joined = { attributes: { 'customer.since': '2026-02-27' } };
  t.strictSame([-1, 0].map((ms) => is(since, joined, startOfDay('2026-03-01') + ms)), [false, true], 'a day counts from its first moment');
  t.strictSame(['<', '<=', '=', '>=', '>'].map((operator) => is({ attr: 'customer.since', operator, value: '2026-02-27' }, joined)), [false, true, true, true, false]);
  t.strictSame(['<', '<=', '=', '>'].map((operator) => is({ attr: 'customer.lastSignIn', operator, value: '2026-03-01T20:00:00+08:00' }, seen(0))), [false, true, true, false]);
});

t.test('numbers are exact: averages and multiples are compared without rounding', async (t) => {
  const amounts = (...minor: bigint[]): Subject => ({ happened: minor.map((each) => movement(1, { amount: yuan(each) })) });
  const money = (fn: string): object => ({ fn, over: 'movement', key: 'customer', field: 'amount', currency: 'CNY', window: 'P1D' });
  const avg = (operator: string, amount: string): object => ({ agg: money('avg'), operator, value: CNY(amount) });
  t.equal(is(avg('=', '0.33'), amounts(33n, 33n, 34n)), false, 'an average of 1/3 is not 0.33');
  t.equal(is(avg('>', '0.33'), amounts(33n, 33n, 34n)), true);
  const great = Array.from({ length: 20 }, () => 999_999_999_999_999n);
  t.strictSame(['=', '<'].map((operator) => is(avg(operator, '9999999999999.99'), amounts(...great))), [true, false], 'a sum beyond what a float holds');
  t.strictSame(['=', '<'].map((operator) => is(avg(operator, '9999999999999.99'), amounts(...great.slice(1), 999_999_999_999_998n))), [false, true]);
  const part = (times: string): object => ({ agg: money('max'), operator: '>=', value: { of: { agg: money('sum') }, times } });
  t.strictSame(['0.3', '0.300001'].map((times) => is(part(times), amounts(30n, 30n, 30n, 10n))), [true, false]);
  const risks = (...risk: number[]): Subject => ({ happened: risk.map((each) => movement(1, { risk: each })) });
  const sum = { fn: 'sum', over: 'movement', key: 'customer', field: 'risk', window: 'P1D' };
  t.equal(is({ agg: sum, operator: '=', value: 0.3 }, risks(0.1, 0.2)), true, 'tenths add up');
  t.equal(is({ agg: { ...sum, fn: 'min' }, operator: 'isNull' }, risks(Number.NaN)), true, 'what is no number is not there');
  t.equal(is({ agg: { ...sum, fn: 'count', field: undefined }, operator: '=', value: 1 }, risks(Number.NaN)), true, 'but happened');
});

t.test('an aggregate takes the facts of its key, of its currency, with a value, that pass where', async (t) => {
  const happened = [
    movement(1, { amount: yuan(100n), direction: 'in' }, { account: 'A1' }),
    movement(2, { amount: yuan(200n), direction: 'out' }, { account: 'A1' }),
    movement(3, { amount: yuan(400n, 'CZK'), direction: 'in' }, { account: 'A2' }),
    movement(4, { amount: null, direction: 'in' }, { account: 'A2' }),
  ];
  const subject = { happened, trigger: happened[0]! };
  const sumIs = (more: object, amount: string): boolean =>
    is({ agg: { fn: 'sum', over: 'movement', field: 'amount', currency: 'CNY', key: 'customer', window: 'P1D', ...more }, operator: '=', value: { amount, currency: 'CNY', ...('currency' in more ? { currency: 'CZK' } : {}) } }, subject);
  t.ok(sumIs({}, '3.00'));
  t.ok(sumIs({ currency: 'CZK' }, '4.00'));
  t.ok(sumIs({ key: 'account', where: { field: 'direction', operator: '=', value: 'out' } }, '2.00'));
  t.ok(sumIs({ where: { combinator: 'or', not: true, rules: [{ field: 'direction', operator: '=', value: 'out' }] } }, '1.00'));
  const countIs = (where: object, value: number): boolean => is({ agg: { fn: 'count', over: 'movement', key: 'customer', window: 'P1D', where }, operator: '=', value }, subject);
  t.ok(countIs({ field: 'amount', operator: 'between', value: [CNY('1.00'), CNY('1.50')] }, 1));
  t.ok(countIs({ field: 'amount', operator: '!=', value: CNY('1.00') }, 3), 'the complement, of what is not there too');
  const distinctIs = (value: number): boolean => is({ agg: { fn: 'distinct', over: 'movement', field: 'amount', key: 'customer', window: 'P1D' }, operator: '=', value }, subject);
  t.ok(distinctIs(3));
});

t.test('the trace has the value of every node', async (t) => {
  const movements = { fn: 'count', over: 'movement', key: 'customer', window: 'PT24H' };
  const tree = { combinator: 'or', rules: [
    { attr: 'customer.branch', operator: '=', value: 'B1' },
    { combinator: 'and', not: true, rules: [{ list: 'vip', operator: 'in' }] },
    { agg: movements, operator: '>=', value: { of: { attr: 'customer.score' }, times: '1.5' } },
    { agg: { ...movements, fn: 'avg', field: 'amount', currency: 'CNY' }, operator: '<', value: CNY('1.00') },
    { attr: 'customer.lastSignIn', operator: 'notNull' }, { attr: 'customer.tags', operator: 'contains', value: 'vip' }, { fact: 'cash', operator: '=', value: true },
    { fact: 'risk', operator: '=', value: 1 }, { attr: 'customer.income', operator: '>', value: CNY('0.00') },
  ] };
  const happened = [movement(1, { amount: yuan(100n) }), movement(1, { amount: yuan(100n), cash: true, risk: 0.5 }), movement(1, { amount: yuan(101n) })];
  const subject = { happened, trigger: happened[1]!, lists: ['vip'], attributes: {
    'customer.branch': 'B1', 'customer.score': 2, 'customer.lastSignIn': NOW, 'customer.tags': ['vip', 'x'.repeat(300)], 'customer.income': yuan(-12_345n),
  } };
  t.strictSame(evaluateRule(checked(tree), viewAt(NOW, subject)), { value: true, trace: [
    { node: '', result: true },
    { node: '/rules/0', result: true, value: 'B1' },
    { node: '/rules/1', result: false },
    { node: '/rules/1/rules/0', result: true },
    { node: '/rules/2', result: true, value: '3', than: '3' },
    { node: '/rules/3', result: false, value: { amount: '1.00333333', currency: 'CNY' } },
    { node: '/rules/4', result: true, value: '2026-03-01T12:00:00.000Z' },
    { node: '/rules/5', result: true, value: ['vip', 'x'.repeat(200)] },
    { node: '/rules/6', result: true, value: true },
    { node: '/rules/7', result: false, value: '0.5' },
    { node: '/rules/8', result: false, value: { amount: '-123.45', currency: 'CNY' } },
  ] });
});

t.test('evidence is what the true aggregates took, and the trigger', async (t) => {
  const [old, first, second, other, trigger] = [movement(30), movement(3, { cash: true }), movement(2, { cash: true }), movement(1, { cash: false }), movement(0, { cash: true })];
  const count = (where: object): object => ({ fn: 'count', over: 'movement', key: 'customer', window: 'P1D', where });
  const cash = (value: boolean, than: number): object => ({ agg: count({ field: 'cash', operator: '=', value }), operator: '>=', value: than });
  const subject = { happened: [old, first, second, other, trigger], trigger };
  const ids = (tree: unknown, limit = 10): string[] => evidenceOf(checked(tree), viewAt(NOW, subject), limit).map(({ id }) => id);
  t.strictSame(ids(cash(true, 3)), [trigger.id, second.id, first.id]);
  t.strictSame(ids(cash(true, 3), 2), [trigger.id, second.id]);
  t.strictSame(ids(cash(true, 4)), [], 'nothing is evidence of what is not so');
  t.strictSame(ids({ combinator: 'or', rules: [cash(true, 4), cash(false, 1)] }), [trigger.id, other.id], 'only of what is');
  t.strictSame(ids({ combinator: 'and', rules: [cash(false, 1), { combinator: 'or', not: true, rules: [cash(true, 4)] }] }), [trigger.id, other.id]);
});

t.test('the next moment at which time alone may change the result', async (t) => {
  const count = (operator: string, value: number, more: object = {}): object => ({ agg: { fn: 'count', over: 'movement', key: 'customer', window: 'PT24H', ...more }, operator, value });
  const next = (tree: unknown, subject: Subject): number | null => {
    const boundary = nextBoundary(checked(tree), viewAt(NOW, subject));
    return boundary === null ? null : (boundary - NOW) / HOUR;
  };
  const happened = [movement(23), movement(2), movement(-1)];
  t.equal(next(count('>=', 1), {}), null);
  t.equal(next(count('>=', 2), { happened: [movement(23), movement(2)] }), 1, 'a fact leaves');
  t.equal(next(count('>=', 1), { happened: [movement(23), movement(2)] }), 22, 'one that leaves and changes nothing is passed over');
  t.equal(next(count('>=', 1, { offset: 'PT3H' }), { happened: [movement(2)] }), 1, 'a fact enters');
  t.equal(next(count('>=', 2), { happened: [movement(23), movement(-1.5)] }), null, 'the one that enters finds the other gone');
  t.equal(next(count('>=', 1, { where: { field: 'cash', operator: '=', value: true } }), { happened }), null, 'not one that is not taken');
  t.equal(next(count('>=', 1), { happened: Array.from({ length: 100 }, (_, i) => movement(23 - i / 10)) }), 1 + 15 / 10, 'it looks so far ahead, and says so');
  const young = { attr: 'customer.lastSignIn', operator: 'youngerThan', value: 'P2D' };
  const attributes = { 'customer.lastSignIn': NOW - HOUR };
  t.equal(next(young, { attributes }), 47);
  t.equal(next(young, { attributes: { 'customer.lastSignIn': NOW - 48 * HOUR } }), null, 'it stays old');
  t.equal(next(young, {}), null);
  t.equal(next({ combinator: 'and', rules: [young, count('>=', 1)] }, { happened: [movement(23)], attributes }), 1);
  t.equal(next({ combinator: 'or', rules: [young, count('>=', 1)] }, { happened: [movement(23)], attributes }), 47, 'while one is true, an or is');
  t.equal(next({ combinator: 'and', rules: [{ list: 'vip', operator: 'in' }, count('>=', 1)] }, { happened: [movement(23)] }), null, 'while one is false, an and is');
});
