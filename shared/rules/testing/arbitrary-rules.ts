import fc from 'fast-check';
import type { Field } from '../catalogue.js';
import { operatorsOf } from '../check-walk.js';
import { parseDuration } from '../durations.js';
import type { Aggregate, Comparand, Constant, FieldLeaf, Operand, Operator, RuleNode, Scalar, WhereNode } from '../language.js';
import type { Value } from '../view.js';
import { EXAMPLE_CATALOGUE } from './example-bank.js';
import type { Happened, Subject } from './memory-view.js';

/** Rules that fit the example catalogue, and subjects with few values and moments, so that they meet often. */

export const MINUTE = 60_000;
export const START = Date.parse('2026-03-01T00:00:00Z');
const DATES = ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02'] as const;
const TEXTS = ['a', 'ab', 'b'] as const;
const MOMENT = fc.integer({ min: -240, max: 240 }).map((minutes) => START + minutes * MINUTE);
const DURATIONS = ['PT1M', 'PT7M', 'PT1H', 'PT90M', 'PT3H', 'P1D', 'P2D'] as const;
const DURATION = fc.constantFrom(...DURATIONS);
/** The windows, offsets and ages that rules have, in milliseconds. */
export const LENGTHS = DURATIONS.map((duration) => parseDuration(duration, 2) as number);
const { attributes, facts } = EXAMPLE_CATALOGUE;
const movement = facts['movement']!;

const textOf = ({ values }: Field): fc.Arbitrary<string> => fc.constantFrom(...(values === undefined ? TEXTS : Object.keys(values)));
const amount = fc.integer({ min: -3, max: 9 }).map((yuan) => `${yuan}.00`);

function scalar(field: Field): fc.Arbitrary<Scalar> {
  switch (field.type) {
    case 'number': return fc.constantFrom(-1, 0, 0.5, 1, 2, 2.000001, 3);
    case 'money': return fc.record({ amount, currency: fc.constantFrom('CNY', 'CNY', 'CZK') });
    case 'text':
    case 'texts': return textOf(field);
    case 'bool': return fc.boolean();
    case 'date': return fc.constantFrom(...DATES);
    case 'moment': return MOMENT.map((ms) => new Date(ms).toISOString());
  }
}

/** A value of a type in memory, or none. */
export function valueOf(field: Field): fc.Arbitrary<Value> {
  const value = ((): fc.Arbitrary<Value> => {
    switch (field.type) {
      case 'number': return fc.oneof(fc.constantFrom(-1, 0, 0.5, 1, 2, 2.000001, 3), fc.double());
      case 'money': return fc.record({ minor: fc.integer({ min: -3, max: 9 }).map((yuan) => BigInt(yuan) * 100n), currency: fc.constantFrom('CNY', 'CNY', 'CZK') });
      case 'text': return textOf(field);
      case 'texts': return fc.subarray(field.values === undefined ? [...TEXTS] : Object.keys(field.values));
      case 'bool': return fc.boolean();
      case 'date': return fc.constantFrom(...DATES);
      case 'moment': return MOMENT;
    }
  })();
  return fc.option(value, { freq: 4, nil: null });
}

const ORDERS: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
const AGES: readonly Operator[] = ['olderThan', 'youngerThan'];
const rank = (value: Scalar): number | string => (typeof value === 'object' ? Number(value.amount) : typeof value === 'boolean' ? Number(value) : value);

/** A constant for an operator; undefined for none. */
function constant(field: Field, operator: Operator): fc.Arbitrary<Constant | undefined> {
  if (operator === 'isNull' || operator === 'notNull') return fc.constant(undefined);
  if (AGES.includes(operator)) return DURATION;
  if (operator === 'in' || operator === 'notIn' || operator === 'containsAny') return fc.array(scalar(field), { minLength: 1, maxLength: 3 });
  if (operator !== 'between') return scalar(field);
  return fc.tuple(scalar(field), scalar(field)).map(([a, b]) => {
    const [from, to] = (rank(a) <= rank(b) ? [a, b] : [b, a]) as [Scalar, Scalar];
    return [from, typeof from === 'object' && typeof to === 'object' ? { ...to, currency: from.currency } : to];
  });
}

const compared = <Named extends object>(named: Named, operator: Operator, value: Comparand | undefined): Named & { operator: Operator; value?: Comparand } =>
  (value === undefined ? { ...named, operator } : { ...named, operator, value });

const fieldLeaf: fc.Arbitrary<FieldLeaf> = fc.constantFrom(...Object.entries(movement.fields)).chain(([name, field]) =>
  fc.constantFrom(...operatorsOf(field.type).filter((operator) => !AGES.includes(operator))).chain((operator) =>
    constant(field, operator).map((value) => compared({ field: name }, operator, value) as FieldLeaf)));

const { where } = fc.letrec<{ where: WhereNode }>((tie) => ({
  where: fc.oneof(
    { maxDepth: 2, depthIdentifier: 'where', withCrossShrink: true },
    fieldLeaf,
    fc.record({ combinator: fc.constantFrom('and' as const, 'or' as const), not: fc.boolean(), rules: fc.array(tie('where'), { minLength: 1, maxLength: 3 }) }),
  ),
}));

