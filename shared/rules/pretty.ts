import type { Catalogue, Field, Language, Titles } from './catalogue.js';
import { own } from './check-walk.js';
import type { CheckedRule } from './checked.js';
import type { Aggregate, Constant, Group, Operand, RuleNode, Scalar, WhereNode } from './language.js';
import { CHINESE, ENGLISH, type Words } from './pretty-words.js';

/** Values of a list that are said before the rest is only counted. */
const SHOWN = 10;

interface Speech {
  readonly words: Words;
  readonly catalogue: Catalogue;
  readonly trigger: string | null;
  readonly say: (titles: Titles | undefined, otherwise: string) => string;
  readonly nameOfList: (id: string) => string;
}

/** A checked rule as a sentence without its full stop. Brackets stand only where a group is within one of another combinator. */
export function prettyRule(rule: CheckedRule, catalogue: Catalogue, language: Language, nameOfList: (id: string) => string = (id) => id): string {
  const words = language === 'en' ? ENGLISH : CHINESE;
  return words.finish(sayNode({ words, catalogue, trigger: rule.trigger, say: (titles, otherwise) => titles?.[language] ?? otherwise, nameOfList }, rule.tree));
}

function sayNode(speech: Speech, node: RuleNode): string {
  if ('combinator' in node) return sayGroup(speech, node, sayNode);
  if ('list' in node) return speech.words.member(speech.nameOfList(node.list), node.operator === 'notIn');
  const field = 'agg' in node ? undefined : 'attr' in node ? own(speech.catalogue.attributes, node.attr) : triggerField(speech, node.fact);
  return sayComparison(speech, sayOperand(speech, node), field, node);
}

function sayGroup<Node extends object>(speech: Speech, group: Group<Node>, say: (speech: Speech, node: Node) => string): string {
  const { words } = speech;
  const parts = group.rules.map((rule) => {
    const text = say(speech, rule);
    const spoken = combinatorHeard(rule);
    return group.rules.length > 1 && spoken !== null && spoken !== group.combinator ? words.brackets(text) : text;
  });
  const text = parts.join(words.combine[group.combinator]);
  return group.not === true ? words.not(text) : text;
}

/** The combinator that is heard in a node's text outside brackets; null: none. */
function combinatorHeard(node: object): string | null {
  if (!('combinator' in node)) return null;
  const group = node as Group<object>;
  if (group.not === true) return null;
  return group.rules.length > 1 ? group.combinator : combinatorHeard(group.rules[0]!);
}

function sayComparison(speech: Speech, subject: string, field: Field | undefined, { operator, value }: Exclude<RuleNode, { combinator: unknown } | { list: unknown }> | Exclude<WhereNode, { combinator: unknown }>): string {
  const { words } = speech;
  const kind = field?.type === 'date' || field?.type === 'moment' ? 'time' : 'other';
  if (value === undefined) return words.compare(subject, operator, kind, '', '');
  if (typeof value === 'object' && 'of' in value) {
    const of = sayOperand(speech, value.of);
    return words.compare(subject, operator, kind, value.times === undefined ? of : words.times(value.times, of), '');
  }
  if (operator === 'olderThan' || operator === 'youngerThan') return words.compare(subject, operator, kind, words.duration(value as string), '');
  if (operator === 'between' && Array.isArray(value)) return words.compare(subject, operator, kind, sayScalar(speech, field, value[0]!), sayScalar(speech, field, value[1]!));
  return words.compare(subject, operator, kind, sayConstant(speech, field, value), '');
}

function sayConstant(speech: Speech, field: Field | undefined, value: Constant): string {
  if (!Array.isArray(value)) return sayScalar(speech, field, value);
  return speech.words.list(value.slice(0, SHOWN).map((item) => sayScalar(speech, field, item)), value.length - SHOWN);
}

function sayScalar({ words, say }: Speech, field: Field | undefined, value: Scalar): string {
  if (typeof value === 'number') return grouped(String(value));
  if (typeof value === 'boolean') return words.bool[value ? 1 : 0];
  if (typeof value === 'object') return `${value.currency} ${grouped(value.amount)}`;
  if (field?.type === 'date' || field?.type === 'moment') return value;
  return words.text(say(field?.values === undefined ? undefined : own(field.values, value), value));
}

function sayOperand(speech: Speech, operand: Operand): string {
  const { catalogue, say, words } = speech;
  if ('agg' in operand) return sayAggregate(speech, operand.agg);
  if ('attr' in operand) return say(own(catalogue.attributes, operand.attr)?.titles, operand.attr);
  return words.triggering(say(triggerField(speech, operand.fact)?.titles, operand.fact));
}

function sayAggregate(speech: Speech, { fn, over, key, field, window, offset, where }: Aggregate): string {
  const { catalogue, say, words } = speech;
  const kind = own(catalogue.facts, over);
  const fieldOf = (name: string): Field | undefined => (kind === undefined ? undefined : own(kind.fields, name));
  const sayWhere = (inner: Speech, node: WhereNode): string =>
    ('combinator' in node ? sayGroup(inner, node, sayWhere) : sayComparison(inner, say(fieldOf(node.field)?.titles, node.field), fieldOf(node.field), node));
  return words.aggregate(
    fn, say(kind?.titles, over), say(own(catalogue.keys, key)?.titles, key), field === undefined ? '' : say(fieldOf(field)?.titles, field),
    words.duration(window), offset === undefined ? '' : words.duration(offset), where === undefined ? '' : sayWhere(speech, where),
  );
}

function triggerField({ catalogue, trigger }: Speech, name: string): Field | undefined {
  const kind = trigger === null ? undefined : own(catalogue.facts, trigger);
  return kind === undefined ? undefined : own(kind.fields, name);
}

/** 50000.00 is 50,000.00. */
const grouped = (decimal: string): string => decimal.replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
