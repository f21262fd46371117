import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent, Leg } from '../../shared/events/ledger/events.js';
import { minorOf, type CurrencyCode } from '../../shared/kernel/money.js';
import { unreachable } from '../../shared/kernel/decision.js';
import type { Finding } from './finding.js';

interface Account {
  readonly normal: 'debit' | 'credit';
  readonly currency: CurrencyCode;
  /** Undefined: unbounded. */
  readonly overdraft: bigint | undefined;
  balance: bigint;
  held: bigint;
  status: 'open' | 'full' | 'debit-only' | 'closed';
}

/**
 * The ledger told a second time, in its simplest form and independent of the module's own fold: double entry, every recorded balance, holds,
 * what may not happen to a frozen or closed account, and that nothing is reversed, captured or opened twice.
 */
export class LedgerCheck {
  readonly accounts = new Map<string, Account>();
  private readonly holds = new Map<string, { accountId: string; minor: bigint }>();
  private readonly movements = new Set<string>();
  private readonly reversed = new Set<string>();
  private readonly numbers = new Set<string>();
  private businessDate = '';

  *check({ event, stream, revision }: Recorded<LedgerEvent>): Iterable<Finding> {
    const where = `${stream}/${revision}`;
    const finding = (code: string, detail: string): Finding => ({ code, where, detail });
    switch (event.type) {
      case 'LedgerFounded':
        if (revision !== 0n) yield finding('ledger_founded_twice', 'the shard was founded again');
        return;
      case 'LedgerClaimed':
      case 'TransferBatchReceived':
      case 'HoldersChanged':
        return;
      case 'BusinessDateOpened':
        if (event.data.businessDate <= this.businessDate) yield finding('business_date_back', `${event.data.businessDate} after ${this.businessDate}`);
        this.businessDate = event.data.businessDate;
        return;
      case 'AccountOpened': {
        const { accountId, accountNumber, normalSide, currency, overdraftLimit } = event.data;
        if (this.accounts.has(accountId)) yield finding('account_opened_twice', accountId);
        if (this.numbers.has(accountNumber)) yield finding('account_number_twice', accountNumber);
        this.numbers.add(accountNumber);
        this.accounts.set(accountId, { normal: normalSide, currency, overdraft: overdraftLimit && minorOf(overdraftLimit.amount, currency), balance: 0n, held: 0n, status: 'open' });
        return;
      }
      case 'DepositPosted':
      case 'WithdrawalPosted':
      case 'TransferPosted':
        yield* this.movement(event.data.movementId, event.data.legs, finding);
        return;
      case 'ReversalPosted':
        if (!this.movements.has(event.data.reversedMovementId)) yield finding('reversal_of_nothing', event.data.reversedMovementId);
        if (this.reversed.has(event.data.reversedMovementId)) yield finding('reversed_twice', event.data.reversedMovementId);
        this.reversed.add(event.data.reversedMovementId);
        yield* this.movement(event.data.movementId, event.data.legs, finding);
        return;
      case 'HoldPlaced': {
        const { holdId, accountId, money } = event.data;
        const account = this.accounts.get(accountId);
        if (!account) return yield finding('account_unknown', accountId);
        if (this.holds.has(holdId)) yield finding('hold_placed_twice', holdId);
        const minor = minorOf(money.amount, account.currency);
        this.holds.set(holdId, { accountId, minor });
        account.held += minor;
        yield* overdrawn(account, accountId, finding);
        return;
      }
      case 'HoldCaptured': {
        const minor = yield* this.endHold(event.data.holdId, finding);
        const { captured, released, accountId } = event.data;
        const currency = this.accounts.get(accountId)?.currency;
        if (currency && minor !== undefined && minorOf(captured.amount, currency) + minorOf(released.amount, currency) !== minor)
          yield finding('hold_not_conserved', `${captured.amount} captured and ${released.amount} released of ${minor}`);
        yield* this.movement(event.data.movementId, event.data.legs, finding);
        return;
      }
      case 'HoldReleased':
        yield* this.endHold(event.data.holdId, finding);
        return;
      case 'AccountFrozen':
        this.setStatus(event.data.accountId, event.data.mode);
        return;
      case 'AccountUnfrozen':
        this.setStatus(event.data.accountId, 'open');
        return;
      case 'AccountClosed': {
        const account = this.accounts.get(event.data.accountId);
        if (!account) return yield finding('account_unknown', event.data.accountId);
        if (account.balance !== 0n || account.held !== 0n) yield finding('closed_with_money', `${event.data.accountId}: balance ${account.balance}, held ${account.held}`);
        account.status = 'closed';
        return;
      }
      default:
        return unreachable(event);
    }
  }

  private *movement(movementId: string, legs: readonly Leg[], finding: (code: string, detail: string) => Finding): Iterable<Finding> {
    if (this.movements.has(movementId)) yield finding('movement_twice', movementId);
    this.movements.add(movementId);
    const sums = new Map<string, bigint>();
    const touched = new Set<string>();
    for (const { accountId, side, money, balanceAfter } of legs) {
      const account = this.accounts.get(accountId);
      if (!account || account.currency !== money.currency) {
        yield finding('account_unknown', `${accountId} in ${money.currency}`);
        continue;
      }
      const minor = minorOf(money.amount, account.currency);
      sums.set(money.currency, (sums.get(money.currency) ?? 0n) + (side === 'debit' ? minor : -minor));
      account.balance += side === account.normal ? minor : -minor;
      if (account.balance !== minorOf(balanceAfter.amount, account.currency))
        yield finding('balance_differs', `${accountId}: recorded ${balanceAfter.amount}, the entries make it ${account.balance} minor units`);
      if (account.status === 'closed' || account.status === 'full' || (account.status === 'debit-only' && side !== account.normal))
        yield finding('account_not_open', `${accountId} is ${account.status}`);
      touched.add(accountId);
    }
    for (const [currency, sum] of sums) if (sum !== 0n) yield finding('ledger_unbalanced', `debits less credits: ${sum} minor units of ${currency}`);
    for (const accountId of touched) yield* overdrawn(this.accounts.get(accountId)!, accountId, finding);
  }

  private *endHold(holdId: string, finding: (code: string, detail: string) => Finding): Generator<Finding, bigint | undefined> {
    const hold = this.holds.get(holdId);
    if (!hold) {
      yield finding('hold_unknown', holdId);
      return undefined;
    }
    this.holds.delete(holdId);
    this.accounts.get(hold.accountId)!.held -= hold.minor;
    return hold.minor;
  }

  private setStatus(accountId: string, status: Account['status']): void {
    const account = this.accounts.get(accountId);
    if (account) account.status = status;
  }
}

function* overdrawn(account: Account, accountId: string, finding: (code: string, detail: string) => Finding): Iterable<Finding> {
  if (account.overdraft !== undefined && account.balance - account.held < -account.overdraft)
    yield finding('overdrawn', `${accountId}: balance ${account.balance}, held ${account.held}, overdraft ${account.overdraft}`);
}
