import type { EventMetadata, Recorded } from '../../../shared/events/definition.js';
import type { Profile } from '../../../shared/events/customers/profile.js';
import { amountText } from '../../../shared/kernel/money.js';

const DAY = 86_400_000;
const uuid = (kind: number, n: number): string => `0198a7c2-0000-7000-800${kind}-${String(n).padStart(12, '0')}`;
export const personId = (n: number): string => uuid(0, n);
/** Everybody has one account. */
export const accountId = (n: number): string => uuid(1, n);
const yuan = (minor: number): { amount: string; currency: string } => ({ amount: amountText(BigInt(minor), 'CNY'), currency: 'CNY' });

/** Tells a log, event by event: what a bank in UTC would have recorded. Whoever is told of has one account in CNY. */
export class ToldBank {
  readonly log: Recorded[] = [];
  readonly #balances = new Map<string, number>();
  #movements = 0;

  /** Milliseconds since 1970. */
  constructor(public now = Date.parse('2026-03-01T00:00:00Z')) {}

  passes(minutes: number): this {
    this.now += minutes * 60_000;
    return this;
  }

  /** `backdated`: days that the booking date lies back; undefined: no money moves. */
  say(stream: string, type: string, data: object, backdated?: number, channel = 'counter'): this {
    const position = BigInt(this.log.length);
    const booked = backdated === undefined ? {} : { bookingDate: new Date(this.now - backdated * DAY).toISOString().slice(0, 10) };
    const actor = { id: 'teller', role: 'teller', channel };
    const metadata: EventMetadata = { commandId: uuid(8, this.log.length), $correlationId: '', $causationId: '', schemaVersion: 1, recordedAt: new Date(this.now).toISOString(), actor, ...booked };
    this.log.push({ id: uuid(9, this.log.length), stream, revision: position, position, event: { type, data }, metadata });
    return this;
  }

  registered(who: number, profile: Profile, branch = 'B1'): this {
    return this.say(`customer-${personId(who)}`, 'CustomerRegistered', { customerId: personId(who), kind: profile.kind, branch, profile });
  }

  opened(who: number, product = 'demand-savings'): this {
    return this.say('ledger-0', 'AccountOpened', {
      accountId: accountId(who), accountNumber: 'x', kind: 'customer', normalSide: 'credit', product, productVersion: 1, currency: 'CNY', overdraftLimit: yuan(1_000_000), customerId: personId(who), holders: [],
    });
  }

  deposited(who: number, minor: number, { backdated = 0, channel = 'counter' } = {}): this {
    return this.say('ledger-0', 'DepositPosted', { movementId: this.#movement(), legs: [this.#cash('debit', minor), this.#leg(who, 'credit', minor)] }, backdated, channel);
  }

  withdrew(who: number, minor: number, { backdated = 0, channel = 'counter' } = {}): this {
    return this.say('ledger-0', 'WithdrawalPosted', { movementId: this.#movement(), legs: [this.#leg(who, 'debit', minor), this.#cash('credit', minor)] }, backdated, channel);
  }

  transferred(from: number, to: number, minor: number, { backdated = 0, channel = 'online' } = {}): this {
    return this.say('ledger-0', 'TransferPosted', { movementId: this.#movement(), legs: [this.#leg(from, 'debit', minor), this.#leg(to, 'credit', minor)] }, backdated, channel);
  }

  changed(who: number, field: string, after: unknown): this {
    return this.say(`customer-${personId(who)}`, 'CustomerUpdated', { customerId: personId(who), fields: [field], update: { changes: [{ field, before: null, after }] } });
  }

  ticked(): this {
    return this.say('clock-bank', 'ClockTicked', { at: new Date(this.now).toISOString() });
  }

  /** Of the movement told last. */
  get movementId(): string {
    return uuid(3, this.#movements);
  }

  #movement(): string {
    return uuid(3, ++this.#movements);
  }

  #leg(who: number, side: 'debit' | 'credit', minor: number): object {
    const account = accountId(who);
    this.#balances.set(account, (this.#balances.get(account) ?? 0) + (side === 'credit' ? minor : -minor));
    return { accountId: account, customerId: personId(who), side, money: yuan(minor), balanceAfter: yuan(this.#balances.get(account)!) };
  }

  #cash(side: 'debit' | 'credit', minor: number): object {
    return { accountId: uuid(2, 0), side, money: yuan(minor), balanceAfter: yuan(0) };
  }
}
