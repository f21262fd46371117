import type { CurrencyCode, Money } from '../../shared/kernel/money.js';
import { small, type Units } from '../../shared/rules/sliding-aggregate.js';
import type { Value } from '../../shared/rules/view.js';
import type { KindOfFact } from './catalogue.js';
import { FACT_FIELDS, type FactField } from './fact-fields.js';
import type { CustomerFact } from './subject.js';

type Cell = Units | Value;

/**
 * A customer's facts of one kind, by `at`, those of the same moment in the log's order. Each field has a column: as objects they take three times the memory, all of which is
 * looked through for garbage, and a rule asks for a few fields of many facts.
 */
export class FactColumns {
  readonly at: number[] = [];
  /** By a field's place; of money the minor units, and in the next one the currency. Undefined: not held. */
  readonly columns: (Cell[] | undefined)[] = [];
  readonly #ids: string[] = [];
  readonly #held: readonly FactField[];

  /** `fields`: those to be held; the others are null. */
  constructor(readonly customerId: string, readonly kind: KindOfFact, fields: ReadonlySet<string>) {
    this.#held = [...FACT_FIELDS.get(kind)!.values()].filter(({ name }) => fields.has(name));
    for (const { place, type } of this.#held) {
      this.columns[place] = [];
      if (type === 'money') this.columns[place + 1] = [];
    }
  }

  get length(): number {
    return this.at.length;
  }

  /** Late ones go where they belong; of one moment the newest is last. */
  add({ id, at, fields }: CustomerFact): void {
    let row = this.at.length;
    while (row > 0 && this.at[row - 1]! > at) row--;
    insert(this.at, row, at);
    insert(this.#ids, row, id);
    for (const { name, type, place } of this.#held) {
      const value = fields[name] ?? null;
      if (type !== 'money') insert(this.columns[place]!, row, value);
      else {
        const money = value as Money | null;
        insert(this.columns[place]!, row, money && small(money.minor));
        insert(this.columns[place + 1]!, row, money && money.currency);
      }
    }
  }

  /** The first so many are there no more. */
  forget(count: number): void {
    for (const column of [this.at, this.#ids, ...this.columns]) column?.splice(0, count);
  }

  /** How many lie at or before the moment. */
  countUntil(moment: number): number {
    let [low, high] = [0, this.at.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at[middle]! <= moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  value({ type, place }: FactField, row: number): Value {
    const cell = this.columns[place]?.[row] ?? null;
    return type === 'money' && cell !== null ? { minor: BigInt(cell as Units), currency: this.columns[place + 1]![row] as CurrencyCode } : (cell as Value);
  }

  fact(row: number): CustomerFact {
    const fields: Record<string, Value> = {};
    for (const field of this.#held) fields[field.name] = this.value(field, row);
    return { id: this.#ids[row]!, kind: this.kind, customerId: this.customerId, at: this.at[row]!, fields };
  }

  *[Symbol.iterator](): Generator<CustomerFact, void, undefined> {
    for (let row = 0; row < this.length; row++) yield this.fact(row);
  }
}

function insert<Item>(items: Item[], place: number, item: Item): void {
  if (place === items.length) items.push(item);
  else items.splice(place, 0, item);
}
