import type { Recorded } from '../../shared/events/definition.js';
import type { LedgerEvent, Leg } from '../../shared/events/ledger/events.js';
import { KeyTable } from '../../shared/kernel/key-table.js';
import { minorOf } from '../../shared/kernel/money.js';
import { unreachable } from '../../shared/kernel/decision.js';
import type { Finding } from './finding.js';
import { LedgerAccounts, type AccountStatus } from './ledger-accounts.js';

/**
 * The ledger told a second time, in its simplest form and independent of the module's own fold: double entry, every recorded balance, holds,
 * what may not happen to a frozen or closed account, and that nothing is reversed, captured or opened twice.
 * Memory: about 80 bytes for each account, 24 for each movement, 200 for each hold while it is open.
 */
export class LedgerCheck {
  readonly accounts = new LedgerAccounts();
  private readonly holds = new Map<string, { account: number; minor: bigint }>();
  private readonly movements = new KeyTable();
  private readonly reversed = new KeyTable();
  private readonly numbers = new KeyTable();
  private businessDate = '';

  check({ event, stream, revision }: Recorded<LedgerEvent>): Finding[] {
    const findings: Finding[] = [];
    const where = `${stream}/${revision}`;
    try {
      for (const finding of this.tell(event, revision, (code, detail) => ({ code, where, detail }))) findings.push(finding);
    } catch (error) {
      // An amount that is none, say: whatever stands in the log ends in a finding, never in a verification that breaks off.
      findings.push({ code: 'event_unreadable', where, detail: (error as Error).message });
    }
    return findings;
  }

  private *tell(event: LedgerEvent, revision: bigint, finding: (code: string, detail: string) => Finding): Iterable<Finding> {
    switch (event.type) {
      case 'LedgerFounded':
        if (revision !== 0n) yield finding('ledger_founded_twice', 'the shard was founded again');
        return;
      case 'CustomerBarred':
      case 'CustomerBarLifted':
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
        if (this.accounts.find(accountId) >= 0) yield finding('account_opened_twice', accountId);
        if (!this.numbers.add(numberKey(accountNumber))) yield finding('account_number_twice', accountNumber);
        this.accounts.open(accountId, normalSide, currency, overdraftLimit && minorOf(overdraftLimit.amount, currency));
        return;
      }
      case 'DepositPosted':
      case 'WithdrawalPosted':
      case 'TransferPosted':
        yield* this.movement(event.data.movementId, event.data.legs, finding);
        return;
      case 'ReversalPosted':
        if (this.movements.find(event.data.reversedMovementId) < 0) yield finding('reversal_of_nothing', event.data.reversedMovementId);
        if (!this.reversed.add(event.data.reversedMovementId)) yield finding('reversed_twice', event.data.reversedMovementId);
        yield* this.movement(event.data.movementId, event.data.legs, finding);
        return;
      case 'HoldPlaced': {
        const { holdId, accountId, money } = event.data;
        const account = this.accounts.find(accountId);
        if (account < 0) return yield finding('account_unknown', accountId);
        if (this.holds.has(holdId)) yield finding('hold_placed_twice', holdId);
        const minor = minorOf(money.amount, this.accounts.currencyOf(account));
        this.holds.set(holdId, { account, minor });
        this.accounts.held.add(account, minor);
        yield* this.overdrawn(account, accountId, finding);
        return;
      }
      case 'HoldCaptured': {
        const minor = yield* this.endHold(event.data.holdId, finding);
        const { captured, released, accountId } = event.data;
        const account = this.accounts.find(accountId);
        const taken = account >= 0 ? minorOf(captured.amount, this.accounts.currencyOf(account)) + minorOf(released.amount, this.accounts.currencyOf(account)) : undefined;
        if (taken !== undefined && minor !== undefined && taken !== minor)
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
        const account = this.accounts.find(event.data.accountId);
        if (account < 0) return yield finding('account_unknown', event.data.accountId);
        const [balance, held] = [this.accounts.balances.get(account), this.accounts.held.get(account)];
        if (balance !== 0n || held !== 0n) yield finding('closed_with_money', `${event.data.accountId}: balance ${balance}, held ${held}`);
        this.accounts.setStatus(account, 'closed');
        return;
      }
      default:
        return unreachable(event);
    }
  }

  private *movement(movementId: string, legs: readonly Leg[], finding: (code: string, detail: string) => Finding): Iterable<Finding> {
    if (!this.movements.add(movementId)) yield finding('movement_twice', movementId);
    const sums = new Map<string, bigint>();
    const touched = new Map<number, string>();
    for (const { accountId, side, money, balanceAfter } of legs) {
      const account = this.accounts.find(accountId);
      if (account < 0 || this.accounts.currencyOf(account) !== money.currency) {
        yield finding('account_unknown', `${accountId} in ${money.currency}`);
        continue;
      }
      const currency = this.accounts.currencyOf(account);
      const minor = minorOf(money.amount, currency);
      sums.set(currency, (sums.get(currency) ?? 0n) + (side === 'debit' ? minor : -minor));
      const normal = this.accounts.normalOf(account);
      const balance = this.accounts.balances.add(account, side === normal ? minor : -minor);
      if (balance !== minorOf(balanceAfter.amount, currency))
        yield finding('balance_differs', `${accountId}: recorded ${balanceAfter.amount}, the entries make it ${balance} minor units`);
      const status = this.accounts.statusOf(account);
      if (status === 'closed' || status === 'full' || (status === 'debit-only' && side !== normal)) yield finding('account_not_open', `${accountId} is ${status}`);
      touched.set(account, accountId);
    }
    for (const [currency, sum] of sums) if (sum !== 0n) yield finding('ledger_unbalanced', `debits less credits: ${sum} minor units of ${currency}`);
    for (const [account, accountId] of touched) yield* this.overdrawn(account, accountId, finding);
  }

  private *endHold(holdId: string, finding: (code: string, detail: string) => Finding): Generator<Finding, bigint | undefined> {
    const hold = this.holds.get(holdId);
    if (!hold) {
      yield finding('hold_unknown', holdId);
      return undefined;
    }
    this.holds.delete(holdId);
    this.accounts.held.add(hold.account, -hold.minor);
    return hold.minor;
  }

  private setStatus(accountId: string, status: AccountStatus): void {
    const account = this.accounts.find(accountId);
    if (account >= 0) this.accounts.setStatus(account, status);
  }

  private *overdrawn(account: number, accountId: string, finding: (code: string, detail: string) => Finding): Iterable<Finding> {
    const overdraft = this.accounts.overdraftOf(account);
    if (overdraft === undefined) return;
    const [balance, held] = [this.accounts.balances.get(account), this.accounts.held.get(account)];
    if (balance - held < -overdraft) yield finding('overdrawn', `${accountId}: balance ${balance}, held ${held}, overdraft ${overdraft}`);
  }
}

/** A number of digits alone as a UUID that no other number has ("f" ends it), for the compact form of the table. */
function numberKey(accountNumber: string): string {
  if (!/^\d{1,31}$/.test(accountNumber)) return accountNumber;
  const digits = `${accountNumber}f`.padEnd(32, '0');
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}
