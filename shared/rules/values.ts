import { isCurrency } from '../kernel/money.js';
import type { FieldType } from './catalogue.js';
import type { Comparable, ConstantTest, Order, Quantity } from './checked.js';
import { compareQuantities, millionths, PER_ONE } from './quantity.js';
import type { Value } from './view.js';

/** A value as it is compared; null where there is none, and where it is not of its declared type. */
export function comparableOf(type: FieldType, value: Value | undefined): Comparable | readonly string[] | null {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'number': return typeof value === 'number' ? numberQuantity(value) : null;
    case 'money': return typeof value === 'object' && 'minor' in value && isCurrency(value.currency) ? { n: value.minor, d: 1n, currency: value.currency } : null;
    case 'text':
    case 'date': return typeof value === 'string' ? value : null;
    case 'bool': return typeof value === 'boolean' ? value : null;
    case 'moment': return typeof value === 'number' && Number.isFinite(value) ? value : null;
    case 'texts': return Array.isArray(value) ? value as readonly string[] : null;
  }
}

export function numberQuantity(number: number): Quantity | null {
  const n = millionths(number);
  return n === null ? null : { n, d: PER_ONE, currency: null };
}

export const isQuantity = (value: unknown): value is Quantity => typeof value === 'object' && value !== null && 'n' in value;

/** Below 0, 0 or above 0 as a is to b; null where they cannot be compared (other currencies). */
export function compare(a: Comparable, b: Comparable): number | null {
  if (isQuantity(a)) return isQuantity(b) ? compareQuantities(a, b) : null;
  if (typeof a !== typeof b) return null;
  return a < b ? -1 : Number(a > b);
}

/** Whether a is to b as the order says; false where one is null or they cannot be compared. */
export function inOrder(a: Comparable | readonly string[] | null, order: Order, b: Comparable | readonly string[] | null): boolean {
  if (a === null || b === null || Array.isArray(a) || Array.isArray(b)) return false;
  const way = compare(a as Comparable, b as Comparable);
  if (way === null) return false;
  switch (order) {
    case '=': return way === 0;
    case '<': return way < 0;
    case '<=': return way <= 0;
    case '>': return way > 0;
    case '>=': return way >= 0;
  }
}

/** Whether a value passes a test against constants: every test is false of null, and `not` is the complement. */
export function passes(test: ConstantTest, value: Comparable | readonly string[] | null): boolean {
  switch (test.is) {
    case 'null': return (value === null) !== test.not;
    case 'order': return inOrder(value, test.order, test.than) !== test.not;
    case 'between': return inOrder(value, '>=', test.from) && inOrder(value, '<=', test.to);
    case 'in': return (typeof value === 'string' && test.values.has(value)) !== test.not;
    case 'beginsWith': return typeof value === 'string' && value.startsWith(test.prefix);
    case 'containsAny': return Array.isArray(value) && value.some((text: string) => test.values.has(text));
  }
}
