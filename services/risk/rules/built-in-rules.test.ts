import t from 'tap';
import { formulaSchema } from '../../../shared/events/risk/rule-events.js';
import { bankCatalogue } from '../../evaluation/catalogue.js';
import { builtInRules } from './built-in-rules.js';
import { checkFormula, describeFormula } from './check-formula.js';

t.test('every rule that comes with the program can be run and said in both languages, under a name of its own', async (t) => {
  t.equal(new Set(builtInRules.map(({ key }) => key)).size, builtInRules.length);
  const check = checkFormula(bankCatalogue, async () => () => null);
  for (const { key, formula } of builtInRules) {
    t.same(await check(formula), [], key);
    t.same(formulaSchema.parse(formula), formula);
    t.match(describeFormula(bankCatalogue, formula), { en: /./, zh: /\p{Script=Han}/u }, key);
  }
});

t.test('what cannot be run is refused with the node named, all at once', async (t) => {
  const check = checkFormula(bankCatalogue, async () => () => null);
  const bad = { name: 'x', kind: 'xx', severity: 'low', trigger: 'weather', cooldown: 'P9999D', tree: { combinator: 'and', rules: [{ attr: 'customer.shoes', operator: '=', value: 1 }] } } as const;
  t.match(await check({ ...bad, tree: { ...bad.tree, rules: [...bad.tree.rules] } }), [
    { pointer: '/trigger', code: 'unknown_fact' }, { pointer: '/cooldown', code: 'window_too_long' }, { pointer: /^\/tree\/rules\/0/, code: 'unknown_field' },
  ]);
  t.match(await check({ ...builtInRules[0]!.formula, trigger: null }), [{ pointer: '/cooldown', code: 'value_unexpected' }, { code: 'trigger_missing' }, { code: 'trigger_missing' }, { code: 'trigger_missing' }]);
});
