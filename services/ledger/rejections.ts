import { defineRejections, type CodeOf } from '../../shared/http/rejections.js';

/**
 * Every refusal of the ledger, in order of precedence: where several apply, the first is the answer (`precedence.test.ts` goes through
 * the table pair by pair). What is wrong in itself comes first, then what is absent, then states, then amounts.
 */
export const ledgerRejections = defineRejections([
  { code: 'batch_too_large', status: 422, title: 'A batch holds at most 500 transfers and 900 KB' },
  { code: 'amount_not_positive', status: 400, title: 'The amount must be above zero' },
  { code: 'date_in_future', status: 422, title: 'A booking or value date may not lie after the bank\'s business date' },
  { code: 'expiry_in_past', status: 422, title: 'The hold would expire before it began' },
  { code: 'same_account', status: 422, title: 'The two accounts are one' },
  { code: 'product_unknown', status: 422, title: 'No such product' },
  { code: 'currency_not_offered', status: 422, title: 'The product is not offered in this currency' },
  { code: 'holders_invalid', status: 422, title: 'The holders must be different people and the customer the only owner' },
  { code: 'customer_not_found', status: 422, title: 'No such customer' },
  { code: 'customer_merged', status: 422, title: 'The record was merged into another, whose id is given' },
  { code: 'customer_restricted', status: 422, title: 'The customer\'s data is kept and not processed' },
  { code: 'account_not_found', status: 404, title: 'No such account' },
  { code: 'hold_not_found', status: 404, title: 'No such hold' },
  { code: 'movement_not_found', status: 404, title: 'No such movement of money' },
  { code: 'account_is_general_ledger', status: 422, title: 'Not possible on one of the bank\'s own accounts' },
  { code: 'movement_is_reversal', status: 422, title: 'A reversal cannot itself be reversed' },
  { code: 'movement_already_reversed', status: 422, title: 'The movement has been reversed already' },
  { code: 'hold_ended', status: 422, title: 'The hold was captured or released already' },
  { code: 'hold_expired', status: 422, title: 'The hold has expired' },
  { code: 'account_closed', status: 422, title: 'The account is closed' },
  { code: 'customer_has_open_accounts', status: 422, title: 'The customer holds accounts that are not closed' },
  { code: 'customer_barred', status: 422, title: 'The customer\'s business with the bank has ended' },
  { code: 'currency_mismatch', status: 422, title: 'The currencies differ' },
  { code: 'account_already_frozen', status: 422, title: 'The account is frozen in this way already' },
  { code: 'account_not_frozen', status: 422, title: 'The account is not frozen' },
  { code: 'account_frozen', status: 422, title: 'The account is frozen' },
  { code: 'payee_unavailable', status: 422, title: 'The account that the money is to go to takes none' },
  { code: 'holds_open', status: 422, title: 'Money is still held on the account' },
  { code: 'balance_not_zero', status: 422, title: 'The account\'s balance is not settled' },
  { code: 'holders_unchanged', status: 422, title: 'The holders are these already' },
  { code: 'capture_exceeds_hold', status: 422, title: 'More than the hold' },
  { code: 'insufficient_funds', status: 422, title: 'The available balance does not cover the amount' },
  { code: 'balance_too_large', status: 422, title: 'The balance would leave the range that books are kept in' },
  { code: 'customer_erased', status: 422, title: 'The customer\'s data has been erased' },
  { code: 'batch_refused', status: 422, title: 'A line of the batch is refused, so none was posted' },
]);
export type LedgerCode = CodeOf<typeof ledgerRejections>;

const rank = new Map<string, number>(ledgerRejections.map(({ code }, index) => [code, index]));

/** Of two refusals, the one that the table puts first. */
export const firstOf = (a: LedgerCode | undefined, b: LedgerCode | undefined): LedgerCode | undefined =>
  a === undefined ? b : b === undefined ? a : rank.get(a)! <= rank.get(b)! ? a : b;
