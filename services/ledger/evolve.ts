import type { LedgerEvent, Leg } from '../../shared/events/ledger/events.js';
import { unreachable } from '../../shared/kernel/decision.js';
import { minorOf, type CurrencyCode } from '../../shared/kernel/money.js';
import { CLOSED, FROZEN_DEBIT, FROZEN_FULL, OPEN } from './accounts.js';
import type { LedgerState } from './state.js';

/**
 * What a stored event does to the state. Also the fold that audit uses over any stream prefix: `events.forEach((event) => evolve(state, event))`
 * on a new LedgerState (forget the journal now and then: `state.journal.forgetTo(state.journal.mark())`).
 */
export function evolve(state: LedgerState, event: LedgerEvent): void {
  switch (event.type) {
    case 'LedgerFounded':
      return state.found(event.data);
    case 'BusinessDateOpened':
      return state.openBusinessDate(event.data.businessDate);
    case 'AccountOpened':
      return openAccount(state, event.data);
    case 'HoldersChanged':
      return state.setHolders(slotOf(state, event.data.accountId), event.data.after);
    case 'DepositPosted':
    case 'WithdrawalPosted':
    case 'TransferPosted':
      return post(state, event.data.legs);
    case 'ReversalPosted':
      post(state, event.data.legs);
      return state.markReversed(event.data.reversedMovementId);
    case 'HoldPlaced': {
      const { holdId, accountId, money, expiresAt, to } = event.data;
      const slot = slotOf(state, accountId);
      const minor = minorOf(money.amount, money.currency as CurrencyCode);
      state.accounts.setHeld(slot, state.accounts.heldOf(slot) + minor);
      return state.holds.place({ holdId, slot, minor, expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt), to });
    }
    case 'HoldCaptured':
      endHold(state, event.data.holdId);
      return post(state, event.data.legs);
    case 'HoldReleased':
      return endHold(state, event.data.holdId);
    case 'AccountFrozen':
      return state.accounts.setStatus(slotOf(state, event.data.accountId), event.data.mode === 'full' ? FROZEN_FULL : FROZEN_DEBIT);
    case 'AccountUnfrozen':
      return state.accounts.setStatus(slotOf(state, event.data.accountId), OPEN);
    case 'AccountClosed':
      return state.accounts.setStatus(slotOf(state, event.data.accountId), CLOSED);
    case 'CustomerBarred':
      return state.bar(event.data.customerId);
    case 'CustomerBarLifted':
      return state.liftBar(event.data.customerId);
    case 'LedgerClaimed':
    case 'TransferBatchReceived':
      return;
    default:
      return unreachable(event);
  }
}

function openAccount(state: LedgerState, data: Extract<LedgerEvent, { type: 'AccountOpened' }>['data']): void {
  const { overdraftLimit } = data;
  const generalLedger = data.kind === 'general-ledger';
  const slot = state.accounts.add({
    id: data.accountId,
    currency: data.currency,
    normalSide: data.normalSide,
    generalLedger,
    customerId: data.customerId,
    overdraftLimit: overdraftLimit && minorOf(overdraftLimit.amount, data.currency),
  });
  if (data.holders.length > 1) state.setHolders(slot, data.holders);
  if (generalLedger) state.setGeneralLedger(`${data.product.slice('gl-'.length)}/${data.currency}`, slot);
  else state.issueNumber();
}

function post(state: LedgerState, legs: readonly Leg[]): void {
  for (const leg of legs) {
    const slot = slotOf(state, leg.accountId);
    const minor = minorOf(leg.money.amount, leg.money.currency as CurrencyCode);
    const { accounts } = state;
    accounts.setBalance(slot, accounts.balanceOf(slot) + (leg.side === accounts.normalSideOf(slot) ? minor : -minor));
  }
}

function endHold(state: LedgerState, holdId: string): void {
  const hold = state.holds.get(holdId);
  if (!hold) throw new Error(`hold ${holdId} is not open`);
  state.accounts.setHeld(hold.slot, state.accounts.heldOf(hold.slot) - hold.minor);
  state.holds.end(holdId);
}

function slotOf(state: LedgerState, accountId: string): number {
  const slot = state.accounts.find(accountId);
  if (slot < 0) throw new Error(`account ${accountId} is not in the ledger`);
  return slot;
}
