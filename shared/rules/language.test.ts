import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { ruleSchema } from './language.js';
import { ruleJsonSchema } from './rule-json-schema.js';

const published = new Ajv2020({ strict: false }).compile(JSON.parse(ruleJsonSchema()) as object);

t.test('the published schema is that of the program', async (t) => {
  t.equal(readFileSync('shared/rules/rule.schema.json', 'utf8'), ruleJsonSchema(), 'npm run schemas writes it anew');
});

const DEPOSITS = { fn: 'count', over: 'deposit', key: 'customer', window: 'PT24H' };

t.test('what is a tree of the language', async (t) => {
  const trees = [
    { attr: 'customer.branch', operator: '=', value: 'B1' },
    { attr: 'customer.income', operator: 'notNull' },
    { attr: 'customer.tags', operator: 'containsAny', value: ['a', 'b'] },
    { fact: 'amount', operator: '>=', value: { of: { attr: 'customer.income' }, times: '3' } },
    { fact: 'amount', operator: 'between', value: [{ amount: '1.00', currency: 'CNY' }, { amount: '2.00', currency: 'CNY' }] },
    { list: 'vip', operator: 'notIn' },
    { agg: { ...DEPOSITS, where: { combinator: 'and', not: true, rules: [{ field: 'cash', operator: '=', value: true }] } }, operator: '>=', value: 3 },
    { agg: { ...DEPOSITS, fn: 'sum', field: 'amount', currency: 'CNY', offset: 'P1D' }, operator: '<', value: { of: { agg: DEPOSITS } } },
    { combinator: 'or', not: false, rules: [{ combinator: 'and', rules: [{ list: 'vip', operator: 'in' }] }] },
  ];
  for (const tree of trees) {
    t.strictSame(ruleSchema.parse(tree), tree);
    t.ok(published(tree), JSON.stringify(tree));
  }
});

t.test('what is none', async (t) => {
  const trees = [
    null, 'x', [], {},
    { combinator: 'and', rules: [] },
    { combinator: 'nor', rules: [{ list: 'vip', operator: 'in' }] },
    { combinator: 'and', rules: Array.from({ length: 51 }, () => ({ list: 'vip', operator: 'in' })) },
    { attr: 'customer.branch', operator: 'like', value: 'B1' },
    { attr: 'customer.branch', operator: '=', value: 'B1', colour: 'red' },
    { attr: 'customer.branch', fact: 'amount', operator: '=', value: 'B1' },
    { attr: 'customer.branch', operator: 'in', value: [] },
    { field: 'amount', operator: '=', value: 1 },
    { agg: { ...DEPOSITS, where: { attr: 'customer.branch', operator: '=', value: 'B1' } }, operator: '=', value: 1 },
    { agg: { ...DEPOSITS, fn: 'median' }, operator: '=', value: 1 },
    { list: 'vip', operator: '=' },
  ];
  for (const tree of trees) {
    t.notOk(ruleSchema.safeParse(tree).success, JSON.stringify(tree));
    t.notOk(published(tree));
  }
});
