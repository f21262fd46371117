import type { Recorded } from '../../../shared/events/definition.js';
import type { Holder } from '../../../shared/events/ledger/events.js';
import { unreachable } from '../../../shared/kernel/decision.js';
import { moneyOf, type CurrencyCode } from '../../../shared/kernel/money.js';
import { ledgerEventOf, recordedAtOf, shardOf, type Instant, type Movement } from '../movement.js';

export type AccountStatus = 'open' | 'frozen-full' | 'frozen-debit-only' | 'closed';

export interface Opening {
  readonly accountNumber: string;
  readonly kind: 'customer' | 'general-ledger';
  readonly normalSide: 'debit' | 'credit';
  readonly product: string;
  readonly productVersion: number;
  readonly currency: CurrencyCode;
  readonly customerId: string | null;
  readonly overdraftLimit: bigint | null;
  readonly branch: string | null;
  readonly channel: string;
  readonly openedAt: Instant;
}

/** What a batch does to one account; null stands for "as it was". */
export interface AccountChange {
  readonly id: string;
  opening: Opening | null;
  holders: readonly Holder[] | null;
  status: AccountStatus | null;
  closedAt: Instant | null;
  balance: bigint | null;
  /** Added to what is held. */
  heldBy: bigint;
  lastMovementAt: Instant | null;
  firstRecordedAt: Instant | null;
  firstBookingDate: string | null;
  shard: number;
  revision: bigint;
  position: bigint;
}

/** One change per account, in the order in which the batch first touches them. */
export function foldAccounts(events: readonly Recorded[], movements: ReadonlyMap<Recorded, Movement>): ReadonlyMap<string, AccountChange> {
  const changes = new Map<string, AccountChange>();
  for (const recorded of events) {
    const account = (id: string) => touch(changes, id, recorded);
    foldOne(recorded, account);
    const movement = movements.get(recorded);
    if (movement) foldEntries(movement, account);
  }
  return changes;
}

/** All but the entries of a movement. */
function foldOne(recorded: Recorded, account: (id: string) => AccountChange): void {
  const event = ledgerEventOf(recorded);
  switch (event.type) {
    case 'AccountOpened': {
      const { data } = event;
      const change = account(data.accountId);
      change.opening = {
        accountNumber: data.accountNumber, kind: data.kind, normalSide: data.normalSide, product: data.product, productVersion: data.productVersion,
        currency: data.currency, customerId: data.customerId ?? null, overdraftLimit: data.overdraftLimit ? moneyOf(data.overdraftLimit).minor : null,
        branch: data.branch ?? null, channel: recorded.metadata.actor.channel, openedAt: recordedAtOf(recorded),
      };
      change.holders = data.holders;
      change.status = 'open';
      return;
    }
    case 'HoldersChanged':
      account(event.data.accountId).holders = event.data.after;
      return;
    case 'HoldPlaced':
      account(event.data.accountId).heldBy += moneyOf(event.data.money).minor;
      return;
    case 'HoldReleased':
      account(event.data.accountId).heldBy -= moneyOf(event.data.money).minor;
      return;
    case 'HoldCaptured': {
      const { captured, released } = event.data;
      account(event.data.accountId).heldBy -= moneyOf(captured).minor + moneyOf(released).minor;
      return;
    }
    case 'AccountFrozen':
      account(event.data.accountId).status = event.data.mode === 'full' ? 'frozen-full' : 'frozen-debit-only';
      return;
    case 'AccountUnfrozen':
      account(event.data.accountId).status = 'open';
      return;
    case 'AccountClosed': {
      const change = account(event.data.accountId);
      change.status = 'closed';
      change.closedAt = recordedAtOf(recorded);
      return;
    }
    case 'DepositPosted':
    case 'WithdrawalPosted':
    case 'TransferPosted':
    case 'ReversalPosted':
    case 'LedgerFounded':
    case 'CustomerBarred':
    case 'CustomerBarLifted':
    case 'LedgerClaimed':
    case 'BusinessDateOpened':
    case 'TransferBatchReceived':
      return;
    default:
      return unreachable(event);
  }
}

function foldEntries(movement: Movement, account: (id: string) => AccountChange): void {
  for (const entry of movement.entries) {
    const change = account(entry.accountId);
    change.balance = entry.balanceAfter;
    change.lastMovementAt = movement.recordedAt;
    // Clocks of two writers may disagree and old bookings may be brought in late: the first is the smallest, not the one seen first.
    if (change.firstRecordedAt === null || movement.recordedAt < change.firstRecordedAt) change.firstRecordedAt = movement.recordedAt;
    if (change.firstBookingDate === null || movement.bookingDate < change.firstBookingDate) change.firstBookingDate = movement.bookingDate;
  }
}

function touch(changes: Map<string, AccountChange>, id: string, recorded: Recorded): AccountChange {
  let change = changes.get(id);
  if (!change) {
    change = {
      id, opening: null, holders: null, status: null, closedAt: null, balance: null, heldBy: 0n, lastMovementAt: null,
      firstRecordedAt: null, firstBookingDate: null, shard: shardOf(recorded.stream), revision: recorded.revision, position: recorded.position,
    };
    changes.set(id, change);
  }
  change.revision = recorded.revision;
  change.position = recorded.position;
  return change;
}
