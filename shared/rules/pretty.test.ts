import t from 'tap';
import type { Language } from './catalogue.js';
import { checkRule } from './check.js';
import { OPERATORS } from './language.js';
import { prettyRule } from './pretty.js';
import { EXAMPLE_CATALOGUE, EXAMPLE_CONTEXT } from './testing/example-bank.js';
import { EXAMPLES } from './testing/examples.js';

function said(tree: unknown, trigger: string | null = 'movement'): string[] {
  const result = checkRule(tree, EXAMPLE_CATALOGUE, { ...EXAMPLE_CONTEXT, trigger });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return (['en', 'zh'] as const).map((language: Language) => prettyRule(result.rule, EXAMPLE_CATALOGUE, language, (id) => (id === 'watch' ? id : id.toUpperCase())));
}
const attr = (name: string, operator: string, value?: unknown): object => ({ attr: `customer.${name}`, operator, ...(value === undefined ? {} : { value }) });

t.test('the examples', async (t) => {
  for (const { title, tree, trigger, en, zh } of EXAMPLES) t.strictSame(said(tree, trigger), [en, zh], title);
});

t.test('every operator', async (t) => {
  const rows: readonly [tree: object, en: string, zh: string][] = [
    [attr('score', '=', 1234.5), 'credit score is 1,234.5', '信用评分为1,234.5'],
    [attr('score', '!=', -1000), 'credit score is not -1,000', '信用评分不为-1,000'],
    [attr('score', '<', 1), 'credit score is less than 1', '信用评分小于1'],
    [attr('score', '<=', 1), 'credit score is at most 1', '信用评分不大于1'],
    [attr('score', '>', 1), 'credit score is more than 1', '信用评分大于1'],
    [attr('score', '>=', 1), 'credit score is at least 1', '信用评分不小于1'],
    [attr('score', 'between', [1, 2]), 'credit score is from 1 to 2', '信用评分在1至2之间'],
    [attr('since', '<', '2026-01-31'), 'day of joining is before 2026-01-31', '开户日早于2026-01-31'],
    [attr('since', '<=', '2026-01-31'), 'day of joining is not after 2026-01-31', '开户日不晚于2026-01-31'],
    [attr('since', '>', '2026-01-31'), 'day of joining is after 2026-01-31', '开户日晚于2026-01-31'],
    [attr('lastSignIn', '>=', '2026-01-31T08:00:00Z'), 'last sign-in is not before 2026-01-31T08:00:00Z', '最近登录不早于2026-01-31T08:00:00Z'],
    [attr('since', 'olderThan', 'P1D'), 'day of joining is at least 1 day ago', '开户日距今已满1天'],
    [attr('lastSignIn', 'youngerThan', 'P1W2DT3H4M'), 'last sign-in is less than 1 week 2 days 3 hours 4 minutes ago', '最近登录距今不满1周2天3小时4分钟'],
    [attr('branch', 'in', ['B1', 'B2']), 'branch is one of "B1", "B2"', '分行为以下之一：“B1”、“B2”'],
    [attr('kind', 'notIn', ['person']), 'kind of customer is none of "person"', '客户类型不在以下之列：“个人”'],
    [attr('branch', 'in', Array.from({ length: 13 }, (_, i) => `${i}`)), 'branch is one of "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" and 3 more', '分行为以下之一：“0”、“1”、“2”、“3”、“4”、“5”、“6”、“7”、“8”、“9”等13项'],
    [attr('branch', 'beginsWith', 'B'), 'branch begins with "B"', '分行以“B”开头'],
    [attr('tags', 'contains', 'vip'), 'tags include "VIP"', '标签包含“贵宾”'],
    [attr('tags', 'containsAny', ['vip', 'travel']), 'tags include one of "VIP", "travel"', '标签包含以下之一：“贵宾”、“旅行”'],
    [attr('staff', '=', false), 'member of staff is no', '本行员工为否'],
    [attr('income', 'isNull'), 'stated monthly income is not known', '申报月收入未知'],
    [attr('income', 'notNull'), 'stated monthly income is known', '申报月收入已知'],
    [attr('branch', '!=', { of: { fact: 'counterparty' } }), 'branch is not counterparty of what happened', '分行不为本次对手方'],
    [{ list: 'vip', operator: 'in' }, 'is in "VIP"', '在“VIP”中'],
    [{ list: 'vip', operator: 'notIn' }, 'is not in "VIP"', '不在“VIP”中'],
  ];
  for (const [tree, en, zh] of rows) t.strictSame(said(tree), [en, zh]);
  const spoken = new Set(rows.map(([tree]) => (tree as { operator: string }).operator));
  t.strictSame(OPERATORS.filter((operator) => !spoken.has(operator)), []);
});

t.test('every function', async (t) => {
  const rows = [['sum', 'total', '的金额合计'], ['min', 'smallest', '的最小金额'], ['max', 'largest', '的最大金额'], ['avg', 'average', '的平均金额']] as const;
  for (const [fn, en, zh] of rows) {
    const agg = { fn, over: 'movement', key: 'customer', field: 'amount', currency: 'CNY', window: 'P2D', offset: 'PT5M' };
    t.strictSame(said({ agg, operator: 'isNull' }), [`${en} amount of movements of the customer in the 2 days up to 5 minutes ago is not known`, `截至5分钟前的2天内该客户的交易${zh}未知`]);
  }
});

t.test('brackets stand only where they are needed', async (t) => {
  const [a, b, c] = [attr('score', '=', 1), attr('score', '=', 2), attr('score', '=', 3)];
  const and = (...rules: object[]): object => ({ combinator: 'and', rules });
  const or = (...rules: object[]): object => ({ combinator: 'or', rules });
  const short = (tree: object): string => said(tree)[0]!.replaceAll('credit score is ', '');
  t.equal(short(and(a, and(b, c))), '1 and 2 and 3');
  t.equal(short(and(a, or(b, c))), '1 and (2 or 3)');
  t.equal(short(or(a, and(b, c))), '1 or (2 and 3)');
  t.equal(short(and(a, or(b))), '1 and 2');
  t.equal(short(and(or(b, c))), '2 or 3');
  t.equal(short(and(a, or(and(b, c)))), '1 and 2 and 3');
  t.equal(short(and(a, { ...or(b, c), not: true })), '1 and not (2 or 3)');
  t.equal(short({ ...and(or(a, b)), not: true }), 'not (1 or 2)');
  t.equal(said({ ...or(a, b), not: true })[1], '并非（信用评分为1或信用评分为2）');
});
