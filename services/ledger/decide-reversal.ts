import type { LedgerEvent, Leg } from '../../shared/events/ledger/events.js';
import { accept, reject } from '../../shared/kernel/decision.js';
import { minorOf, type CurrencyCode } from '../../shared/kernel/money.js';
import type { LedgerDecision } from './decide-movements.js';
import { amountRefusal, legsOf, statusRefusal, type Entry } from './posting.js';
import { firstOf, type LedgerCode } from './rejections.js';
import type { LedgerState } from './state.js';

/** The movement to be reversed as it stands in the log; memos are not needed. */
export interface OriginalMovement {
  readonly type: LedgerEvent['type'];
  readonly movementId: string;
  readonly legs: readonly Leg[];
}

/**
 * New entries, each leg on its other side, in one event. Whoever received the money must still have it available (overdraft included) and every
 * account must be open. Reversing a capture returns the money; the hold is not placed again.
 */
export function decideReversal(
  state: LedgerState, command: { readonly movementId: string; readonly reason: string }, original: OriginalMovement | undefined, movementId: string,
): LedgerDecision {
  if (!original) return reject('movement_not_found');
  if (original.type === 'ReversalPosted') return reject('movement_is_reversal');
  if (state.reversed.find(command.movementId) >= 0) return reject('movement_already_reversed');
  const currency = original.legs[0]!.money.currency as CurrencyCode;
  const entries: Entry[] = [];
  let status: LedgerCode | undefined;
  for (const leg of original.legs) {
    const entry: Entry = { slot: state.accounts.find(leg.accountId), side: leg.side === 'debit' ? 'credit' : 'debit', minor: minorOf(leg.money.amount, currency) };
    entries.push(entry);
    status = firstOf(status, statusRefusal(state, entry));
  }
  if (status) return reject(status);
  const amounts = amountRefusal(state, entries);
  if (amounts) return reject(amounts);
  return accept<LedgerEvent>({
    type: 'ReversalPosted',
    data: { movementId, legs: legsOf(state, entries, currency, undefined), reversedMovementId: command.movementId, reason: command.reason },
  });
}
