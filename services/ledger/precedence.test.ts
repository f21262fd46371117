import t from 'tap';
import { BEN, Books, NOW, idOf, money, openAccount, ownAccount } from './ledger-fixture.js';
import type { LedgerCommand } from './commands.js';
import { ledgerRejections, type LedgerCode } from './rejections.js';

/**
 * Row by row through the table: for neighbours that one command can earn both at once, such a command, which must be answered with the first; otherwise
 * why no command can. Where a pair has none, the nearest later code that can coincide is tried instead (`with`).
 */
interface Pair {
  readonly command: (books: Books) => LedgerCommand;
  readonly with: LedgerCode;
}

const soon = new Date(NOW + 60_000).toISOString();
const past = new Date(NOW - 60_000).toISOString();
const zero = money('0.00');
const nobody = idOf('nobody');

/** A closed account, one frozen in full, a frozen one with a hold and money, a poor one, one in dollars, movements and holds of every kind. */
function bank(): Books {
  const books = Books.founded();
  const rich = books.account('rich', '1000.00');
  books.account('poor', '1.00');
  books.account('dollars', '5.00', 'USD');
  books.account('closed');
  books.must({ kind: 'transfer', from: rich, to: idOf('closed'), money: money('5.00') }, 'to closed');
  books.must({ kind: 'close-account', accountId: idOf('closed'), to: rich }, 'closing');
  const frozen = books.account('frozen', '50.00');
  books.must({ kind: 'place-hold', accountId: frozen, money: money('10.00') }, 'frozen hold');
  books.must({ kind: 'transfer', from: rich, to: frozen, money: money('900.00') }, 'to frozen');
  books.must({ kind: 'freeze', accountId: frozen, mode: 'full', reason: 'court' }, 'freeze');
  books.must({ kind: 'place-hold', accountId: rich, money: money('1.00'), to: frozen, expiresAt: soon }, 'expired hold');
  books.must({ kind: 'place-hold', accountId: rich, money: money('1.00') }, 'hold');
  books.must({ kind: 'place-hold', accountId: rich, money: money('1.00') }, 'ended hold');
  books.must({ kind: 'release-hold', holdId: idOf('ended hold') }, 'release');
  books.must({ kind: 'transfer', from: rich, to: idOf('poor'), money: money('2.00') }, 'moved');
  books.must({ kind: 'reverse', movementId: idOf('moved'), reason: 'wrong' }, 'reversal');
  books.must({ kind: 'transfer', from: rich, to: idOf('poor'), money: money('20.00') }, 'spent');
  books.must({ kind: 'withdraw', accountId: idOf('poor'), money: money('21.00'), channel: 'atm' }, 'spending');
  return books;
}

const transfer = (from: string, to: string, amount = money('1.00'), more: { bookingDate?: string } = {}): LedgerCommand => ({ kind: 'transfer', from, to, money: amount, ...more });
const [rich, poor, dollars, closed, frozen] = ['rich', 'poor', 'dollars', 'closed', 'frozen'].map(idOf) as [string, string, string, string, string];
const cash = ownAccount('cash');

