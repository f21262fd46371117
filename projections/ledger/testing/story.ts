import { v5 as uuidv5 } from 'uuid';
import type { Vault } from '../../../shared/crypto/vault.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { EventMetadata, Recorded } from '../../../shared/events/definition.js';
import { reasonsOf, type Holder, type LedgerEvent, type Leg } from '../../../shared/events/ledger/events.js';
import { moneyText, type CurrencyCode } from '../../../shared/kernel/money.js';

const NAMES = '7c3f5f4e-55a0-4c0f-8b44-0f6f9b0c7a51';
/** The same name is always the same id. */
export const idOf = (name: string): string => uuidv5(name, NAMES);

type Side = 'debit' | 'credit';
type AccountEvent = Extract<LedgerEvent, { type: 'AccountOpened' }>['data'];
export interface StoryLeg {
  readonly account: string;
  readonly side: Side;
  readonly minor: bigint;
  readonly memo?: string;
}

/** Tells the events of one shard, valid ones, with balances that follow from each other; accounts, holds and movements go by names of their own. */
export class Story {
  readonly events: Recorded[] = [];
  readonly accounts = new Map<string, { readonly opened: AccountEvent; balance: bigint }>();
  readonly movements = new Map<string, readonly StoryLeg[]>();
  readonly holds = new Map<string, { readonly account: string; readonly minor: bigint }>();
  #now = '2026-03-01T09:00:00.000Z';
  #bookingDate = '2026-03-01';

  constructor(readonly shard = 0) {}

