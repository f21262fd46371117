import type { Holder } from '../../shared/events/ledger/events.js';
import { IdTable } from '../../shared/kernel/id-table.js';
import type { CurrencyCode } from '../../shared/kernel/money.js';
import { Accounts, CLOSED } from './accounts.js';
import { Holds } from './holds.js';
import { Journal } from './journal.js';

export interface Founding {
  readonly shard: number;
  readonly shards: number;
  /** IANA name; the bank's dates are in it. */
  readonly timeZone: string;
}

/**
 * A shard of the ledger in memory: what deciding needs and no more (no personal data, no history). Changed only by `evolve`; every change can be
 * taken back through the journal until its group is stored.
 */
export class LedgerState {
  readonly journal = new Journal();
  readonly accounts = new Accounts(this.journal);
  readonly holds = new Holds(this.journal);
  /** Movements that were reversed. */
  readonly reversed = new IdTable();
  /** Holders of accounts that have more than their owner, by slot. */
  readonly holders = new Map<number, readonly Holder[]>();
  /** Customers who can hold no account any more. Few: a bar is set when a customer is erased. */
  readonly barred = new Set<string>();
  /** Slots of the bank's own accounts by `line/currency`. */
  readonly generalLedger = new Map<string, number>();
  #founding: Founding | undefined;
  #businessDate = '';
  #numbersIssued = 0;

  get founding(): Founding | undefined {
    return this.#founding;
  }

  /** ISO date; empty before the founding. */
  get businessDate(): string {
    return this.#businessDate;
  }

  /** How many customers' account numbers the shard has given out. */
  get numbersIssued(): number {
    return this.#numbersIssued;
  }

  generalLedgerSlot(line: string, currency: CurrencyCode): number {
    return this.generalLedger.get(`${line}/${currency}`) ?? -1;
  }

  /** Whether the customer owns or holds an account that is not closed. Goes through all accounts: some milliseconds a million. */
  holdsOpenAccount(customerId: string): boolean {
    if (this.accounts.hasOpen(customerId)) return true;
    for (const [slot, holders] of this.holders)
      if (this.accounts.statusOf(slot) !== CLOSED && holders.some((holder) => holder.customerId === customerId)) return true;
    return false;
  }

  holdersOf(slot: number): readonly Holder[] {
    const customerId = this.accounts.customerOf(slot);
    return this.holders.get(slot) ?? (customerId === undefined ? [] : [{ customerId, role: 'owner' }]);
  }

  bar(customerId: string): void {
    if (this.barred.has(customerId)) return;
    this.barred.add(customerId);
    this.journal.record(() => this.barred.delete(customerId));
  }

  liftBar(customerId: string): void {
    if (this.barred.delete(customerId)) this.journal.record(() => this.barred.add(customerId));
  }

  found(founding: Founding): void {
    const before = this.#founding;
    this.#founding = founding;
    this.journal.record(() => (this.#founding = before));
  }

  openBusinessDate(date: string): void {
    const before = this.#businessDate;
    this.#businessDate = date;
    this.journal.record(() => (this.#businessDate = before));
  }

  issueNumber(): void {
    this.#numbersIssued++;
    this.journal.record(() => this.#numbersIssued--);
  }

  /** For a snapshot that is being read. */
  restoreNumbers(issued: number): void {
    this.#numbersIssued = issued;
  }

  setHolders(slot: number, holders: readonly Holder[]): void {
    const before = this.holders.get(slot);
    if (holders.length > 1) this.holders.set(slot, holders);
    else this.holders.delete(slot);
    this.journal.record(() => {
      if (before) this.holders.set(slot, before);
      else this.holders.delete(slot);
    });
  }

  setGeneralLedger(key: string, slot: number): void {
    this.generalLedger.set(key, slot);
    this.journal.record(() => this.generalLedger.delete(key));
  }

  markReversed(movementId: string): void {
    this.reversed.add(movementId);
    this.journal.record(() => this.reversed.removeLast());
  }
}
