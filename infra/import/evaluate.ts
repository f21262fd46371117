import { calendarDate } from './column-values.js';
import { LineUnusable, lineFault, type LineFault } from './line-faults.js';
import type { Lookups } from './lookups.js';
import type { BodyNode, Expression, SourceExpression } from './mapping.js';
import { columnsIn, isExpression } from './references.js';
import type { SourceLine } from './source-lines.js';

/** The value of an expression on a line; nothing where the line says nothing. `field` names it in faults. Throws LineUnusable. */
export function evaluate(expression: Expression, line: SourceLine, lookups: Lookups, field: string): string | undefined {
  if (typeof expression === 'string') return expression === '' ? undefined : expression;
  const of = (inner: Expression) => evaluate(inner, line, lookups, field);
  switch (expression.from) {
    case 'column': return line.values[expression.name];
    case 'text': return textOf(expression.template, line);
    case 'lineNumber': return String(line.number);
    case 'first': return firstOf(expression.of, of);
    case 'join': {
      const parts = expression.parts.map(of).filter((part) => part !== undefined && part !== '');
      return parts.length === 0 ? undefined : [...parts.join(expression.separator)].slice(0, expression.max).join('');
    }
    case 'choice': return choose(expression, of, field);
    case 'lookup': {
      const found = findLines(expression, line, lookups, field)[0];
      return found && evaluate(expression.take, found, lookups, field);
    }
    case 'birthNumberDate': return birthNumber(of(expression.of), field)?.date;
    case 'birthNumberSex': return birthNumber(of(expression.of), field)?.sex;
    case 'phoneNumber': {
      const number = of(expression.of);
      if (number === undefined) return undefined;
      if (!/^\d+$/.test(number) || number.length > expression.digits)
        throw lineFault(field, 'number_unfit', `needs a number of at most ${expression.digits} digits`);
      return expression.prefix + number.padStart(expression.digits, '0');
    }
    case 'sign': {
      const amount = of(expression.of);
      return amount === undefined ? undefined : !/[1-9]/.test(amount) ? 'zero' : amount.startsWith('-') ? 'negative' : 'positive';
    }
    case 'magnitude': return of(expression.of)?.replace(/^-/, '');
  }
}

/** The value, which must be there. Throws LineUnusable. */
export function evaluateRequired(expression: Expression, line: SourceLine, lookups: Lookups, field: string): string {
  const value = evaluate(expression, line, lookups, field);
  if (value === undefined || value === '') throw lineFault(field, 'value_missing', 'has no value on this line');
  return value;
}

/** Lines of another file; a condition without a value finds none. */
export function findLines(
  lookup: { readonly file: string; readonly where: Readonly<Record<string, Expression>> }, line: SourceLine, lookups: Lookups, field: string,
): readonly SourceLine[] {
  const where: Record<string, string> = {};
  for (const [column, condition] of Object.entries(lookup.where)) {
    const value = evaluate(condition, line, lookups, field);
    if (value === undefined) return [];
    where[column] = value;
  }
  return lookups.find(lookup.file, where);
}

/** The request body of a line, without the fields that have no value. Every fault of the line at once. Throws LineUnusable. */
export function evaluateBody(body: Readonly<Record<string, BodyNode>>, line: SourceLine, lookups: Lookups): Record<string, unknown> {
  const faults: LineFault[] = [];
  const valueOf = (node: BodyNode, field: string): unknown => {
    if (typeof node !== 'object') return node;
    if (Array.isArray(node)) return node.map((item, index) => valueOf(item, `${field}.${index}`)).filter((item) => item !== undefined);
    if (!isExpression(node)) {
      const entries = Object.entries(node).map(([name, inner]) => [name, valueOf(inner, field === '' ? name : `${field}.${name}`)] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    }
    try {
      return evaluate(node as SourceExpression, line, lookups, field);
    } catch (error) {
      if (!(error instanceof LineUnusable)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const value = valueOf(body, '') as Record<string, unknown>;
  if (faults.length > 0) throw new LineUnusable(faults);
  return value;
}

function textOf(template: string, line: SourceLine): string | undefined {
  if (columnsIn(template).some((column) => line.values[column] === undefined)) return undefined;
  return template.replace(/\{([^{}]+)\}/g, (_, column: string) => line.values[column]!);
}

function firstOf(expressions: readonly Expression[], of: (inner: Expression) => string | undefined): string | undefined {
  for (const expression of expressions) {
    const value = of(expression);
    if (value !== undefined) return value;
  }
  return undefined;
}

type Choice = Extract<SourceExpression, { from: 'choice' }>;

function choose(choice: Choice, of: (inner: Expression) => string | undefined, field: string): string | undefined {
  const value = of(choice.of) ?? '';
  if (Object.hasOwn(choice.cases, value)) return of(choice.cases[value]!);
  if (choice.otherwise !== undefined) return of(choice.otherwise);
  throw lineFault(field, 'value_not_mapped', `${value === '' ? 'is empty' : 'has a value'} that the mapping has no case for`);
}

/** "706213" is a woman born on 1970-12-13; these numbers are all of the 1900s. */
function birthNumber(number: string | undefined, field: string): { date: string; sex: 'male' | 'female' } | undefined {
  if (number === undefined) return undefined;
  const match = /^(\d{2})(\d{2})(\d{2})(?:\/?\d{3})?$/.exec(number);
  const month = Number(match?.[2]);
  const date = match && calendarDate(1900 + Number(match[1]), month > 50 ? month - 50 : month, Number(match[3]));
  if (!date) throw lineFault(field, 'birth_number_malformed', 'is not a birth number (YYMMDD, with 50 added to a woman\'s month)');
  return { date, sex: month > 50 ? 'female' : 'male' };
}
