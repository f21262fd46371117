import type { CurrencyCode } from '../kernel/money.js';
import type { Field, KindOfFact } from './catalogue.js';
import { constantTest } from './check-constant.js';
import { pointer } from './check-size.js';
import { counted, fault, operatorsOf, own, shaped, type Walk } from './check-walk.js';
import type { CheckedAggregate, CheckedWhere } from './checked.js';
import { parseDuration } from './durations.js';
import { aggregateShape, SHAPES, type AggregateFunction } from './language.js';
import { LIMITS } from './limits.js';

/** The aggregate at a pointer, `depth` nodes from the root; null, with the errors told. */
export function checkAggregate(walk: Walk, node: string, depth: number, value: unknown): CheckedAggregate | null {
  const shape = shaped(walk, node, aggregateShape, value);
  if (shape === null) return null;
  const { fn, over, key } = shape;
  const kind = own(walk.catalogue.facts, over);
  if (kind === undefined) return fault(walk, pointer(node, 'over'), 'unknown_fact', `there is no kind of fact "${over}"`);
  // The nodes below have errors of their own, so they are told together with this one's.
  const where = shape.where === undefined ? null : checkWhere(walk, pointer(node, 'where'), depth + 1, kind, shape.where);
  if (!keyFits(walk, node, kind, key)) return null;
  const field = checkField(walk, node, kind, fn, shape.field);
  if (field === null) return null;
  const currency = checkCurrency(walk, node, fn, field === 'none' ? null : field, shape.currency);
  if (currency === null) return null;
  const window = checkDuration(walk, pointer(node, 'window'), shape.window, LIMITS.windowDays);
  if (window === null) return null;
  const offset = shape.offset === undefined ? 0 : checkDuration(walk, pointer(node, 'offset'), shape.offset, LIMITS.windowDays);
  if (offset === null || (shape.where !== undefined && where === null)) return null;
  const computed = { fn, over, key, field: shape.field ?? null, currency: currency === 'none' ? null : currency, window, offset };
  const id = canonical({ ...computed, where: shape.where ?? null });
  const aggregate = walk.aggregates.get(id) ?? { id, ...computed, fieldType: field === 'none' ? null : field.type, where };
  walk.aggregates.set(id, aggregate);
  return aggregate;
}

export function checkDuration(walk: Walk, node: string, text: string, days: number): number | null {
  const length = parseDuration(text, days);
  if (typeof length === 'number') return length;
  return fault(walk, node, length, length === 'window_too_long' ? `longer than ${days} days` : 'weeks, days, hours and minutes, like "P30D" or "PT24H"');
}

function keyFits(walk: Walk, node: string, kind: KindOfFact, name: string): boolean {
  const at = pointer(node, 'key');
  const key = own(walk.catalogue.keys, name);
  if (key === undefined || !kind.keys.includes(name)) return fault(walk, at, 'unknown_key', `facts of this kind have no key "${name}", but: ${kind.keys.join(', ')}`) ?? false;
  if (key.of === 'subject') return true;
  const trigger = walk.context.trigger === null ? undefined : own(walk.catalogue.facts, walk.context.trigger);
  if (trigger?.keys.includes(name) === true) return true;
  return fault(walk, at, 'trigger_missing', `only a fact that triggers has the key "${name}"`) ?? false;
}

/** 'none' where the function takes no field. */
function checkField(walk: Walk, node: string, kind: KindOfFact, fn: AggregateFunction, name: string | undefined): Field | 'none' | null {
  const at = pointer(node, 'field');
  if (fn === 'count') return name === undefined ? 'none' : fault(walk, at, 'field_unexpected', 'count takes no field');
  if (name === undefined) return fault(walk, node, 'field_missing', `${fn} needs a field`);
  const field = own(kind.fields, name);
  if (field === undefined) return fault(walk, at, 'unknown_field', `facts of this kind have no field "${name}"`);
  const fits = fn === 'distinct' ? field.type !== 'texts' : field.type === 'number' || field.type === 'money';
  return fits ? field : fault(walk, at, 'field_unfit', `${fn} is not possible over ${field.type}`);
}

function checkCurrency(walk: Walk, node: string, fn: AggregateFunction, field: Field | null, currency: CurrencyCode | undefined): CurrencyCode | 'none' | null {
  const needed = field?.type === 'money' && fn !== 'distinct';
  if (currency === undefined) return needed ? fault(walk, node, 'currency_missing', `${fn} of money needs a currency`) : 'none';
  return needed ? currency : fault(walk, pointer(node, 'currency'), 'currency_unexpected', 'no money is computed here');
}

function checkWhere(walk: Walk, node: string, depth: number, kind: KindOfFact, value: unknown): CheckedWhere | null {
  if (!counted(walk, node, depth)) return null;
  if (typeof value === 'object' && value !== null && 'combinator' in value) {
    const group = shaped(walk, node, SHAPES.combinator, value);
    if (group === null) return null;
    const rules = group.rules.map((rule, i) => checkWhere(walk, pointer(node, 'rules', i), depth + 1, kind, rule));
    return { is: 'group', combinator: group.combinator, not: group.not === true, rules: rules.filter((rule) => rule !== null) };
  }
  const leaf = shaped(walk, node, SHAPES.field, value);
  if (leaf === null) return null;
  const field = own(kind.fields, leaf.field);
  if (field === undefined) return fault(walk, pointer(node, 'field'), 'unknown_field', `facts of this kind have no field "${leaf.field}"`);
  if (!operatorsOf(field.type).includes(leaf.operator)) return fault(walk, pointer(node, 'operator'), 'operator_invalid', `${field.type} has no ${leaf.operator}`);
  const test = constantTest(walk, node, { ...field, currency: null }, leaf.operator, leaf.value);
  return test === null ? null : { is: 'comparison', field: leaf.field, type: field.type, test };
}

/** JSON with the members of objects in order: equal things have equal texts. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