const pairs: Partial<Record<LedgerCode, Pair | string>> = {
  batch_too_large: 'is judged before any line is (shard-commands.test.ts)',
  amount_not_positive: { command: () => transfer(rich, poor, zero, { bookingDate: '2026-03-03' }), with: 'date_in_future' },
  date_in_future: { command: () => transfer(rich, rich, money('1.00'), { bookingDate: '2026-03-03' }), with: 'same_account' },
  expiry_in_past: { command: () => ({ kind: 'place-hold', accountId: rich, money: money('1.00'), to: rich, expiresAt: past }), with: 'same_account' },
  same_account: { command: () => transfer(nobody, nobody), with: 'account_not_found' },
  product_unknown: { command: () => ({ ...openAccount(), product: 'none', currency: 'GBP' }) as LedgerCommand, with: 'currency_not_offered' },
  currency_not_offered: {
    command: () => ({ kind: 'open-account', product: 'current-overdraft', currency: 'JPY', customerId: BEN, holders: [{ customerId: nobody, role: 'owner' }] }), with: 'holders_invalid',
  },
  holders_invalid: {
    command: () => ({ kind: 'change-holders', accountId: closed, holders: [{ customerId: BEN, role: 'owner' }], reason: 'x' }), with: 'account_closed',
  },
  customer_not_found: 'is judged by the route, before the ledger is asked (routes)',
  customer_merged: 'is judged by the route, before the ledger is asked (routes)',
  customer_restricted: 'is judged by the route, before the ledger is asked (routes)',
  account_not_found: { command: () => ({ kind: 'place-hold', accountId: cash, to: nobody, money: money('1.00') }), with: 'account_is_general_ledger' },
  hold_not_found: 'nothing else can be known of a hold that never was',
  movement_not_found: 'nothing else can be known of a movement that never was',
  account_is_general_ledger: { command: () => ({ kind: 'deposit', accountId: cash, money: money('1.00', 'USD'), channel: 'counter' }), with: 'currency_mismatch' },
  movement_is_reversal: { command: () => ({ kind: 'reverse', movementId: idOf('reversal'), reason: 'again' }), with: 'insufficient_funds' },
  movement_already_reversed: { command: () => ({ kind: 'reverse', movementId: idOf('moved'), reason: 'again' }), with: 'insufficient_funds' },
  hold_ended: 'a hold that ended has neither expiry nor account to be judged',
  hold_expired: { command: () => ({ kind: 'capture-hold', holdId: idOf('expired hold') }), with: 'account_frozen' },
  account_closed: { command: () => transfer(closed, dollars), with: 'currency_mismatch' },
  customer_has_open_accounts: 'is the only refusal of barring a customer',
  customer_barred: 'opening and changing holders ask for nothing after it that a barred customer can still earn',
  currency_mismatch: { command: () => transfer(frozen, dollars), with: 'account_frozen' },
  account_already_frozen: { command: () => ({ kind: 'freeze', accountId: frozen, mode: 'full', reason: 'x' }), with: 'account_frozen' },
  account_not_frozen: 'only unfreezing asks for it, and it asks for nothing after it',
  account_frozen: { command: () => transfer(frozen, closed), with: 'payee_unavailable' },
  payee_unavailable: { command: () => ({ kind: 'close-account', accountId: rich, to: frozen }), with: 'holds_open' },
  holds_open: { command: () => ({ kind: 'close-account', accountId: rich }), with: 'balance_not_zero' },
  balance_not_zero: 'closing asks for nothing after it but the payee\'s range (balance_too_large needs a positive balance)',
  holders_unchanged: 'changing holders asks for nothing after it',
  capture_exceeds_hold: { command: () => ({ kind: 'capture-hold', holdId: idOf('hold'), money: money('100000.00') }), with: 'insufficient_funds' },
  insufficient_funds: 'balance_too_large needs billions that an account with a limit cannot pay out',
  balance_too_large: 'is the last that a decision looks at',
  customer_erased: 'is found only when the group is sealed',
  batch_refused: 'carries the codes of its lines',
};

t.test('where two refusals apply, the table\'s first is the answer', async (t) => {
  for (const { code } of ledgerRejections) {
    const pair = pairs[code];
    t.ok(pair, `${code} is looked at`);
    if (!pair || typeof pair === 'string') continue;
    const order = ledgerRejections.map((row) => row.code);
    t.ok(order.indexOf(code) < order.indexOf(pair.with), `${code} stands before ${pair.with}`);
    const books = bank();
    const decision = books.when(pair.command(books), 'tried', code === 'hold_expired' ? NOW + 120_000 : NOW);
    t.match(decision, { outcome: 'reject', rejection: { code } }, `${code} before ${pair.with}`);
  }
});
