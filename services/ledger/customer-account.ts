import { CLOSED } from './accounts.js';
import type { LedgerState } from './state.js';

/**
 * The slot of the customer's account that a command names, or why the command cannot have it: what only customers' accounts can do is refused on the
 * bank's own. A payee that is named must be there too.
 */
export function customerAccount(state: LedgerState, accountId: string, payeeId?: string): number | 'account_not_found' | 'account_is_general_ledger' {
  const slot = state.accounts.find(accountId);
  if (slot < 0 || (payeeId !== undefined && state.accounts.find(payeeId) < 0)) return 'account_not_found';
  return state.accounts.isGeneralLedger(slot) ? 'account_is_general_ledger' : slot;
}

/** The same for a command that changes the account itself: not once it is closed. */
export function changeableAccount(state: LedgerState, accountId: string): number | 'account_not_found' | 'account_is_general_ledger' | 'account_closed' {
  const slot = customerAccount(state, accountId);
  return typeof slot === 'number' && state.accounts.statusOf(slot) === CLOSED ? 'account_closed' : slot;
}
