import type { LedgerEvent, Leg } from '../../shared/events/ledger/events.js';
import { isKeepable } from '../../shared/events/values.js';
import { minorOf, type CurrencyCode } from '../../shared/kernel/money.js';
import type { LedgerState } from './state.js';

/** A decision that would break the books. It is a bug: nothing of it may be stored. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
}

/** Dates and times of a command: whoever sends it must have refused what lies outside the years that can be kept. */
export function assertYears(...times: readonly (string | undefined)[]): void {
  for (const time of times) if (time !== undefined && !isKeepable(time)) throw new InvariantBroken('a date or time outside the years 1 to 9999');
}

/** Checked after an event was applied and before it is sent: an event that fails is taken back and never stored. */
export function assertSound(state: LedgerState, event: LedgerEvent): void {
  switch (event.type) {
    case 'DepositPosted':
    case 'WithdrawalPosted':
    case 'TransferPosted':
    case 'ReversalPosted':
    case 'HoldCaptured':
      return assertMovement(state, event.data.legs, event.type);
    case 'HoldPlaced':
      assertOwner(state, event.data, event.type);
      return assertAvailable(state, state.accounts.find(event.data.accountId), event.type);
    case 'HoldersChanged':
    case 'AccountFrozen':
    case 'AccountUnfrozen':
    case 'AccountClosed':
      return assertOwner(state, event.data, event.type);
    default:
      return;
  }
}

function assertMovement(state: LedgerState, legs: readonly Leg[], type: string): void {
  let sum = 0n;
  let others: Map<string, bigint> | undefined;
  const first = legs[0]!.money.currency;
  for (let index = 0; index < legs.length; index++) {
    const leg = legs[index]!;
    const currency = leg.money.currency as CurrencyCode;
    const minor = minorOf(leg.money.amount, currency);
    if (minor <= 0n) throw new InvariantBroken(`${type}: a leg of ${leg.money.amount}`);
    const signed = leg.side === 'debit' ? minor : -minor;
    if (currency === first) sum += signed;
    else (others ??= new Map()).set(currency, (others.get(currency) ?? 0n) + signed);
    const slot = state.accounts.find(leg.accountId);
    if (slot < 0 || state.accounts.currencyOf(slot) !== currency || leg.balanceAfter.currency !== currency)
      throw new InvariantBroken(`${type}: account ${leg.accountId} does not keep ${currency}`);
    if (lastLegOf(legs, index) && minorOf(leg.balanceAfter.amount, currency) !== state.accounts.balanceOf(slot))
      throw new InvariantBroken(`${type}: balanceAfter of ${leg.accountId} is not its balance`);
    if (leg.memo !== undefined && leg.customerId === undefined && !state.accounts.isGeneralLedger(slot)) throw new InvariantBroken(`${type}: the memo of ${leg.accountId} names no customer`);
    assertAvailable(state, slot, type);
  }
  if (sum !== 0n || (others && [...others.values()].some((rest) => rest !== 0n))) throw new InvariantBroken(`${type}: debits and credits differ`);
}

/** What is sealed under the customer who is named must be sealed under the account's: without a name it would be the house's, and never be erased. */
function assertOwner(state: LedgerState, data: { readonly accountId: string; readonly customerId?: string | undefined }, type: string): void {
  if (data.customerId !== state.accounts.customerOf(state.accounts.find(data.accountId))) throw new InvariantBroken(`${type}: ${data.accountId} is not the customer's who is named`);
}

/** Whether no later leg touches the same account: only the last one's balanceAfter is the account's balance after the event. */
function lastLegOf(legs: readonly Leg[], index: number): boolean {
  for (let later = index + 1; later < legs.length; later++) if (legs[later]!.accountId === legs[index]!.accountId) return false;
  return true;
}

function assertAvailable(state: LedgerState, slot: number, type: string): void {
  const available = state.accounts.availableOf(slot);
  if (available !== undefined && available < 0n) throw new InvariantBroken(`${type}: account ${state.accounts.idOf(slot)} falls below what is allowed`);
}
