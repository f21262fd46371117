import { bankCatalogue, type KindOfFact } from './catalogue.js';
import type { CheckedRule, CheckedWhere } from '../../shared/rules/checked.js';
import type { FieldType } from '../../shared/rules/catalogue.js';

export interface FactField {
  readonly name: string;
  readonly type: FieldType;
  /** Of its column; money has the one after it as well. */
  readonly place: number;
}

const KINDS = Object.keys(bankCatalogue.facts) as KindOfFact[];

/** Of every kind of fact, by name. */
export const FACT_FIELDS: ReadonlyMap<KindOfFact, ReadonlyMap<string, FactField>> = new Map(KINDS.map((kind) => {
  let width = 0;
  const fields = Object.entries<{ readonly type: FieldType }>(bankCatalogue.facts[kind].fields).map(([name, { type }]) => {
    const field: FactField = { name, type, place: width };
    width += type === 'money' ? 2 : 1;
    return [name, field] as const;
  });
  return [kind, new Map(fields)];
}));

/** Kind → fields. What is not in it, nobody asks for. */
export type Asked = ReadonlyMap<KindOfFact, ReadonlySet<string>>;

export const EVERYTHING: Asked = new Map([...FACT_FIELDS].map(([kind, fields]) => [kind, new Set(fields.keys())]));

/** What rules ask of facts that were before: an alert tells the account of each. */
export function askedBy(rules: Iterable<CheckedRule>): Asked {
  const asked = new Map<KindOfFact, Set<string>>();
  for (const { aggregates } of rules)
    for (const { over, key, field, where } of aggregates) {
      const kind = over as KindOfFact;
      const fields = asked.get(kind) ?? new Set(['account']);
      asked.set(kind, fields);
      if (key !== 'customer') fields.add(key);
      if (field !== null) fields.add(field);
      if (where !== null) for (const name of namesIn(where)) fields.add(name);
    }
  return asked;
}

/** How far back rules ask, in milliseconds. */
export const horizonOf = (rules: Iterable<CheckedRule>): number => Math.max(0, ...[...rules].flatMap(({ aggregates }) => aggregates.map(({ window, offset }) => window + offset)));

export const includes = (asked: Asked, more: Asked): boolean => [...more].every(([kind, fields]) => [...fields].every((name) => asked.get(kind)?.has(name)));

const namesIn = (where: CheckedWhere): string[] => (where.is === 'comparison' ? [where.field] : where.rules.flatMap(namesIn));
