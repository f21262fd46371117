import { BigColumn, NumberColumn } from '../../shared/kernel/columns.js';
import { KeyTable } from '../../shared/kernel/key-table.js';
import { compareRow, keyText, missingRow, readRows, type Difference, type ReadRows, type TextRow, type VerifiedTable } from '../../shared/read-store/verify.js';

/** A row's key as whole numbers from 0 to below 2^32. */
export type NumberKey = readonly [number, number, number];

/** Sums by a key of numbers, for `verify`: 16 bytes for the key, 8 to 16 to find it, 21 for what is added up, outside of the JavaScript heap. */
export class VerifiedSums {
  private readonly keys = new KeyTable();
  private readonly debits = new BigColumn();
  private readonly credits = new BigColumn();
  private readonly entries = new NumberColumn(Int32Array);
  private readonly met = new NumberColumn(Uint8Array);

  add(key: NumberKey, side: 'debit' | 'credit', minor: bigint): void {
    const slot = this.keys.slotOf(textOf(key));
    (side === 'debit' ? this.debits : this.credits).add(slot, minor);
    this.entries.set(slot, this.entries.get(slot) + 1);
  }

  /**
   * Against a table's rows. `keyOf` gives the numbers of a row's key, undefined where it has anything that the log does not know; `rowOf` gives the
   * columns of a key, to which debit, credit, entries and amount (which is the debit) are added as far as the table has them.
   */
  async *compare(read: ReadRows, table: VerifiedTable, keyOf: (row: TextRow) => NumberKey | undefined, rowOf: (key: NumberKey) => TextRow): AsyncGenerator<Difference> {
    const wanted = (slot: number): TextRow => {
      const debit = String(this.debits.get(slot));
      return { ...rowOf(numbersOf(this.keys.keyOf(slot))), debit, amount: debit, credit: String(this.credits.get(slot)), entries: String(this.entries.get(slot)) };
    };
    for await (const row of readRows(read, table)) {
      const key = keyOf(row);
      const slot = key === undefined ? -1 : this.keys.find(textOf(key));
      yield* compareRow(table, slot < 0 ? undefined : wanted(slot), row);
      if (slot >= 0) this.met.set(slot, 1);
    }
    for (const slot of this.keys.slots()) if (this.met.get(slot) === 0) yield missingRow(table, keyText(table, wanted(slot)));
  }
}

/** As the ids that a KeyTable keeps in 16 bytes. It looks where the first, second and fourth word say: the fourth spreads what differs in one number alone. */
function textOf([a, b, c]: NumberKey): string {
  const spread = Math.imul(Math.imul(a, 0x9e3779b1) ^ b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  const digits = [b, a, c, spread >>> 0].map((number) => number.toString(16).padStart(8, '0')).join('');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

function numbersOf(text: string): NumberKey {
  const digits = text.replaceAll('-', '');
  const word = (at: number): number => parseInt(digits.slice(at * 8, at * 8 + 8), 16);
  return [word(1), word(0), word(2)];
}