const NUMBER_FUNCTIONS = [{ fn: 'count' }, { fn: 'distinct', field: 'counterparty' }, { fn: 'distinct', field: 'amount' }, ...(['sum', 'min', 'max', 'avg'] as const).map((fn) => ({ fn, field: 'risk' }))] as const;
const MONEY_FUNCTIONS = (['sum', 'min', 'max', 'avg'] as const).map((fn) => ({ fn, field: 'amount', currency: 'CNY' as const }));

function aggregateArbitrary(functions: readonly Pick<Aggregate, 'fn' | 'field' | 'currency'>[]): fc.Arbitrary<Aggregate> {
  return fc.tuple(fc.constantFrom(...functions), fc.constantFrom('customer', 'account', 'counterparty'), DURATION, fc.option(DURATION, { nil: undefined }), fc.option(where, { nil: undefined }))
    .map(([computed, key, window, offset, taken]) => ({ ...computed, over: 'movement', key, window, ...(offset === undefined ? {} : { offset }), ...(taken === undefined ? {} : { where: taken }) }));
}
export const anyAggregate = aggregateArbitrary([...NUMBER_FUNCTIONS, ...MONEY_FUNCTIONS]);

const named = (entries: Readonly<Record<string, Field>>, as: 'attr' | 'fact'): fc.Arbitrary<{ operand: Operand; field: Field }> =>
  fc.constantFrom(...Object.entries(entries)).map(([name, field]) => ({ operand: (as === 'attr' ? { attr: name } : { fact: name }) as Operand, field }));
const NUMBER: Field = { type: 'number', titles: { en: '', zh: '' } };
const MONEY: Field = { type: 'money', titles: { en: '', zh: '' } };
const aggregated = (of: Field): fc.Arbitrary<{ operand: Operand; field: Field }> =>
  aggregateArbitrary(of === NUMBER ? NUMBER_FUNCTIONS : MONEY_FUNCTIONS).map((agg) => ({ operand: { agg }, field: of }));

const leaf = (triggered: boolean): fc.Arbitrary<RuleNode> => {
  const operand = fc.oneof(named(attributes, 'attr'), ...(triggered ? [named(movement.fields, 'fact')] : []), aggregated(NUMBER), aggregated(MONEY));
  const constants = operand.chain(({ operand: subject, field }) => fc.constantFrom(...operatorsOf(field.type)).chain((operator) => constant(field, operator).map((value) => {
    const yuan = 'agg' in subject ? inYuan(value) : value;
    return compared(subject, operator, yuan) as RuleNode;
  })));
  const factor = fc.option(fc.constantFrom('0.9', '1', '2.5'), { nil: undefined });
  const references = fc.tuple(operand, operand, fc.constantFrom(...ORDERS), factor)
    .filter(([{ field: a }, { field: b }]) => a.type === b.type && operatorsOf(a.type).includes('<'))
    .map(([{ operand: a, field }, { operand: of }, operator, times]) => compared(a, operator, times === undefined || (field.type !== 'number' && field.type !== 'money') ? { of } : { of, times }) as RuleNode);
  const lists = fc.record({ list: fc.constantFrom('watch', 'vip'), operator: fc.constantFrom('in' as const, 'notIn' as const) });
  return fc.oneof({ weight: 6, arbitrary: constants }, { weight: 2, arbitrary: references }, { weight: 1, arbitrary: lists });
};

function inYuan(value: Constant | undefined): Constant | undefined {
  if (Array.isArray(value)) return value.map((item) => inYuan(item) as Scalar);
  return typeof value === 'object' ? { ...value, currency: 'CNY' } : value;
}

/** Rules of the example catalogue that "movement" triggers. */
export const { rule: anyRule } = fc.letrec<{ rule: RuleNode }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'rule', withCrossShrink: true },
    leaf(true),
    fc.record({ combinator: fc.constantFrom('and' as const, 'or' as const), not: fc.boolean(), rules: fc.array(tie('rule'), { minLength: 1, maxLength: 4 }) }),
  ),
}));

const fields = (of: Readonly<Record<string, Field>>): fc.Arbitrary<Record<string, Value>> =>
  fc.record(Object.fromEntries(Object.entries(of).map(([name, field]) => [name, valueOf(field)])));

export const anyFact: fc.Arbitrary<Happened> = fc.record({
  id: fc.uuid(), at: MOMENT, kind: fc.constant('movement'), fields: fields(movement.fields),
  keys: fc.record({ account: fc.constantFrom('A1', 'A2'), counterparty: fc.constantFrom('X', 'Y') }),
});

export const anySubject: fc.Arbitrary<Subject> = fc.record({
  attributes: fields(attributes),
  happened: fc.array(anyFact, { maxLength: 12 }),
  lists: fc.subarray(['watch', 'vip']),
  trigger: fc.option(anyFact, { nil: null }),
});