  /** From here on: the server's clock and the bank's date. */
  at(now: string, bookingDate = now.slice(0, 10)): this {
    [this.#now, this.#bookingDate] = [now, bookingDate];
    return this;
  }

  open(name: string, options: Partial<AccountEvent> & { readonly currency: CurrencyCode }): string {
    const isLine = options.kind === 'general-ledger';
    const data: AccountEvent = {
      accountId: idOf(this.shard === 0 ? name : `${this.shard}:${name}`), accountNumber: `62${String(this.shard * 1000 + this.accounts.size).padStart(8, '0')}`, kind: 'customer', normalSide: 'credit',
      product: isLine ? `gl-${name}` : 'demand-savings', productVersion: 1, holders: [],
      ...(!isLine && { overdraftLimit: moneyText({ minor: 0n, currency: options.currency }) }), ...options,
    };
    this.accounts.set(name, { opened: data, balance: 0n });
    this.tell({ type: 'AccountOpened', data });
    return data.accountId;
  }

  deposit(movement: string, account: string, minor: bigint, memo?: string): this {
    return this.post('DepositPosted', movement, [{ account: 'cash', side: 'debit', minor }, { account, side: 'credit', minor, ...(memo !== undefined && { memo }) }]);
  }

  withdraw(movement: string, account: string, minor: bigint): this {
    return this.post('WithdrawalPosted', movement, [{ account, side: 'debit', minor }, { account: 'cash', side: 'credit', minor }]);
  }

  transfer(movement: string, from: string, to: string, minor: bigint, memo?: string): this {
    const said = memo === undefined ? {} : { memo };
    return this.post('TransferPosted', movement, [{ account: from, side: 'debit', minor, ...said }, { account: to, side: 'credit', minor, ...said }]);
  }

  post(type: 'DepositPosted' | 'WithdrawalPosted' | 'TransferPosted', movement: string, legs: readonly StoryLeg[]): this {
    return this.tell({ type, data: { movementId: idOf(movement), legs: this.#legs(movement, legs) } });
  }

  reverse(movement: string, reversed: string, reason = 'posted twice'): this {
    const legs = this.#legs(movement, this.movements.get(reversed)!.map(({ account, side, minor }) => ({ account, minor, side: (side === 'debit' ? 'credit' : 'debit') as Side })));
    return this.tell({ type: 'ReversalPosted', data: { movementId: idOf(movement), legs, reversedMovementId: idOf(reversed), reasons: reasonsOf(legs, reason) } });
  }

  hold(hold: string, account: string, minor: bigint, options: { readonly expiresAt?: string; readonly memo?: string; readonly to?: string } = {}): this {
    this.holds.set(hold, { account, minor });
    const { opened } = this.accounts.get(account)!;
    const { to, ...rest } = options;
    return this.tell({ type: 'HoldPlaced', data: {
      holdId: idOf(hold), accountId: opened.accountId, ...(opened.customerId !== undefined && { customerId: opened.customerId }),
      money: moneyText({ minor, currency: opened.currency }), ...rest, ...(to !== undefined && { to: idOf(to) }),
    } });
  }

  capture(movement: string, hold: string, minor: bigint, to: string): this {
    const { account, minor: held } = this.holds.get(hold)!;
    const { opened } = this.accounts.get(account)!;
    const money = (amount: bigint) => moneyText({ minor: amount, currency: opened.currency });
    const legs = this.#legs(movement, [{ account, side: 'debit', minor }, { account: to, side: 'credit', minor }]);
    return this.tell({ type: 'HoldCaptured', data: {
      movementId: idOf(movement), legs, holdId: idOf(hold), accountId: opened.accountId, captured: money(minor), released: money(held - minor),
    } });
  }

  release(hold: string, cause: 'released' | 'expired' = 'released'): this {
    const { account, minor } = this.holds.get(hold)!;
    const { opened } = this.accounts.get(account)!;
    return this.tell({ type: 'HoldReleased', data: { holdId: idOf(hold), accountId: opened.accountId, money: moneyText({ minor, currency: opened.currency }), cause } });
  }

  freeze = (account: string, mode: 'full' | 'debit-only') => this.tell({ type: 'AccountFrozen', data: { ...this.#owned(account), mode, reason: 'court order' } });
  unfreeze = (account: string) => this.tell({ type: 'AccountUnfrozen', data: { ...this.#owned(account), reason: 'lifted' } });
  close = (account: string) => this.tell({ type: 'AccountClosed', data: this.#owned(account) });
  changeHolders = (account: string, after: Holder[]) => this.tell({ type: 'HoldersChanged', data: { ...this.#owned(account), before: [], after, reason: 'marriage' } });

  tell(event: LedgerEvent): this {
    const revision = BigInt(this.events.length);
    const id = idOf(`event ${this.shard}/${revision}`);
    const metadata: EventMetadata = {
      commandId: id, $correlationId: id, $causationId: id, schemaVersion: 1, recordedAt: this.#now, bookingDate: this.#bookingDate, valueDate: this.#bookingDate,
      actor: { id: 'teller-7', role: 'teller', branch: '0101', channel: 'counter' },
    };
    this.events.push({ id, stream: `ledger-${this.shard}`, revision, position: revision * 100n + 7n, event, metadata });
    return this;
  }

  /** As projections get them: memos and reasons sealed. */
  async sealed(vault: Vault): Promise<Recorded[]> {
    const sealed = await createCodec(vault).seal(this.events.map((recorded) => ({ ...recorded, event: recorded.event as { type: string; data: object } })));
    return this.events.map((recorded, index) => ({ ...recorded, event: { type: recorded.event.type, data: sealed[index]!.data }, metadata: sealed[index]!.metadata as EventMetadata }));
  }

  #owned(name: string): { accountId: string; customerId?: string | undefined } {
    const { accountId, customerId } = this.accounts.get(name)!.opened;
    return { accountId, ...(customerId !== undefined && { customerId }) };
  }

  #legs(movement: string, legs: readonly StoryLeg[]): Leg[] {
    this.movements.set(movement, legs);
    return legs.map(({ account: name, side, minor, memo }) => {
      const account = this.accounts.get(name)!;
      const { accountId, customerId, currency, normalSide } = account.opened;
      account.balance += side === normalSide ? minor : -minor;
      return {
        accountId, ...(customerId !== undefined && { customerId }), side, money: moneyText({ minor, currency }),
        balanceAfter: moneyText({ minor: account.balance, currency }), ...(memo !== undefined && { memo }),
      };
    });
  }
}
