import { reasonsOf, type LedgerEvent, type Leg } from '../../shared/events/ledger/events.js';
import { accept, reject } from '../../shared/kernel/decision.js';
import { minorOf, type CurrencyCode } from '../../shared/kernel/money.js';
import type { CommandOf } from './commands.js';
import type { LedgerDecision } from './decide-movements.js';
import { amountRefusal, entriesRefusal, legsOf, type Entry } from './posting.js';
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
  state: LedgerState, command: CommandOf<'reverse'>, original: OriginalMovement | undefined, movementId: string,
): LedgerDecision {
  if (!original) return reject('movement_not_found');
  if (original.type === 'ReversalPosted') return reject('movement_is_reversal');
  if (state.reversed.find(command.movementId) >= 0) return reject('movement_already_reversed');
  const currency = original.legs[0]!.money.currency as CurrencyCode;
  const entries = original.legs.map((leg): Entry => ({
    slot: state.accounts.find(leg.accountId), side: leg.side === 'debit' ? 'credit' : 'debit', minor: minorOf(leg.money.amount, currency),
  }));
  const refusal = entriesRefusal(state, entries, currency) ?? amountRefusal(state, entries);
  if (refusal) return reject(refusal);
  const legs = legsOf(state, entries, currency, undefined);
  return accept<LedgerEvent>({
    type: 'ReversalPosted', data: { movementId, legs, reversedMovementId: command.movementId, reasons: reasonsOf(legs, command.reason) },
  });
}
