import t from 'tap';
import { checkRule } from './check.js';
import { RULE_ERRORS, type RuleErrorCode } from './errors.js';
import { LIMITS } from './limits.js';
import { EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT } from './testing/example-bank.js';

const told = (tree: unknown, context = EXAMPLE_CONTEXT): string[] => {
  const result = checkRule(tree, EXAMPLE_CATALOGUE, context);
  return result.ok ? [] : result.errors.map(({ node, code }) => `${node} ${code}`);
};
const LEAF = { attr: 'customer.branch', operator: '=', value: 'B1' };
const and = (...rules: unknown[]): object => ({ combinator: 'and', rules });
const nested = (depth: number): object => (depth === 1 ? LEAF : and(nested(depth - 1)));
const attr = (name: string, operator: string, value?: unknown): object => ({ attr: `customer.${name}`, operator, ...(value === undefined ? {} : { value }) });
const AGG = { fn: 'count', over: 'movement', key: 'customer', window: 'PT24H' };
const SUM = { ...AGG, fn: 'sum', field: 'amount', currency: 'CNY' };
const agg = (over: object, operator = '>=', value: unknown = 3): object => ({ agg: { ...AGG, ...over }, operator, value });
const yuan = (amount: string, currency = 'CNY'): object => ({ amount, currency });

t.test('what is accepted', async (t) => {
  for (const tree of [
    LEAF, nested(LIMITS.depth), and(...Array.from({ length: LIMITS.children }, () => LEAF)),
    attr('branch', 'in', Array.from({ length: LIMITS.values }, (_, i) => `B${i}`)),
    attr('score', 'between', [-1, 2.000001]), attr('score', '<=', LIMITS.number), attr('income', 'between', [yuan('1.00'), yuan('1.00')]),
    attr('since', 'olderThan', 'P6575D'), attr('since', '>', '2024-02-29'), attr('lastSignIn', '<', '2026-01-31T08:00:00+08:00'),
    attr('tags', 'contains', 'vip'), attr('staff', '=', false), attr('income', 'isNull'), attr('kind', 'beginsWith', 'c'),
    attr('since', '<', { of: { fact: 'valueDate' } }), attr('branch', '!=', { of: { fact: 'counterparty' } }),
    { agg: SUM, operator: '>=', value: { of: { attr: 'customer.income' }, times: '3' } },
    { fact: 'amount', operator: '>', value: { of: { agg: { ...SUM, fn: 'avg', offset: 'P1D' } }, times: '1.000001' } },
    agg({ key: 'counterparty', window: 'P1100D', offset: 'P1W2DT3H4M' }), agg({ fn: 'distinct', field: 'counterparty' }),
    { list: 'gold', operator: 'in' },
  ]) t.strictSame(told(tree), [], JSON.stringify(tree).slice(0, 200));
});

