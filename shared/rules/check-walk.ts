import type { z } from 'zod';
import type { Catalogue, Field, FieldType } from './catalogue.js';
import { pointer } from './check-size.js';
import type { CheckedAggregate } from './checked.js';
import type { RuleError, RuleErrorCode } from './errors.js';
import type { Operator } from './language.js';
import { LIMITS } from './limits.js';

/** What stands around a rule. */
export interface RuleContext {
  /** The kind of fact that triggers it; null: none, as with segments. */
  readonly trigger: string | null;
  /** The lists and segments that a list or segment refers to itself; null where there is none of that id. */
  readonly lists: (id: string) => readonly string[] | null;
  /** The segment whose rule this is; null for none. */
  readonly self: string | null;
}

/** One walk over a tree: what it asks of, and what it gathers. */
export interface Walk {
  readonly catalogue: Catalogue;
  readonly context: RuleContext;
  readonly errors: RuleError[];
  readonly aggregates: Map<string, CheckedAggregate>;
  readonly attributes: Set<string>;
  readonly lists: Set<string>;
  nodes: number;
}

/** Tells an error; null, so that whoever found it can return it. */
export function fault({ errors }: Walk, node: string, code: RuleErrorCode, detail: string): null {
  errors.push({ node, code, detail });
  return null;
}

/** What is at a node by a shape; null, with the first thing that is wrong told. */
export function shaped<Shape extends z.ZodType>(walk: Walk, node: string, shape: Shape, value: unknown): z.output<Shape> | null {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const malformed = issues.find((issue) => issue.code !== 'too_big' || issue.origin !== 'array');
  const issue = malformed ?? issues[0]!;
  return fault(walk, pointer(node, ...issue.path.map(String)), malformed === undefined ? 'list_too_long' : 'malformed', issue.message);
}

export const own = <Entry>(entries: Readonly<Record<string, Entry>>, name: string): Entry | undefined => (Object.hasOwn(entries, name) ? entries[name] : undefined);

/** Counts a node, and says whether there may be as many, as deep. */
export function counted(walk: Walk, node: string, depth: number): boolean {
  walk.nodes += 1;
  if (depth <= LIMITS.depth) return true;
  fault(walk, node, 'too_deep', `deeper than ${LIMITS.depth} nodes`);
  return false;
}

const ORDERED = ['=', '!=', '<', '<=', '>', '>=', 'between'] as const;
const OPERATORS_OF: Readonly<Record<FieldType, readonly Operator[]>> = {
  number: ORDERED,
  money: ORDERED,
  date: [...ORDERED, 'olderThan', 'youngerThan'],
  moment: [...ORDERED, 'olderThan', 'youngerThan'],
  text: ['=', '!=', 'in', 'notIn', 'beginsWith'],
  bool: ['='],
  texts: ['contains', 'containsAny'],
};

/** The operators there are for values of a type. */
export const operatorsOf = (type: FieldType): readonly Operator[] => [...OPERATORS_OF[type], 'isNull', 'notNull'];

/** What a value is compared with has to fit: its type, what it can be, and of money its currency where it is known. */
export interface Expected extends Pick<Field, 'type' | 'values'> {
  readonly currency: string | null;
}
