import { BigColumn, NumberColumn } from '../../shared/kernel/columns.js';
import { KeyTable } from '../../shared/kernel/key-table.js';
import { CURRENCIES, type CurrencyCode } from '../../shared/kernel/money.js';

const CODES = Object.keys(CURRENCIES) as CurrencyCode[];
const STATUSES = ['open', 'full', 'debit-only', 'closed'] as const;
export type AccountStatus = (typeof STATUSES)[number];

/** The accounts of one shard as its check needs them, by slot; about 55 bytes each. Minor units, on the account's normal side. */
export class LedgerAccounts {
  private readonly ids = new KeyTable();
  private readonly currencies = new NumberColumn(Uint8Array);
  private readonly debitNormal = new NumberColumn(Uint8Array);
  private readonly bounded = new NumberColumn(Uint8Array);
  private readonly statuses = new NumberColumn(Uint8Array);
  private readonly overdrafts = new BigColumn();
  readonly balances = new BigColumn();
  readonly held = new BigColumn();

  get count(): number {
    return this.ids.count;
  }

  /** The account's slot, or -1. */
  find(accountId: string): number {
    return this.ids.find(accountId);
  }

  /** `overdraft` is undefined where there is no bound. One that is there already begins anew. */
  open(accountId: string, normal: 'debit' | 'credit', currency: CurrencyCode, overdraft: bigint | undefined): void {
    const slot = this.ids.slotOf(accountId);
    this.currencies.set(slot, CODES.indexOf(currency));
    this.debitNormal.set(slot, normal === 'debit' ? 1 : 0);
    this.bounded.set(slot, overdraft === undefined ? 0 : 1);
    this.overdrafts.set(slot, overdraft ?? 0n);
    this.balances.set(slot, 0n);
    this.held.set(slot, 0n);
    this.statuses.set(slot, 0);
  }

  currencyOf(slot: number): CurrencyCode {
    return CODES[this.currencies.get(slot)]!;
  }

  normalOf(slot: number): 'debit' | 'credit' {
    return this.debitNormal.get(slot) === 1 ? 'debit' : 'credit';
  }

  overdraftOf(slot: number): bigint | undefined {
    return this.bounded.get(slot) === 1 ? this.overdrafts.get(slot) : undefined;
  }

  statusOf(slot: number): AccountStatus {
    return STATUSES[this.statuses.get(slot)]!;
  }

  setStatus(slot: number, status: AccountStatus): void {
    this.statuses.set(slot, STATUSES.indexOf(status));
  }
}
