import type { DataClass, Views } from '../../shared/access/data-classes.js';
import { Refusal } from '../../shared/http/context.js';
import type { CheckedRule } from '../../shared/rules/checked.js';

const BY_NAME: readonly (readonly [RegExp, DataClass])[] = [
  [/^customer\.(sex|birthDate|maritalStatus)$/, 'identity'],
  [/^customer\.(country|city)$/, 'contact'],
  [/^customer\.occupation$/, 'employment'],
  [/^customer\.income$/, 'income'],
  [/^customer\.(riskPreference|interests)$/, 'preferences'],
  [/^(customer\.tags$|consent\.|rfm\.)/, 'marketing'],
  [/^(accounts|balance|holds)\./, 'balances'],
];

/** What a rule's answer tells about a person, by the classes of what it asks for. */
export function classesOfRule({ attributes, aggregates, lists }: CheckedRule): readonly DataClass[] {
  const named = attributes.flatMap((name) => BY_NAME.flatMap(([pattern, dataClass]) => (pattern.test(name) ? [dataClass] : [])));
  return [...new Set<DataClass>([...named, ...(aggregates.length > 0 ? (['movements'] as const) : []), ...(lists.length > 0 ? (['marketing'] as const) : [])])];
}

/** Whoever tries or writes a rule by what is hidden from them would be told it by who is in. @throws Refusal `field_hidden` */
export function refuseHidden(rule: CheckedRule, views: Views): void {
  const hidden = classesOfRule(rule).filter((one) => views[one] === 'hidden');
  if (hidden.length === 0) return;
  throw new Refusal({ code: 'field_hidden', detail: 'the rule asks for what is hidden from you', errors: hidden.map((one) => ({ pointer: '/tree', code: 'field_hidden', detail: `asks for ${one}` })) });
}
