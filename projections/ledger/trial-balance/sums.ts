import { BigColumn, NumberColumn } from '../../../shared/kernel/columns.js';

const THERE = 1;
const MET = 2;

/** Debits, credits and accounts of one line of the ledger by bucket (a day, a minute), as `verify` adds them up. */
export class Sums {
  private readonly debits = new BigColumn();
  private readonly credits = new BigColumn();
  private readonly accounts = new NumberColumn(Int32Array);
  private readonly states = new NumberColumn(Uint8Array);

  add(bucket: number, side: 'debit' | 'credit', minor: bigint): void {
    (side === 'debit' ? this.debits : this.credits).add(bucket, minor);
    this.states.set(bucket, THERE);
  }

  count(bucket: number): void {
    this.accounts.set(bucket, this.accounts.get(bucket) + 1);
  }

  /** Whether the bucket is there; it then counts as met. */
  meet(bucket: number): boolean {
    if (this.states.get(bucket) === 0) return false;
    this.states.set(bucket, MET);
    return true;
  }

  *unmet(): Iterable<number> {
    for (const bucket of this.states.used()) if (this.states.get(bucket) !== MET) yield bucket;
  }

  textOf(bucket: number): { readonly debit: string; readonly credit: string; readonly accounts: string } {
    return { debit: String(this.debits.get(bucket)), credit: String(this.credits.get(bucket)), accounts: String(this.accounts.get(bucket)) };
  }
}
