import { CURRENCIES, type MoneyText } from '../kernel/money.js';
import type { FieldType } from './catalogue.js';
import { decimalText } from './quantity.js';
import { isQuantity } from './values.js';

/** What a node was worth. Plain JSON, of a size that the rule bounds. */
export interface TraceEntry {
  /** JSON pointer into the tree. */
  readonly node: string;
  readonly result: boolean;
  /** What was compared; null: there was none. */
  readonly value?: TraceValue;
  /** What it was compared with, where that is no constant: the factor is in it. */
  readonly than?: TraceValue;
}

/** Numbers are decimals in a text; an average, or a multiple, is rounded to ten places (money: to eight) and was compared exactly. */
export type TraceValue = string | boolean | MoneyText | readonly string[] | null;

const SHOWN_TEXTS = 20;
const SHOWN_CHARACTERS = 200;

export function traceValue(type: FieldType, value: unknown): TraceValue {
  if (isQuantity(value)) {
    if (value.currency === null) return decimalText(value, 10, 0);
    const digits = CURRENCIES[value.currency];
    return { amount: decimalText({ n: value.n, d: value.d * 10n ** BigInt(digits) }, 8, digits), currency: value.currency };
  }
  if (typeof value === 'number') return type === 'moment' ? momentText(value) : String(value);
  if (typeof value === 'string') return value.slice(0, SHOWN_CHARACTERS);
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.slice(0, SHOWN_TEXTS).map((text: string) => text.slice(0, SHOWN_CHARACTERS));
  return null;
}

/** A moment no calendar has is written as milliseconds. */
function momentText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
