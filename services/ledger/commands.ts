import type { Holder } from '../../shared/events/ledger/events.js';
import type { Channel } from '../../shared/events/values.js';
import type { CurrencyCode, Money } from '../../shared/kernel/money.js';
import type { GeneralLedgerLine } from './products.js';

/** ISO dates, not after the business date. For imports and corrections; the business date where absent. */
export interface BookedOn {
  readonly bookingDate?: string;
  readonly valueDate?: string;
}

export interface CashCommand extends BookedOn {
  readonly accountId: string;
  readonly money: Money;
  readonly channel: Channel;
  /** The bank's own line on the other side; by channel where absent (counter and ATM: cash, others: clearing). */
  readonly against?: GeneralLedgerLine;
  readonly memo?: string;
}

export interface TransferCommand extends BookedOn {
  readonly kind: 'transfer';
  readonly from: string;
  readonly to: string;
  readonly money: Money;
  readonly memo?: string;
}

/**
 * What the ledger can be asked. Ids are lower-case UUIDs. What a command creates (an account, a movement, a hold) has the command's own id.
 */
export type LedgerCommand =
  | { readonly kind: 'open-account'; readonly product: string; readonly currency: CurrencyCode; readonly customerId: string; readonly holders: readonly Holder[]; readonly branch?: string }
  | { readonly kind: 'change-holders'; readonly accountId: string; readonly holders: readonly Holder[]; readonly reason: string }
  | ({ readonly kind: 'deposit' } & CashCommand)
  | ({ readonly kind: 'withdraw' } & CashCommand)
  | TransferCommand
  /** Atomic: one append, all or none. Otherwise each line is a transfer of its own with its own answer. */
  | { readonly kind: 'transfer-batch'; readonly atomic: boolean; readonly transfers: readonly Omit<TransferCommand, 'kind'>[] }
  | { readonly kind: 'place-hold'; readonly accountId: string; readonly money: Money; readonly to?: string; readonly expiresAt?: string; readonly memo?: string }
  | { readonly kind: 'capture-hold'; readonly holdId: string; readonly money?: Money; readonly memo?: string }
  | { readonly kind: 'release-hold'; readonly holdId: string }
  | { readonly kind: 'freeze'; readonly accountId: string; readonly mode: 'full' | 'debit-only'; readonly reason: string }
  | { readonly kind: 'unfreeze'; readonly accountId: string; readonly reason: string }
  | { readonly kind: 'close-account'; readonly accountId: string; readonly to?: string; readonly reason?: string }
  /** Asked by the erasure of a customer, not over HTTP. What is so already is no refusal: the erasure may ask again. */
  | { readonly kind: 'bar-customer'; readonly customerId: string }
  | { readonly kind: 'lift-bar'; readonly customerId: string }
  | { readonly kind: 'reverse'; readonly movementId: string; readonly reason: string }
  /** The shard's own, on its ticks and at its founding. */
  | { readonly kind: 'found'; readonly shard: number; readonly shards: number; readonly timeZone: string; readonly businessDate: string }
  | { readonly kind: 'open-general-ledger' }
  | { readonly kind: 'claim'; readonly parts: number }
  | { readonly kind: 'open-business-date'; readonly businessDate: string }
  | { readonly kind: 'expire-holds'; readonly limit: number };

export type CommandOf<Kind extends LedgerCommand['kind']> = Extract<LedgerCommand, { kind: Kind }>;

export const MAX_BATCH_LINES = 500;