/** Every code at least once. */
const REFUSED: readonly [tree: unknown, node: string, code: RuleErrorCode][] = [
  [nested(40), '/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0', 'too_large'],
  [Array.from({ length: LIMITS.json }, () => 1), '', 'too_large'],
  [and(...Array.from({ length: 5 }, () => and(...Array.from({ length: 40 }, () => LEAF)))), '', 'too_many_nodes'],
  [nested(LIMITS.depth + 1), '/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0', 'too_deep'],
  [and(and(and(and(and(and(agg({ where: and({ field: 'cash', operator: '=', value: true }) }))))))), '/rules/0/rules/0/rules/0/rules/0/rules/0/rules/0/agg/where/rules/0', 'too_deep'],
  [and(...Array.from({ length: LIMITS.children + 1 }, () => LEAF)), '/rules', 'list_too_long'],
  [attr('branch', 'in', Array.from({ length: LIMITS.values + 1 }, () => 'B')), '/value', 'list_too_long'],
  [null, '', 'malformed'],
  ['and', '', 'malformed'],
  [[LEAF], '', 'malformed'],
  [{ operator: '=' }, '', 'malformed'],
  [{ combinator: 'xor', rules: [LEAF] }, '/combinator', 'malformed'],
  [and(), '/rules', 'malformed'],
  [{ ...LEAF, colour: 'red' }, '', 'malformed'],
  [{ ...LEAF, fact: 'amount' }, '', 'malformed'],
  [{ ...LEAF, operator: '~' }, '/operator', 'malformed'],
  [{ agg: 'count', operator: '=', value: 1 }, '/agg', 'malformed'],
  [agg({ where: LEAF }), '/agg/where/field', 'malformed'],
  [attr('score', '=', { of: 3 }), '/value/of', 'malformed'],
  [attr('score', '=', { of: { attr: 'customer.score' }, plus: 1 }), '/value', 'malformed'],
  [JSON.parse('{"attr":"customer.branch","operator":"=","value":"B1","__proto__":{}}'), '', 'malformed'],
  [attr('brunch', '=', 'B1'), '/attr', 'unknown_field'],
  [{ attr: 'constructor', operator: 'isNull' }, '/attr', 'unknown_field'],
  [{ fact: 'device', operator: 'isNull' }, '/fact', 'unknown_field'],
  [agg({ fn: 'sum', field: 'size' }), '/agg/field', 'unknown_field'],
  [agg({ where: { field: 'toString', operator: 'isNull' } }), '/agg/where/field', 'unknown_field'],
  [agg({ over: 'sneeze' }), '/agg/over', 'unknown_fact'],
  [agg({ key: 'branch' }), '/agg/key', 'unknown_key'],
  [agg({ over: 'signIn', key: 'account' }), '/agg/key', 'unknown_key'],
  [agg({ field: 'amount' }), '/agg/field', 'field_unexpected'],
  [agg({ fn: 'sum' }), '/agg', 'field_missing'],
  [agg({ fn: 'max', field: 'counterparty' }), '/agg/field', 'field_unfit'],
  [agg({ fn: 'distinct', field: 'labels' }), '/agg/field', 'field_unfit'],
  [agg({ fn: 'sum', field: 'amount' }), '/agg', 'currency_missing'],
  [agg({ currency: 'CNY' }), '/agg/currency', 'currency_unexpected'],
  [agg({ fn: 'distinct', field: 'amount', currency: 'CNY' }), '/agg/currency', 'currency_unexpected'],
  [agg({ fn: 'sum', field: 'amount', currency: 'XXX' }), '/agg/currency', 'malformed'],
  [{ list: 'nobody', operator: 'in' }, '/list', 'list_unknown'],
  ...(['', 'P', 'PT', '30D', 'P0D', 'PT0H', '-P1D', 'P1DT', 'PT1.5H', 'forever', ' P1D', 'P1D '] as const).map((window): [unknown, string, RuleErrorCode] => [agg({ window }), '/agg/window', 'window_invalid']),
  ...(['P1M', 'P1Y', 'P1Y2D', 'PT30S'] as const).map((window): [unknown, string, RuleErrorCode] => [agg({ window }), '/agg/window', 'window_inexact']),
  [agg({ window: 'P1101D' }), '/agg/window', 'window_too_long'],
  [agg({ window: `P${'9'.repeat(400)}D` }), '/agg/window', 'window_too_long'],
  [agg({ offset: 'P1100DT1M' }), '/agg/offset', 'window_too_long'],
  [agg({ offset: 'P0D' }), '/agg/offset', 'window_invalid'],
  [attr('since', 'olderThan', 'P60001D'), '/value', 'window_too_long'],
  [attr('since', 'youngerThan', 'P18Y'), '/value', 'window_inexact'],
  [attr('branch', '<', 'B1'), '/operator', 'operator_invalid'],
  [attr('staff', '!=', true), '/operator', 'operator_invalid'],
  [attr('tags', '=', 'vip'), '/operator', 'operator_invalid'],
  [attr('branch', 'olderThan', 'P1D'), '/operator', 'operator_invalid'],
  [attr('branch', 'in', { of: { attr: 'customer.kind' } }), '/operator', 'operator_invalid'],
  [agg({ where: { field: 'orderedAt', operator: 'olderThan', value: 'P1D' } }), '/agg/where/operator', 'operator_invalid'],
  [agg({}, 'in', ['3']), '/operator', 'operator_invalid'],
  [attr('branch', '='), '', 'value_missing'],
  [attr('since', 'olderThan'), '', 'value_missing'],
  [attr('branch', 'isNull', 'B1'), '', 'value_unexpected'],
  [attr('score', '=', '3'), '/value', 'type_mismatch'],
  [attr('score', 'between', [1]), '/value', 'type_mismatch'],
  [attr('score', 'between', [1, '2']), '/value/1', 'type_mismatch'],
  [attr('branch', 'in', 'B1'), '/value', 'type_mismatch'],
  [attr('branch', 'in', ['B1', 2]), '/value/1', 'type_mismatch'],
  [attr('income', '>', 5), '/value', 'type_mismatch'],
  [attr('since', '>', '2026-02-30'), '/value', 'type_mismatch'],
  [attr('lastSignIn', '>', '2026-02-28'), '/value', 'type_mismatch'],
  [attr('since', 'olderThan', 30), '/value', 'type_mismatch'],
  [attr('score', '=', { of: { attr: 'customer.branch' } }), '/value/of', 'type_mismatch'],
  [attr('income', '>', { of: { agg: AGG } }), '/value/of', 'type_mismatch'],
  [attr('branch', '=', { of: { fact: 'counterparty' }, times: '2' }), '/value/times', 'type_mismatch'],
  [attr('income', '>', yuan('5.00', 'DOGE')), '/value/currency', 'currency_unknown'],
  [attr('income', 'between', [yuan('5.00'), yuan('6.00', 'CZK')]), '/value/1', 'currency_mismatch'],
  [{ agg: SUM, operator: '>', value: yuan('5.00', 'CZK') }, '/value/currency', 'currency_mismatch'],
  [{ agg: SUM, operator: '>', value: { of: { agg: { ...SUM, currency: 'CZK' } } } }, '/value/of', 'currency_mismatch'],
  [attr('kind', '=', 'robot'), '/value', 'value_unknown'],
  [attr('kind', '=', 'constructor'), '/value', 'value_unknown'],
  [attr('tags', 'containsAny', ['vip', 'vap']), '/value/1', 'value_unknown'],
  [attr('score', '=', 0.0000001), '/value', 'value_out_of_range'],
  [attr('score', '=', LIMITS.number + 1), '/value', 'value_out_of_range'],
  [attr('income', '>', yuan('5.0')), '/value/amount', 'value_out_of_range'],
  [attr('income', '>', yuan('99999999999999999.00')), '/value/amount', 'value_out_of_range'],
  [attr('branch', '=', 'x'.repeat(LIMITS.text + 1)), '/value', 'value_out_of_range'],
  [attr('branch', 'beginsWith', ''), '/value', 'value_out_of_range'],
  ...['0', '-1', '1e3', '0.0000001', '1000001', 'x'].map((times): [unknown, string, RuleErrorCode] => [attr('score', '>', { of: { agg: AGG }, times }), '/value/times', 'value_out_of_range']),
  [attr('score', 'between', [2, 1]), '/value', 'range_inverted'],
];

