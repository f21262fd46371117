import { z } from 'zod';
import { isCurrency, parseMoney } from '../kernel/money.js';
import { pointer } from './check-size.js';
import { fault, own, shaped, type Expected, type Walk } from './check-walk.js';
import type { Comparable, ConstantTest } from './checked.js';
import type { Operator } from './language.js';
import { LIMITS } from './limits.js';
import { compare, numberQuantity } from './values.js';

const date = z.iso.date();
const moment = z.iso.datetime({ offset: true });
const money = z.strictObject({ amount: z.string().max(LIMITS.text), currency: z.string().max(LIMITS.text) });

/** The test of an operator against constants; null, with the error told. Ages and references are not for here. */
export function constantTest(walk: Walk, node: string, expected: Expected, operator: Operator, value: unknown): ConstantTest | null {
  if (operator === 'isNull' || operator === 'notNull') {
    return value === undefined ? { is: 'null', not: operator === 'notNull' } : fault(walk, node, 'value_unexpected', `${operator} takes no value`);
  }
  if (value === undefined) return fault(walk, node, 'value_missing', `${operator} needs a value`);
  const at = pointer(node, 'value');
  switch (operator) {
    case '=':
    case '!=': return orderTest(walk, at, expected, '=', operator === '!=', value);
    case '<':
    case '<=':
    case '>':
    case '>=': return orderTest(walk, at, expected, operator, false, value);
    case 'between': return betweenTest(walk, at, expected, value);
    case 'in':
    case 'notIn': return textSet(walk, at, expected, value, (values) => ({ is: 'in', not: operator === 'notIn', values }));
    case 'containsAny': return textSet(walk, at, expected, value, (values) => ({ is: 'containsAny', values }));
    case 'contains': {
      const text = textConstant(walk, at, expected.values, value);
      return text === null ? null : { is: 'containsAny', values: new Set([text]) };
    }
    case 'beginsWith': {
      const prefix = textConstant(walk, at, undefined, value);
      if (prefix === '') return fault(walk, at, 'value_out_of_range', 'every text begins with nothing');
      return prefix === null ? null : { is: 'beginsWith', prefix };
    }
    case 'olderThan':
    case 'youngerThan': return fault(walk, pointer(node, 'operator'), 'operator_invalid', `${operator} is not possible here`);
  }
}

function orderTest(walk: Walk, at: string, expected: Expected, order: '=' | '<' | '<=' | '>' | '>=', not: boolean, value: unknown): ConstantTest | null {
  const than = constant(walk, at, expected, value);
  return than === null ? null : { is: 'order', order, not, than };
}

function betweenTest(walk: Walk, at: string, expected: Expected, value: unknown): ConstantTest | null {
  if (!Array.isArray(value) || value.length !== 2) return fault(walk, at, 'type_mismatch', 'between needs a list of two values');
  const from = constant(walk, pointer(at, 0), expected, value[0]);
  const to = from === null ? null : constant(walk, pointer(at, 1), expected, value[1]);
  if (from === null || to === null) return null;
  const way = compare(from, to);
  if (way === null) return fault(walk, pointer(at, 1), 'currency_mismatch', 'the two are of different currencies');
  return way > 0 ? fault(walk, at, 'range_inverted', 'the first value is above the second') : { is: 'between', from, to };
}

function textSet(walk: Walk, at: string, expected: Expected, value: unknown, test: (values: ReadonlySet<string>) => ConstantTest): ConstantTest | null {
  if (!Array.isArray(value) || value.length === 0) return fault(walk, at, 'type_mismatch', 'a list of texts is needed');
  if (value.length > LIMITS.values) return fault(walk, at, 'list_too_long', `${value.length} values, ${LIMITS.values} at most`);
  const values = new Set<string>();
  for (const [i, item] of value.entries()) {
    const text = textConstant(walk, pointer(at, i), expected.values, item);
    if (text === null) return null;
    values.add(text);
  }
  return test(values);
}

/** Reads one constant of the expected type; null, with the error told. */
function constant(walk: Walk, at: string, { type, values, currency }: Expected, value: unknown): Comparable | null {
  const mismatch = (needed: string): null => fault(walk, at, 'type_mismatch', `${needed} is needed`);
  switch (type) {
    case 'number': {
      if (typeof value !== 'number') return mismatch('a number');
      const quantity = Math.abs(value) <= LIMITS.number && Number(value.toFixed(LIMITS.decimals)) === value ? numberQuantity(value) : null;
      return quantity ?? fault(walk, at, 'value_out_of_range', `a number to ±${LIMITS.number} with at most ${LIMITS.decimals} decimals`);
    }
    case 'money': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return mismatch('an amount of money');
      const text = shaped(walk, at, money, value);
      if (text === null) return null;
      if (!isCurrency(text.currency)) return fault(walk, pointer(at, 'currency'), 'currency_unknown', `${text.currency} is no currency here`);
      if (currency !== null && text.currency !== currency) return fault(walk, pointer(at, 'currency'), 'currency_mismatch', `${currency} is compared with ${text.currency}`);
      const parsed = parseMoney(text);
      if (typeof parsed === 'string') return fault(walk, pointer(at, 'amount'), 'value_out_of_range', `an amount with exactly the decimals of ${text.currency}, not too large`);
      return { n: parsed.minor, d: 1n, currency: parsed.currency };
    }
    case 'bool': return typeof value === 'boolean' ? value : mismatch('true or false');
    case 'date': return typeof value === 'string' && date.safeParse(value).success ? value : mismatch('a date like "2026-01-31"');
    case 'moment': {
      const ms = typeof value === 'string' && moment.safeParse(value).success ? Date.parse(value) : Number.NaN;
      return Number.isNaN(ms) ? mismatch('a moment like "2026-01-31T08:00:00Z"') : ms;
    }
    case 'text':
    case 'texts': return textConstant(walk, at, values, value);
  }
}

function textConstant(walk: Walk, at: string, values: Expected['values'], value: unknown): string | null {
  if (typeof value !== 'string') return fault(walk, at, 'type_mismatch', 'a text is needed');
  if (value.length > LIMITS.text) return fault(walk, at, 'value_out_of_range', `a text of at most ${LIMITS.text} characters`);
  if (values !== undefined && own(values, value) === undefined) return fault(walk, at, 'value_unknown', `"${value}" is none of: ${Object.keys(values).join(', ')}`);
  return value;
}
