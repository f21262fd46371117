import t from 'tap';
import type { CheckedRule } from '../../shared/rules/checked.js';
import { marketingCatalogue } from '../evaluation/catalogue.js';
import { classesOfRule } from './rule-classes.js';

const classesOf = (rule: Partial<CheckedRule>) => classesOfRule({ attributes: [], aggregates: [], lists: [], ...rule } as unknown as CheckedRule);

t.test('what a rule may ask for has a class; what tells nothing of a person but how the bank keeps the record has none', async (t) => {
  const names = Object.keys(marketingCatalogue.attributes);
  t.same(names.filter((name) => classesOf({ attributes: [name] }).length === 0), [
    'customer.kind', 'customer.branch', 'customer.manager', 'customer.registeredAt', 'customer.identityVerified', 'customer.restricted',
  ]);
  t.same(['customer.income', 'balance.CNY', 'accounts.open', 'rfm.tier', 'consent.profiling', 'customer.tags', 'customer.birthDate'].map((name) => classesOf({ attributes: [name] })), [
    ['income'], ['balances'], ['balances'], ['marketing'], ['marketing'], ['marketing'], ['identity'],
  ]);
  t.same([classesOf({ aggregates: [{}] as never }), classesOf({ lists: ['x'] as never }), classesOf({ attributes: ['customer.income', 'customer.income'], aggregates: [{}, {}] as never })], [['movements'], ['marketing'], ['income', 'movements']]);
});