t.test('what is refused, and where', async (t) => {
  for (const [tree, node, code] of REFUSED) t.strictSame(told(tree), [`${node} ${code}`], JSON.stringify(tree).slice(0, 200));
  const without = { ...EXAMPLE_CONTEXT, trigger: null };
  t.strictSame(told({ fact: 'amount', operator: 'isNull' }, without), ['/fact trigger_missing']);
  t.strictSame(told(agg({ key: 'account' }), without), ['/agg/key trigger_missing']);
  t.strictSame(told(agg({ key: 'account' }), { ...EXAMPLE_CONTEXT, trigger: 'signIn' }), ['/agg/key trigger_missing'], 'a trigger without the key');
  t.strictSame(told(agg({}), without), []);
  const untested = new Set(Object.keys(RULE_ERRORS));
  for (const [, , code] of REFUSED) untested.delete(code);
  t.strictSame([...untested].sort(), ['list_cycle', 'trigger_missing'], 'every other code is above');
});

t.test('lists that refer to the segment itself', async (t) => {
  const lists = (id: string): string[] | null => ({ gold: ['silver', 'vip'], silver: ['mine', 'gold'], vip: [] })[id] ?? null;
  const context = { ...EXAMPLE_CONTEXT, self: 'mine', lists };
  t.strictSame(told({ list: 'mine', operator: 'in' }, context), ['/list list_cycle']);
  t.strictSame(told(and({ list: 'gold', operator: 'in' }, { list: 'vip', operator: 'in' }), context), ['/rules/0/list list_cycle']);
  t.strictSame(told({ list: 'gold', operator: 'in' }, { ...context, self: 'other' }), [], 'a cycle of others is theirs');
});

t.test('all errors are told at once, of each node the first', async (t) => {
  t.strictSame(told(and(
    attr('brunch', '~'),
    agg({ fn: 'sum', key: 'branch', window: 'P1M', where: and({ field: 'size', operator: '=', value: 1 }, { field: 'cash', operator: '<', value: 1 }) }, '>=', 'x'),
    { list: 'nobody', operator: 'in' },
    attr('score', '>', { of: { agg: { ...AGG, window: 'P0D' } } }),
  )), [
    '/rules/0/operator malformed',
    '/rules/1/agg/where/rules/0/field unknown_field',
    '/rules/1/agg/where/rules/1/operator operator_invalid',
    '/rules/1/agg/key unknown_key',
    '/rules/2/list list_unknown',
    '/rules/3/value/of/agg/window window_invalid',
  ]);
});

