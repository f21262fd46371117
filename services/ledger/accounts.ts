import { IdTable, PAGE_SIZE, parseWords, textOf } from '../../shared/kernel/id-table.js';
import { CURRENCIES, type CurrencyCode } from '../../shared/kernel/money.js';
import type { Journal } from './journal.js';

const CODES = Object.keys(CURRENCIES) as CurrencyCode[];
const PAGE_BITS = Math.log2(PAGE_SIZE);
const OFFSET = PAGE_SIZE - 1;

export const OPEN = 0;
export const FROZEN_FULL = 1;
export const FROZEN_DEBIT = 2;
export const CLOSED = 3;
export type AccountStatus = typeof OPEN | typeof FROZEN_FULL | typeof FROZEN_DEBIT | typeof CLOSED;

const DEBIT_NORMAL = 1;
const GENERAL_LEDGER = 2;
const UNLIMITED = 4;

/** Columns of 16,384 accounts. The first four are written once, at opening; the last three change. */
export interface AccountPage {
  readonly customers: Uint32Array;
  readonly currencies: Uint8Array;
  readonly traits: Uint8Array;
  readonly limits: BigInt64Array;
  readonly balances: BigInt64Array;
  readonly held: BigInt64Array;
  readonly statuses: Uint8Array;
}

export interface NewAccount {
  readonly id: string;
  readonly currency: CurrencyCode;
  readonly normalSide: 'debit' | 'credit';
  readonly generalLedger: boolean;
  readonly customerId?: string | undefined;
  /** Minor units; unlimited where absent. */
  readonly overdraftLimit?: bigint | undefined;
}

/**
 * Every account of a shard as columns over slots: some 60 bytes an account, no objects. All changes go through here and enter the journal.
 * Balances are on the account's normal side.
 */
export class Accounts {
  readonly ids = new IdTable();
  readonly pages: AccountPage[] = [];
  /** Told before a page's changing columns are written, for a snapshot that is being taken beside the work. */
  beforeWrite: ((page: number) => void) | undefined;
  readonly #words = new Uint32Array(4);

  constructor(private readonly journal: Journal) {}

  get count(): number {
    return this.ids.count;
  }

  /** The account's slot, or -1. */
  find(id: string): number {
    return this.ids.find(id);
  }

  idOf(slot: number): string {
    return this.ids.idOf(slot);
  }

  currencyOf(slot: number): CurrencyCode {
    return CODES[this.#page(slot).currencies[slot & OFFSET]!]!;
  }

  isGeneralLedger(slot: number): boolean {
    return (this.#page(slot).traits[slot & OFFSET]! & GENERAL_LEDGER) !== 0;
  }

  normalSideOf(slot: number): 'debit' | 'credit' {
    return (this.#page(slot).traits[slot & OFFSET]! & DEBIT_NORMAL) !== 0 ? 'debit' : 'credit';
  }

  customerOf(slot: number): string | undefined {
    const { customers } = this.#page(slot);
    const at = (slot & OFFSET) * 4;
    return customers[at] === 0 && customers[at + 1] === 0 && customers[at + 2] === 0 && customers[at + 3] === 0 ? undefined : textOf(customers, at);
  }

  /** Whether the customer owns an account that is not closed. */
  hasOpen(customerId: string): boolean {
    const words = new Uint32Array(4);
    if (!parseWords(customerId, words)) return false;
    for (let slot = 0; slot < this.count; slot++) {
      const { customers, statuses } = this.#page(slot);
      const at = (slot & OFFSET) * 4;
      if (customers[at] === words[0] && customers[at + 1] === words[1] && customers[at + 2] === words[2] && customers[at + 3] === words[3] && statuses[slot & OFFSET] !== CLOSED) return true;
    }
    return false;
  }

  /** How far below zero the balance may go; undefined for no bound. */
  limitOf(slot: number): bigint | undefined {
    const page = this.#page(slot);
    return (page.traits[slot & OFFSET]! & UNLIMITED) !== 0 ? undefined : page.limits[slot & OFFSET]!;
  }

  balanceOf(slot: number): bigint {
    return this.#page(slot).balances[slot & OFFSET]!;
  }

  heldOf(slot: number): bigint {
    return this.#page(slot).held[slot & OFFSET]!;
  }

  /** What may still be taken out, overdraft included; undefined for no bound. */
  availableOf(slot: number): bigint | undefined {
    const limit = this.limitOf(slot);
    return limit === undefined ? undefined : this.balanceOf(slot) - this.heldOf(slot) + limit;
  }

  statusOf(slot: number): AccountStatus {
    return this.#page(slot).statuses[slot & OFFSET]! as AccountStatus;
  }

  add(account: NewAccount): number {
    const slot = this.ids.add(account.id);
    const page = (this.pages[slot >>> PAGE_BITS] ??= emptyPage());
    const at = slot & OFFSET;
    this.beforeWrite?.(slot >>> PAGE_BITS);
    page.customers.fill(0, at * 4, at * 4 + 4);
    if (account.customerId !== undefined && parseWords(account.customerId, this.#words)) page.customers.set(this.#words, at * 4);
    page.currencies[at] = CODES.indexOf(account.currency);
    page.traits[at] =
      (account.normalSide === 'debit' ? DEBIT_NORMAL : 0) | (account.generalLedger ? GENERAL_LEDGER : 0) | (account.overdraftLimit === undefined ? UNLIMITED : 0);
    page.limits[at] = account.overdraftLimit ?? 0n;
    page.balances[at] = 0n;
    page.held[at] = 0n;
    page.statuses[at] = OPEN;
    this.journal.record(() => this.ids.removeLast());
    return slot;
  }

  setBalance(slot: number, balance: bigint): void {
    this.beforeWrite?.(slot >>> PAGE_BITS);
    const { balances } = this.#page(slot);
    const at = slot & OFFSET;
    const before = balances[at]!;
    balances[at] = balance;
    this.journal.record(() => {
      this.beforeWrite?.(slot >>> PAGE_BITS);
      balances[at] = before;
    });
  }

  setHeld(slot: number, held: bigint): void {
    this.beforeWrite?.(slot >>> PAGE_BITS);
    const column = this.#page(slot).held;
    const at = slot & OFFSET;
    const before = column[at]!;
    column[at] = held;
    this.journal.record(() => {
      this.beforeWrite?.(slot >>> PAGE_BITS);
      column[at] = before;
    });
  }

  setStatus(slot: number, status: AccountStatus): void {
    this.beforeWrite?.(slot >>> PAGE_BITS);
    const { statuses } = this.#page(slot);
    const at = slot & OFFSET;
    const before = statuses[at]!;
    statuses[at] = status;
    this.journal.record(() => {
      this.beforeWrite?.(slot >>> PAGE_BITS);
      statuses[at] = before;
    });
  }

  #page(slot: number): AccountPage {
    return this.pages[slot >>> PAGE_BITS]!;
  }
}

export const emptyPage = (): AccountPage => ({
  customers: new Uint32Array(PAGE_SIZE * 4),
  currencies: new Uint8Array(PAGE_SIZE),
  traits: new Uint8Array(PAGE_SIZE),
  limits: new BigInt64Array(PAGE_SIZE),
  balances: new BigInt64Array(PAGE_SIZE),
  held: new BigInt64Array(PAGE_SIZE),
  statuses: new Uint8Array(PAGE_SIZE),
});
