import { IdTable } from './id-table.js';

/**
 * Keys to slots, in the order they came. A UUID in its canonical form takes 21 to 27 bytes (IdTable); whatever else a damaged or foreign log may name
 * is kept as text, in slots of its own that begin at 2^30. Two keys are the same only when their texts are.
 */
export class KeyTable {
  readonly #ids = new IdTable();
  readonly #others = new Map<string, number>();
  readonly #otherKeys: string[] = [];

  get count(): number {
    return this.#ids.count + this.#otherKeys.length;
  }

  /** The key's slot, or -1. */
  find(key: string): number {
    return isCanonical(key) ? this.#ids.find(key) : (this.#others.get(key) ?? -1);
  }

  /** Adds the key; false where it was there before. */
  add(key: string): boolean {
    const before = this.count;
    this.slotOf(key);
    return this.count > before;
  }

  /** The key's slot, made where missing. */
  slotOf(key: string): number {
    const known = this.find(key);
    if (known >= 0) return known;
    if (isCanonical(key)) return this.#ids.add(key);
    const slot = OTHERS + this.#otherKeys.push(key) - 1;
    this.#others.set(key, slot);
    return slot;
  }

  keyOf(slot: number): string {
    return slot >= OTHERS ? this.#otherKeys[slot - OTHERS]! : this.#ids.idOf(slot);
  }

  *slots(): Iterable<number> {
    for (let slot = 0; slot < this.#ids.count; slot++) yield slot;
    for (let index = 0; index < this.#otherKeys.length; index++) yield OTHERS + index;
  }
}

const OTHERS = 2 ** 30;
const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isCanonical = (key: string): boolean => key.length === 36 && CANONICAL.test(key);
