import type { Catalogue } from './catalogue.js';
import { checkAggregate, checkDuration } from './check-aggregate.js';
import { constantTest } from './check-constant.js';
import { checkList } from './check-list.js';
import { pointer, sizeError } from './check-size.js';
import { counted, fault, operatorsOf, own, shaped, type Expected, type RuleContext, type Walk } from './check-walk.js';
import type { CheckedNode, CheckedOperand, CheckedRule, CheckedTest, Order } from './checked.js';
import type { RuleError } from './errors.js';
import { operandShapes, referenceShape, SHAPES, type Operator, type RuleNode } from './language.js';
import { LIMITS } from './limits.js';
import { ONE, parseFactor } from './quantity.js';

export type RuleCheck = { readonly ok: true; readonly rule: CheckedRule } | { readonly ok: false; readonly errors: readonly RuleError[] };

/** Reads a tree from outside against a catalogue. All errors are told at once, in the order of the tree; nothing it is given makes it throw. */
export function checkRule(tree: unknown, catalogue: Catalogue, context: RuleContext): RuleCheck {
  const size = sizeError(tree);
  if (size !== null) return { ok: false, errors: [size] };
  const walk: Walk = { catalogue, context, errors: [], aggregates: new Map(), attributes: new Set(), lists: new Set(), nodes: 0 };
  const root = checkNode(walk, '', 1, tree);
  if (walk.nodes > LIMITS.nodes) return { ok: false, errors: [{ node: '', code: 'too_many_nodes', detail: `${walk.nodes} nodes, ${LIMITS.nodes} at most` }] };
  if (root === null || walk.errors.length > 0) return { ok: false, errors: walk.errors };
  const rule: CheckedRule = {
    tree: tree as RuleNode, root, aggregates: [...walk.aggregates.values()], attributes: [...walk.attributes], lists: [...walk.lists], trigger: context.trigger,
  };
  return { ok: true, rule };
}

function checkNode(walk: Walk, node: string, depth: number, value: unknown): CheckedNode | null {
  if (!counted(walk, node, depth)) return null;
  if (typeof value !== 'object' || value === null) return fault(walk, node, 'malformed', 'a group or a leaf is needed');
  if ('combinator' in value) {
    const group = shaped(walk, node, SHAPES.combinator, value);
    if (group === null) return null;
    const rules = group.rules.map((rule, i) => checkNode(walk, pointer(node, 'rules', i), depth + 1, rule));
    return { is: 'group', node, combinator: group.combinator, not: group.not === true, rules: rules.filter((rule) => rule !== null) };
  }
  if ('list' in value) {
    const leaf = shaped(walk, node, SHAPES.list, value);
    return leaf === null || !checkList(walk, pointer(node, 'list'), leaf.list) ? null : { is: 'list', node, list: leaf.list, not: leaf.operator === 'notIn' };
  }
  const shape = 'attr' in value ? SHAPES.attr : 'fact' in value ? SHAPES.fact : 'agg' in value ? SHAPES.agg : null;
  if (shape === null) return fault(walk, node, 'malformed', 'a node has one of: combinator, attr, fact, agg, list');
  const leaf = shaped(walk, node, shape, value);
  if (leaf === null) return null;
  const { operator, value: than, ...named } = leaf;
  const subject = checkOperand(walk, node, depth, named);
  if (subject === null) return null;
  const test = checkTest(walk, node, depth, subject.expected, operator, than);
  return test === null ? null : { is: 'comparison', node, operand: subject.operand, test };
}

interface Subject { readonly operand: CheckedOperand; readonly expected: Expected }

