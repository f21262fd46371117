import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { accept, nothing, reject } from '../../shared/kernel/decision.js';
import type { CommandOf } from './commands.js';
import type { LedgerDecision } from './decide-movements.js';
import type { LedgerState } from './state.js';

/** In the stream of the accounts themselves, so that none is opened between the question and the bar. */
export function decideBarCustomer(state: LedgerState, { customerId }: CommandOf<'bar-customer'>): LedgerDecision {
  if (state.barred.has(customerId)) return nothing;
  if (state.holdsOpenAccount(customerId)) return reject('customer_has_open_accounts');
  return accept<LedgerEvent>({ type: 'CustomerBarred', data: { customerId } });
}

export function decideLiftBar(state: LedgerState, { customerId }: CommandOf<'lift-bar'>): LedgerDecision {
  return state.barred.has(customerId) ? accept<LedgerEvent>({ type: 'CustomerBarLifted', data: { customerId } }) : nothing;
}
