import { z } from 'zod';
import { CURRENCIES, type CurrencyCode } from '../kernel/money.js';
import { LIMITS } from './limits.js';

/**
 * The language: a rule is a JSON tree of groups and leaves, in the shape that rule builders speak. `rule.schema.json` beside this file is generated from here.
 * A shape says only what is in a node itself; `check.ts` walks the tree with the shapes and says what the fields allow.
 */

export const COMBINATORS = ['and', 'or'] as const;
export const OPERATORS = [
  '=', '!=', '<', '<=', '>', '>=', 'between', 'in', 'notIn', 'beginsWith', 'contains', 'containsAny', 'olderThan', 'youngerThan', 'isNull', 'notNull',
] as const;
export const AGGREGATE_FUNCTIONS = ['count', 'sum', 'min', 'max', 'avg', 'distinct'] as const;
export type Combinator = (typeof COMBINATORS)[number];
export type Operator = (typeof OPERATORS)[number];
export type AggregateFunction = (typeof AGGREGATE_FUNCTIONS)[number];

/** A text, number or bool; a date "2026-01-31"; a moment "2026-01-31T08:00:00Z"; a duration "P30D"; an amount of money. */
export type Scalar = string | number | boolean | { amount: string; currency: string };
/** `between` takes a pair, `in`, `notIn` and `containsAny` a list. */
export type Constant = Scalar | Scalar[];
/** Another value of the same subject, times an exact decimal ("0.9"); once where `times` is not said. */
export interface Reference { of: Operand; times?: string | undefined }
export type Comparand = Constant | Reference;

export interface Aggregate {
  fn: AggregateFunction;
  /** A kind of fact. */
  over: string;
  /** What the facts have in common with the subject, or with the fact that triggers. */
  key: string;
  /** What is summed, or counted apart; none for `count`. */
  field?: string | undefined;
  /** Of a sum, least, greatest or average of money: only facts of this currency are taken. */
  currency?: CurrencyCode | undefined;
  where?: WhereNode | undefined;
  /** W of the facts in (t − O − W, t − O]: an ISO 8601 duration of weeks, days, hours and minutes. */
  window: string;
  /** O, the same; nothing unless said. */
  offset?: string | undefined;
}

export type Operand = { attr: string } | { fact: string } | { agg: Aggregate };
interface Comparison { operator: Operator; value?: Comparand | undefined }
export type AttributeLeaf = { attr: string } & Comparison;
/** A field of the fact that triggers. */
export type TriggerLeaf = { fact: string } & Comparison;
export type AggregateLeaf = { agg: Aggregate } & Comparison;
export interface ListLeaf { list: string; operator: 'in' | 'notIn' }
export interface Group<Node> { combinator: Combinator; not?: boolean | undefined; rules: Node[] }
export type RuleNode = Group<RuleNode> | AttributeLeaf | TriggerLeaf | AggregateLeaf | ListLeaf;
/** Within `where`: a field of the fact that is counted, compared with a constant. */
export interface FieldLeaf { field: string; operator: Operator; value?: Constant | undefined }
export type WhereNode = Group<WhereNode> | FieldLeaf;

const name = z.string().min(1).max(LIMITS.name);
const scalar = z.union([
  z.string(), z.number(), z.boolean(),
  z.strictObject({ amount: z.string(), currency: z.string() }).meta({ description: 'An amount of money with exactly the currency\'s decimals' }),
]).meta({ id: 'Scalar', description: 'A date is "2026-01-31", a moment "2026-01-31T08:00:00Z", a duration "P30D" or "PT24H"' });
const constantShape = z.union([scalar, z.array(scalar).min(1).max(LIMITS.values)])
  .meta({ id: 'Constant', description: 'A pair for between (both ends count), a list for in, notIn and containsAny' });

const combinator = z.enum(COMBINATORS);
const not = z.boolean().optional().meta({ description: 'true turns the whole group into its complement' });
const operator = z.enum(OPERATORS);
const times = z.string().optional().meta({ description: 'An exact decimal above 0, e.g. "0.9"; "1" unless said' });

const below = z.unknown().optional();
/** What is in a node itself; the nodes below it are not looked into. */
export const SHAPES = {
  combinator: z.strictObject({ combinator, not, rules: z.array(z.unknown()).min(1).max(LIMITS.children) }),
  attr: z.strictObject({ attr: name, operator, value: below }),
  fact: z.strictObject({ fact: name, operator, value: below }),
  agg: z.strictObject({ agg: z.unknown(), operator, value: below }),
  list: z.strictObject({ list: name, operator: z.enum(['in', 'notIn']) }),
  field: z.strictObject({ field: name, operator, value: below }),
} as const;
export const referenceShape = z.strictObject({ of: z.unknown(), times });
export const operandShapes = { attr: z.strictObject({ attr: name }), fact: z.strictObject({ fact: name }), agg: z.strictObject({ agg: z.unknown() }) } as const;
export const aggregateShape = z.strictObject({
  fn: z.enum(AGGREGATE_FUNCTIONS),
  over: name.meta({ description: 'A kind of fact' }),
  key: name.meta({ description: 'What the facts have in common with the subject or with the fact that triggers' }),
  field: name.optional().meta({ description: 'What is summed or counted apart; none for count' }),
  currency: z.enum(Object.keys(CURRENCIES) as CurrencyCode[]).optional().meta({ description: 'For sum, min, max and avg of money: only facts of this currency are taken' }),
  where: below,
  window: z.string().meta({ description: 'Weeks, days, hours, minutes: "P30D", "PT24H". Facts in (t - offset - window, t - offset]' }),
  offset: z.string().optional(),
});

const where: z.ZodType<WhereNode> = z.lazy(() => z.union([SHAPES.combinator.extend({ rules: z.array(where).min(1).max(LIMITS.children) }), SHAPES.field.extend({ value: constantShape.optional() })]))
  .meta({ id: 'Where', description: 'Which facts are taken' });
const aggregate = z.lazy(() => aggregateShape.extend({ where: where.optional() })).meta({ id: 'Aggregate' });
const operand: z.ZodType<Operand> = z.lazy(() => z.union([operandShapes.attr, operandShapes.fact, operandShapes.agg.extend({ agg: aggregate })])).meta({ id: 'Operand' });
const comparand = z.union([constantShape, referenceShape.extend({ of: operand })]).optional().meta({ description: 'None with isNull and notNull' });

/** The whole tree. It recurses as deep as its input: what comes from outside passes `checkRule` instead. */
export const ruleSchema: z.ZodType<RuleNode> = z.lazy(() => z.union([
  SHAPES.combinator.extend({ rules: z.array(ruleSchema).min(1).max(LIMITS.children) }).meta({ description: 'True when all (and) or some (or) of its rules are' }),
  SHAPES.attr.extend({ value: comparand }).meta({ description: 'An attribute of the subject' }),
  SHAPES.fact.extend({ value: comparand }).meta({ description: 'A field of the fact that triggers' }),
  SHAPES.agg.extend({ agg: aggregate, value: comparand }).meta({ description: 'Something computed over the subject\'s facts' }),
  SHAPES.list.meta({ description: 'Whether the subject is in a list or segment' }),
])).meta({ id: 'Rule' });