function checkOperand(walk: Walk, node: string, depth: number, value: object): Subject | null {
  if ('agg' in value) {
    const shape = shaped(walk, node, operandShapes.agg, value);
    const aggregate = shape === null ? null : checkAggregate(walk, pointer(node, 'agg'), depth, shape.agg);
    if (aggregate === null) return null;
    const type = aggregate.currency === null ? 'number' : 'money';
    return { operand: { from: 'agg', aggregate, type }, expected: { type, currency: aggregate.currency } };
  }
  if ('fact' in value) {
    const shape = shaped(walk, node, operandShapes.fact, value);
    if (shape === null) return null;
    const kind = walk.context.trigger === null ? undefined : own(walk.catalogue.facts, walk.context.trigger);
    const field = kind === undefined ? undefined : own(kind.fields, shape.fact);
    if (kind !== undefined && field === undefined) return fault(walk, pointer(node, 'fact'), 'unknown_field', `what triggers has no field "${shape.fact}"`);
    if (field === undefined) return fault(walk, pointer(node, 'fact'), 'trigger_missing', 'no fact triggers this rule');
    return { operand: { from: 'fact', name: shape.fact, type: field.type }, expected: { ...field, currency: null } };
  }
  const shape = shaped(walk, node, operandShapes.attr, value);
  if (shape === null) return null;
  const field = own(walk.catalogue.attributes, shape.attr);
  if (field === undefined) return fault(walk, pointer(node, 'attr'), 'unknown_field', `there is no attribute "${shape.attr}"`);
  walk.attributes.add(shape.attr);
  return { operand: { from: 'attr', name: shape.attr, type: field.type }, expected: { ...field, currency: null } };
}

function checkTest(walk: Walk, node: string, depth: number, expected: Expected, operator: Operator, value: unknown): CheckedTest | null {
  const reference = typeof value === 'object' && value !== null && 'of' in value ? checkReference(walk, pointer(node, 'value'), depth, value) : undefined;
  if (reference === null) return null;
  if (!operatorsOf(expected.type).includes(operator)) {
    return fault(walk, pointer(node, 'operator'), 'operator_invalid', `${expected.type} has: ${operatorsOf(expected.type).join(' ')}`);
  }
  if (reference !== undefined) return referenceTest(walk, node, expected, operator, reference);
  if (operator !== 'olderThan' && operator !== 'youngerThan') return constantTest(walk, node, expected, operator, value);
  const at = pointer(node, 'value');
  if (value === undefined) return fault(walk, node, 'value_missing', `${operator} needs a duration`);
  if (typeof value !== 'string') return fault(walk, at, 'type_mismatch', 'a duration like "P30D" is needed');
  const than = checkDuration(walk, at, value, LIMITS.ageDays);
  return than === null ? null : { is: 'age', older: operator === 'olderThan', than };
}

interface Referred extends Subject { readonly times: string | undefined }

function checkReference(walk: Walk, at: string, depth: number, value: object): Referred | null {
  const reference = shaped(walk, at, referenceShape, value);
  if (reference === null) return null;
  if (typeof reference.of !== 'object' || reference.of === null) return fault(walk, pointer(at, 'of'), 'malformed', 'one of: attr, fact, agg');
  const subject = checkOperand(walk, pointer(at, 'of'), depth, reference.of);
  return subject === null ? null : { ...subject, times: reference.times };
}

const ORDERS: Partial<Record<Operator, Order>> = { '=': '=', '!=': '=', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };

function referenceTest(walk: Walk, node: string, { type, currency }: Expected, operator: Operator, { operand, expected: of, times }: Referred): CheckedTest | null {
  const at = pointer(node, 'value');
  const order = ORDERS[operator];
  if (order === undefined) return fault(walk, pointer(node, 'operator'), 'operator_invalid', `${operator} takes constants only`);
  if (of.type !== type) return fault(walk, pointer(at, 'of'), 'type_mismatch', `${type} is compared with ${of.type}`);
  if (times !== undefined && type !== 'number' && type !== 'money') return fault(walk, pointer(at, 'times'), 'type_mismatch', `there is no multiple of ${type}`);
  if (currency !== null && of.currency !== null && currency !== of.currency) {
    return fault(walk, pointer(at, 'of'), 'currency_mismatch', `${currency} is compared with ${of.currency}`);
  }
  const factor = times === undefined ? ONE : parseFactor(times, LIMITS.factor);
  if (factor === null) return fault(walk, pointer(at, 'times'), 'value_out_of_range', `a decimal above 0 to ${LIMITS.factor} with at most six decimals, in a text`);
  return { is: 'reference', order, not: operator === '!=', of: operand, times: factor };
}
