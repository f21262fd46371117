import type { DataClass } from '../../shared/access/data-classes.js';
import type { CheckedRule } from '../../shared/rules/checked.js';

const BY_NAME: readonly (readonly [RegExp, DataClass])[] = [
  [/^customer\.(sex|birthDate|maritalStatus)$/, 'identity'],
  [/^customer\.(country|city)$/, 'contact'],
  [/^customer\.occupation$/, 'employment'],
  [/^customer\.income$/, 'income'],
  [/^customer\.(riskPreference|interests)$/, 'preferences'],
  [/^(consent|rfm)\./, 'marketing'],
  [/^(accounts|balance|holds)\./, 'balances'],
];

/** What a rule's answer tells about a person, by the classes of what it asks for. */
export function classesOfRule({ attributes, aggregates, lists }: CheckedRule): readonly DataClass[] {
  const named = attributes.flatMap((name) => BY_NAME.flatMap(([pattern, dataClass]) => (pattern.test(name) ? [dataClass] : [])));
  return [...new Set<DataClass>([...named, ...(aggregates.length > 0 ? (['movements'] as const) : []), ...(lists.length > 0 ? (['marketing'] as const) : [])])];
}
