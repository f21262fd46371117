import type { Recorded } from '../../shared/events/definition.js';
import type { Holder, LedgerEvent, Leg } from '../../shared/events/ledger/events.js';
import { amountText, minorOf, type CurrencyCode } from '../../shared/kernel/money.js';
import { unreachable } from '../../shared/kernel/decision.js';

/** An account as its events make it, for a person to read; amounts on the account's normal side. */
export interface AccountRecord {
  readonly id: string;
  readonly accountNumber: string;
  readonly product: string;
  readonly currency: CurrencyCode;
  readonly customerId?: string;
  readonly holders: readonly Holder[];
  readonly branch?: string;
  readonly status: string;
  readonly balance: string;
  readonly held: string;
  readonly openedAt: string;
}

/** Whether the event concerns the account, and with which leg. */
export function touches(event: LedgerEvent, accountId: string): boolean {
  return 'accountId' in event.data && event.data.accountId === accountId ? true : legOf(event, accountId) !== undefined;
}

export const legOf = (event: LedgerEvent, accountId: string): Leg | undefined =>
  'legs' in event.data ? event.data.legs.find((leg) => leg.accountId === accountId) : undefined;

/** The record after one more event; events that do not concern the account leave it as it is. */
export function evolveAccount(record: AccountRecord | undefined, { event, metadata }: Recorded<LedgerEvent>, accountId: string): AccountRecord | undefined {
  if (!touches(event, accountId)) return record;
  if (event.type === 'AccountOpened') {
    const { accountNumber, product, currency, customerId, holders, branch } = event.data;
    const zero = amountText(0n, currency);
    return {
      id: accountId, accountNumber, product, currency, ...(customerId && { customerId }), holders, ...(branch && { branch }),
      status: 'open', balance: zero, held: zero, openedAt: metadata.recordedAt,
    };
  }
  if (!record) return undefined;
  const leg = legOf(event, accountId);
  const moved = leg ? { ...record, balance: leg.balanceAfter.amount } : record;
  const holdBy = (minor: bigint): AccountRecord => ({ ...moved, held: amountText(minorOf(moved.held, moved.currency) + minor, moved.currency) });
  const minor = (amount: string): bigint => minorOf(amount, record.currency);
  switch (event.type) {
    case 'LedgerFounded':
    case 'CustomerBarred':
    case 'CustomerBarLifted':
    case 'LedgerClaimed':
    case 'TransferBatchReceived':
    case 'BusinessDateOpened':
      return moved;
    case 'DepositPosted':
    case 'WithdrawalPosted':
    case 'TransferPosted':
    case 'ReversalPosted':
      return moved;
    case 'HoldersChanged':
      return { ...moved, holders: event.data.after };
    case 'HoldPlaced':
      return holdBy(minor(event.data.money.amount));
    case 'HoldCaptured':
      return event.data.accountId === accountId ? holdBy(-minor(event.data.captured.amount) - minor(event.data.released.amount)) : moved;
    case 'HoldReleased':
      return holdBy(-minor(event.data.money.amount));
    case 'AccountFrozen':
      return { ...moved, status: `frozen (${event.data.mode})` };
    case 'AccountUnfrozen':
      return { ...moved, status: 'open' };
    case 'AccountClosed':
      return { ...moved, status: 'closed' };
    default:
      return unreachable(event);
  }
}