/** Each node breaks two rules of the table that one node can break together: the earlier one is told. */
t.test('precedence', async (t) => {
  const tooMany = Array.from({ length: LIMITS.children + 1 }, () => LEAF);
  const rows: readonly [tree: unknown, RuleErrorCode][] = [
    [{ combinator: 'and', rules: tooMany, colour: 'red' }, 'malformed'],
    [{ ...agg({ over: 'sneeze' }), operator: '~' }, 'malformed'],
    [agg({ over: 'sneeze', key: 'branch' }), 'unknown_fact'],
    [agg({ key: 'branch', field: 'amount' }), 'unknown_key'],
    [agg({ fn: 'sum', window: 'P1M' }), 'field_missing'],
    [agg({ fn: 'sum', field: 'cash', currency: 'CNY' }), 'field_unfit'],
    [agg({ fn: 'sum', field: 'amount', window: 'P1M' }), 'currency_missing'],
    [agg({ currency: 'CNY', window: 'P1M' }), 'currency_unexpected'],
    [agg({ window: 'P1M' }, 'in'), 'window_inexact'],
    [attr('brunch', '<'), 'unknown_field'],
    [attr('branch', '<', { of: 3 }), 'malformed'],
    [attr('branch', '<', { of: { attr: 'customer.brunch' } }), 'unknown_field'],
    [attr('branch', '<', { of: { attr: 'customer.score' } }), 'operator_invalid'],
    [attr('branch', 'olderThan'), 'operator_invalid'],
    [attr('score', 'in', Array.from({ length: 1001 }, () => 'x')), 'operator_invalid'],
    [attr('branch', '=', { of: { attr: 'customer.score' }, times: '0' }), 'type_mismatch'],
    [attr('branch', '=', { of: { fact: 'counterparty' }, times: '0' }), 'type_mismatch'],
    [attr('branch', 'in', Array.from({ length: 1001 }, () => 'x'.repeat(1000))), 'list_too_long'],
    [attr('income', '>', yuan('1', 'DOGE')), 'currency_unknown'],
    [{ agg: SUM, operator: '>', value: yuan('1', 'CZK') }, 'currency_mismatch'],
    [{ agg: SUM, operator: '>', value: { of: { agg: { ...SUM, currency: 'CZK' } }, times: '0' } }, 'currency_mismatch'],
    [attr('kind', '=', 'x'.repeat(1000)), 'value_out_of_range'],
    [attr('score', 'between', [3, 1e-9]), 'value_out_of_range'],
    [attr('kind', 'in', ['robot', 1]), 'value_unknown'],
  ];
  for (const [tree, code] of rows) t.strictSame(told(tree).map((error) => error.split(' ')[1]), [code], JSON.stringify(tree).slice(0, 150));
});

t.test('hostile sizes cost nothing', async (t) => {
  let deep: unknown = LEAF;
  for (let i = 0; i < 200_000; i += 1) deep = i % 2 === 0 ? [deep] : { rules: deep };
  t.match(told(deep), [/ too_large$/]);
  t.strictSame(told({ combinator: 'and', rules: Array.from({ length: 3_000_000 }, () => 0) }), ['/rules too_large']);
  t.strictSame(told({ ['~/'.repeat(3)]: nested(40) }), [`/~0~1~0~1~0~1${'/rules/0'.repeat(15)}/rules too_large`], 'pointers escape');
});

t.test('what a rule asks for is told once', async (t) => {
  const result = checkRule(and(
    agg({}), agg({ window: 'P1D' }), agg({ offset: 'P1D' }), attr('score', '>', { of: { attr: 'customer.score' } }), { list: 'vip', operator: 'in' }, { list: 'vip', operator: 'notIn' },
  ), EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT);
  if (!result.ok) throw new Error('refused');
  t.strictSame(result.rule.aggregates.map(({ id }) => id), [0, 86_400_000].map((offset) =>
    `{"currency":null,"field":null,"fn":"count","key":"customer","offset":${offset},"over":"movement","where":null,"window":86400000}`));
  t.strictSame([result.rule.attributes, result.rule.lists, result.rule.trigger], [['customer.score'], ['vip'], 'movement']);
});
