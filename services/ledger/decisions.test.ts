import t from 'tap';
import { ANN, BEN, Books, NOW, idOf, money, openAccount, ownAccount } from './ledger-fixture.js';
import type { LedgerCommand } from './commands.js';
import type { LedgerCode } from './rejections.js';

type Given = (books: Books) => void;
interface Row {
  readonly name: string;
  readonly given?: Given;
  readonly when: LedgerCommand;
  readonly at?: number;
  /** A code, or what the accepted events must look like. */
  readonly then: LedgerCode | readonly object[];
}

const [a, b, usd] = ['a', 'b', 'usd'].map(idOf) as [string, string, string];
const cny = (amount: string) => ({ amount, currency: 'CNY' });
const accounts: Given = (books) => {
  books.account('a', '100.00');
  books.account('b', '10.00', 'CNY', 'demand-savings', BEN);
  books.account('usd', '10.00', 'USD');
};
const and = (...commands: readonly (readonly [LedgerCommand, string])[]): Given => (books) => {
  accounts(books);
  for (const [command, name] of commands) books.must(command, name);
};
const transfer = (from: string, to: string, amount: string): LedgerCommand => ({ kind: 'transfer', from, to, money: money(amount) });
const betweenOwn = (memo?: string): LedgerCommand =>
  ({ kind: 'transfer', from: ownAccount('clearing'), to: ownAccount('cash'), money: money('1.00'), ...(memo !== undefined && { memo }) });
const freeze = (accountId: string, mode: 'full' | 'debit-only') => [{ kind: 'freeze', accountId, mode, reason: 'court' } as LedgerCommand, `freeze ${mode}`] as const;
const hold = (amount: string, name = 'hold', more: object = {}) => [{ kind: 'place-hold', accountId: a, money: money(amount), ...more } as LedgerCommand, name] as const;
const leg = (accountId: string, side: string, amount: string, after: string) => ({ accountId, side, money: cny(amount), balanceAfter: cny(after) });
const later = NOW + 120_000;
const soon = new Date(NOW + 60_000).toISOString();
const heap: LedgerCommand = { kind: 'deposit', accountId: a, money: { minor: 10n ** 15n, currency: 'CNY' }, channel: 'counter' };
const overdrawn: Given = (books) => {
  accounts(books);
  books.must(openAccount(ANN, 'current-overdraft', 'CZK'), 'czk');
  books.must({ kind: 'withdraw', accountId: idOf('czk'), money: money('100000.00', 'CZK'), channel: 'atm' }, 'all of it');
};

const CARL = idOf('customer carl');
const bar = (customerId: string): LedgerCommand => ({ kind: 'bar-customer', customerId });
const attorneyOf = (accountId: string, customerId: string): LedgerCommand => ({ kind: 'change-holders', accountId, holders: [{ customerId, role: 'attorney' }], reason: 'letter' });
const closing = (accountId: string): LedgerCommand => ({ kind: 'close-account', accountId, to: a });

const rows: readonly Row[] = [
  { name: 'opening', when: openAccount(), then: [{ type: 'AccountOpened', data: { accountId: idOf('tried'), accountNumber: '8000000000000011', holders: [{ customerId: ANN, role: 'owner' }], overdraftLimit: cny('0.00'), normalSide: 'credit' } }] },
  { name: 'opening an unknown product', when: openAccount(ANN, 'gold'), then: 'product_unknown' },
  { name: 'opening one of the bank\'s own lines', when: openAccount(ANN, 'gl-cash'), then: 'product_unknown' },
  { name: 'opening in a currency not offered', when: openAccount(ANN, 'current-overdraft', 'JPY'), then: 'currency_not_offered' },
  { name: 'opening with a second owner', when: { ...openAccount(), holders: [{ customerId: BEN, role: 'owner' }] } as LedgerCommand, then: 'holders_invalid' },
  { name: 'opening with one person twice', when: { ...openAccount(), holders: [{ customerId: BEN, role: 'signatory' }, { customerId: BEN, role: 'attorney' }] } as LedgerCommand, then: 'holders_invalid' },
  { name: 'changing holders', given: accounts, when: { kind: 'change-holders', accountId: a, holders: [{ customerId: BEN, role: 'attorney' }], reason: 'letter' },
    then: [{ type: 'HoldersChanged', data: { before: [{ customerId: ANN, role: 'owner' }], after: [{ customerId: ANN, role: 'owner' }, { customerId: BEN, role: 'attorney' }] } }] },
  { name: 'changing holders to what they are', given: accounts, when: { kind: 'change-holders', accountId: a, holders: [{ customerId: ANN, role: 'owner' }], reason: 'x' }, then: 'holders_unchanged' },
  { name: 'barring a customer without accounts', given: accounts, when: bar(CARL), then: [{ type: 'CustomerBarred', data: { customerId: CARL } }] },
  { name: 'barring one again', given: and([bar(CARL), 'bar']), when: bar(CARL), then: [] },
  { name: 'barring the owner of an open account', given: accounts, when: bar(BEN), then: 'customer_has_open_accounts' },
  { name: 'barring the owner of a frozen account', given: and([{ kind: 'freeze', accountId: b, mode: 'full', reason: 'court' }, 'freeze']), when: bar(BEN), then: 'customer_has_open_accounts' },
  { name: 'barring who holds another\'s open account', given: and([attorneyOf(a, CARL), 'attorney']), when: bar(CARL), then: 'customer_has_open_accounts' },
  { name: 'barring who held another\'s account', given: and([attorneyOf(a, CARL), 'attorney'], [{ kind: 'change-holders', accountId: a, holders: [], reason: 'x' }, 'alone']), when: bar(CARL), then: [{ type: 'CustomerBarred' }] },
  { name: 'barring the owner of closed accounts only', given: and([closing(b), 'closing']), when: bar(BEN), then: [{ type: 'CustomerBarred' }] },
  { name: 'barring the holder of closed accounts only', given: and([attorneyOf(b, CARL), 'attorney'], [closing(b), 'closing']), when: bar(CARL), then: [{ type: 'CustomerBarred' }] },
  { name: 'opening for a barred customer', given: and([bar(CARL), 'bar']), when: openAccount(CARL), then: 'customer_barred' },
  { name: 'opening with a barred holder', given: and([bar(CARL), 'bar']), when: { ...openAccount(), holders: [{ customerId: CARL, role: 'signatory' }] } as LedgerCommand, then: 'customer_barred' },
  { name: 'opening with a barred owner named twice', given: and([bar(CARL), 'bar']), when: { ...openAccount(CARL), holders: [{ customerId: BEN, role: 'owner' }] } as LedgerCommand, then: 'holders_invalid' },
  { name: 'making a barred customer a holder', given: and([bar(CARL), 'bar']), when: attorneyOf(a, CARL), then: 'customer_barred' },
  { name: 'making a barred customer a holder of a closed account', given: and([bar(CARL), 'bar'], [closing(b), 'closing']), when: attorneyOf(b, CARL), then: 'account_closed' },
  { name: 'lifting a bar', given: and([bar(CARL), 'bar']), when: { kind: 'lift-bar', customerId: CARL }, then: [{ type: 'CustomerBarLifted', data: { customerId: CARL } }] },
  { name: 'lifting no bar', given: accounts, when: { kind: 'lift-bar', customerId: CARL }, then: [] },
  { name: 'opening once the bar is lifted', given: and([bar(CARL), 'bar'], [{ kind: 'lift-bar', customerId: CARL }, 'lift']), when: openAccount(CARL), then: [{ type: 'AccountOpened' }] },
  { name: 'depositing at the counter', given: accounts, when: { kind: 'deposit', accountId: a, money: money('5.00'), channel: 'counter', memo: 'gift' },
    then: [{ type: 'DepositPosted', data: { movementId: idOf('tried'), legs: [leg(ownAccount('cash'), 'debit', '5.00', '115.00'), { ...leg(a, 'credit', '5.00', '105.00'), customerId: ANN, memo: 'gift' }] } }] },
  { name: 'a deposit online comes by clearing', given: accounts, when: { kind: 'deposit', accountId: a, money: money('5.00'), channel: 'online' },
    then: [{ type: 'DepositPosted', data: { legs: [leg(ownAccount('clearing'), 'debit', '5.00', '5.00'), leg(a, 'credit', '5.00', '105.00')] } }] },
  { name: 'interest is paid from the bank\'s expense', given: accounts, when: { kind: 'deposit', accountId: a, money: money('5.00'), channel: 'batch', against: 'interest-expense' },
    then: [{ data: { legs: [leg(ownAccount('interest-expense'), 'debit', '5.00', '5.00'), {}] } }] },
  { name: 'a fee is the bank\'s income', given: accounts, when: { kind: 'withdraw', accountId: a, money: money('5.00'), channel: 'batch', against: 'fee-income' },
    then: [{ data: { legs: [leg(a, 'debit', '5.00', '95.00'), leg(ownAccount('fee-income'), 'credit', '5.00', '5.00')] } }] },
  { name: 'depositing nothing', given: accounts, when: { kind: 'deposit', accountId: a, money: money('0.00'), channel: 'counter' }, then: 'amount_not_positive' },
  { name: 'depositing a negative amount', given: accounts, when: { kind: 'deposit', accountId: a, money: money('-1.00'), channel: 'counter' }, then: 'amount_not_positive' },
  { name: 'booking tomorrow', given: accounts, when: { kind: 'deposit', accountId: a, money: money('1.00'), channel: 'counter', bookingDate: '2026-03-03' }, then: 'date_in_future' },
  { name: 'a value date tomorrow', given: accounts, when: { kind: 'deposit', accountId: a, money: money('1.00'), channel: 'counter', valueDate: '2026-03-03' }, then: 'date_in_future' },
  { name: 'booking long ago', given: accounts, when: { kind: 'deposit', accountId: a, money: money('1.00'), channel: 'counter', bookingDate: '1993-01-01' }, then: [{ type: 'DepositPosted' }] },
  { name: 'depositing dollars to a yuan account', given: accounts, when: { kind: 'deposit', accountId: a, money: money('1.00', 'USD'), channel: 'counter' }, then: 'currency_mismatch' },
  { name: 'depositing to nobody', given: accounts, when: { kind: 'deposit', accountId: idOf('nobody'), money: money('1.00'), channel: 'counter' }, then: 'account_not_found' },
  { name: 'depositing to the bank itself', given: accounts, when: { kind: 'deposit', accountId: ownAccount('cash'), money: money('1.00'), channel: 'counter' }, then: 'account_is_general_ledger' },
  { name: 'withdrawing everything', given: accounts, when: { kind: 'withdraw', accountId: a, money: money('100.00'), channel: 'atm' }, then: [{ type: 'WithdrawalPosted', data: { legs: [leg(a, 'debit', '100.00', '0.00'), leg(ownAccount('cash'), 'credit', '100.00', '10.00')] } }] },
  { name: 'withdrawing more than everything', given: accounts, when: { kind: 'withdraw', accountId: a, money: money('100.01'), channel: 'atm' }, then: 'insufficient_funds' },
  { name: 'an overdraft ends at its limit', given: overdrawn, when: { kind: 'withdraw', accountId: idOf('czk'), money: money('0.01', 'CZK'), channel: 'atm' }, then: 'insufficient_funds' },
  { name: 'transferring', given: accounts, when: transfer(a, b, '40.00'), then: [{ type: 'TransferPosted', data: { legs: [{ ...leg(a, 'debit', '40.00', '60.00'), customerId: ANN }, { ...leg(b, 'credit', '40.00', '50.00'), customerId: BEN }] } }] },
  { name: 'transferring to oneself', given: accounts, when: transfer(a, a, '1.00'), then: 'same_account' },
  { name: 'transferring between currencies', given: accounts, when: transfer(a, usd, '1.00'), then: 'currency_mismatch' },
  { name: 'transferring what is held', given: and(hold('90.00')), when: transfer(a, b, '10.01'), then: 'insufficient_funds' },
  { name: 'transferring what is not held', given: and(hold('90.00')), when: transfer(a, b, '10.00'), then: [{ type: 'TransferPosted' }] },
  { name: 'out of a full freeze', given: and(freeze(a, 'full')), when: transfer(a, b, '1.00'), then: 'account_frozen' },
  { name: 'into a full freeze', given: and(freeze(b, 'full')), when: transfer(a, b, '1.00'), then: 'payee_unavailable' },
  { name: 'out of a debit freeze', given: and(freeze(a, 'debit-only')), when: transfer(a, b, '1.00'), then: 'account_frozen' },
  { name: 'into a debit freeze', given: and(freeze(b, 'debit-only')), when: transfer(a, b, '1.00'), then: [{ type: 'TransferPosted' }] },
  { name: 'beyond the range of balances', given: and(...Array.from({ length: 3_999 }, (_, n) => [heap, `heap ${n}`] as const)), when: heap, then: 'balance_too_large' },
  { name: 'holding', given: accounts, when: hold('30.00', '', { to: b, expiresAt: soon, memo: 'hotel' })[0], then: [{ type: 'HoldPlaced', data: { holdId: idOf('tried'), accountId: a, customerId: ANN, money: cny('30.00'), to: b, expiresAt: soon, memo: 'hotel' } }] },
  { name: 'holding more than there is', given: accounts, when: hold('100.01')[0], then: 'insufficient_funds' },
  { name: 'holding on a frozen account', given: and(freeze(a, 'debit-only')), when: hold('1.00')[0], then: 'account_frozen' },
  { name: 'a hold that has expired already', given: accounts, when: hold('1.00', '', { expiresAt: new Date(NOW).toISOString() })[0], then: 'expiry_in_past' },
  { name: 'capturing part', given: and(hold('30.00')), when: { kind: 'capture-hold', holdId: idOf('hold'), money: money('12.00') },
    then: [{ type: 'HoldCaptured', data: { holdId: idOf('hold'), captured: cny('12.00'), released: cny('18.00'), legs: [leg(a, 'debit', '12.00', '88.00'), leg(ownAccount('clearing'), 'credit', '12.00', '-12.00')] } }] },
  { name: 'capturing to the payee named', given: and(hold('30.00', 'hold', { to: b })), when: { kind: 'capture-hold', holdId: idOf('hold') }, then: [{ data: { captured: cny('30.00'), released: cny('0.00'), legs: [{}, leg(b, 'credit', '30.00', '40.00')] } }] },
  { name: 'capturing more than the hold', given: and(hold('30.00')), when: { kind: 'capture-hold', holdId: idOf('hold'), money: money('30.01') }, then: 'capture_exceeds_hold' },
  { name: 'capturing twice', given: and(hold('30.00'), [{ kind: 'capture-hold', holdId: idOf('hold') }, 'once']), when: { kind: 'capture-hold', holdId: idOf('hold') }, then: 'hold_ended' },
  { name: 'capturing what never was', given: accounts, when: { kind: 'capture-hold', holdId: idOf('hold') }, then: 'hold_not_found' },
  { name: 'capturing after its time, before the tick', given: and(hold('30.00', 'hold', { expiresAt: soon })), when: { kind: 'capture-hold', holdId: idOf('hold') }, at: later, then: 'hold_expired' },
  { name: 'capturing under a freeze', given: and(hold('30.00'), freeze(a, 'debit-only')), when: { kind: 'capture-hold', holdId: idOf('hold') }, then: 'account_frozen' },
  { name: 'capturing to a closed account', given: and(hold('30.00', 'hold', { to: b }), [{ kind: 'close-account', accountId: b, to: a }, 'closing']), when: { kind: 'capture-hold', holdId: idOf('hold') }, then: 'payee_unavailable' },
  { name: 'releasing', given: and(hold('30.00')), when: { kind: 'release-hold', holdId: idOf('hold') }, then: [{ type: 'HoldReleased', data: { holdId: idOf('hold'), accountId: a, money: cny('30.00'), cause: 'released' } }] },
  { name: 'releasing under a freeze', given: and(hold('30.00'), freeze(a, 'full')), when: { kind: 'release-hold', holdId: idOf('hold') }, then: [{ type: 'HoldReleased' }] },
  { name: 'releasing twice', given: and(hold('30.00'), [{ kind: 'release-hold', holdId: idOf('hold') }, 'once']), when: { kind: 'release-hold', holdId: idOf('hold') }, then: 'hold_ended' },
  { name: 'expiry takes the soonest', given: and(hold('1.00', 'h1', { expiresAt: new Date(NOW + 90_000).toISOString() }), hold('2.00', 'h2', { expiresAt: soon }), hold('3.00', 'h3')), when: { kind: 'expire-holds', limit: 1 }, at: later,
    then: [{ type: 'HoldReleased', data: { holdId: idOf('h2'), cause: 'expired' } }] },
  { name: 'freezing', given: accounts, when: { kind: 'freeze', accountId: a, mode: 'full', reason: 'court' }, then: [{ type: 'AccountFrozen', data: { accountId: a, customerId: ANN, mode: 'full', reason: 'court' } }] },
  { name: 'freezing twice', given: and(freeze(a, 'full')), when: { kind: 'freeze', accountId: a, mode: 'full', reason: 'x' }, then: 'account_already_frozen' },
  { name: 'from one freeze to the other', given: and(freeze(a, 'full')), when: { kind: 'freeze', accountId: a, mode: 'debit-only', reason: 'x' }, then: [{ type: 'AccountFrozen', data: { mode: 'debit-only' } }] },
  { name: 'lifting a freeze', given: and(freeze(a, 'full')), when: { kind: 'unfreeze', accountId: a, reason: 'x' }, then: [{ type: 'AccountUnfrozen', data: { accountId: a, customerId: ANN, reason: 'x' } }] },
  { name: 'lifting none', given: accounts, when: { kind: 'unfreeze', accountId: a, reason: 'x' }, then: 'account_not_frozen' },
  { name: 'closing with money on it', given: accounts, when: { kind: 'close-account', accountId: a }, then: 'balance_not_zero' },
  { name: 'closing, the rest moves', given: accounts, when: { kind: 'close-account', accountId: a, to: b }, then: [{ type: 'TransferPosted', data: { legs: [leg(a, 'debit', '100.00', '0.00'), leg(b, 'credit', '100.00', '110.00')] } }, { type: 'AccountClosed', data: { accountId: a } }] },
  { name: 'closing while held', given: and(hold('1.00')), when: { kind: 'close-account', accountId: a, to: b }, then: 'holds_open' },
  { name: 'closing while frozen', given: and(freeze(a, 'debit-only')), when: { kind: 'close-account', accountId: a, to: b }, then: 'account_frozen' },
  { name: 'closing while overdrawn', given: overdrawn, when: { kind: 'close-account', accountId: idOf('czk') }, then: 'balance_not_zero' },
  { name: 'closing into another currency', given: accounts, when: { kind: 'close-account', accountId: a, to: usd }, then: 'currency_mismatch' },
  { name: 'closing into itself', given: accounts, when: { kind: 'close-account', accountId: a, to: a }, then: 'same_account' },
  { name: 'using a closed account', given: and([{ kind: 'close-account', accountId: a, to: b }, 'closing']), when: transfer(a, b, '1.00'), then: 'account_closed' },
  { name: 'paying to a closed account', given: and([{ kind: 'close-account', accountId: a, to: b }, 'closing']), when: transfer(b, a, '1.00'), then: 'payee_unavailable' },
  { name: 'holding for a closed account', given: and([{ kind: 'close-account', accountId: b, to: a }, 'closing']), when: hold('1.00', '', { to: b })[0], then: 'payee_unavailable' },
  { name: 'closing into a full freeze', given: and(freeze(b, 'full')), when: { kind: 'close-account', accountId: a, to: b }, then: 'payee_unavailable' },
  { name: 'reversing a transfer', given: and([transfer(a, b, '40.00'), 'moved']), when: { kind: 'reverse', movementId: idOf('moved'), reason: 'wrong payee' },
    then: [{ type: 'ReversalPosted', data: { movementId: idOf('tried'), reversedMovementId: idOf('moved'), reasons: [{ customerId: ANN, reason: 'wrong payee' }, { customerId: BEN, reason: 'wrong payee' }], legs: [leg(a, 'credit', '40.00', '100.00'), leg(b, 'debit', '40.00', '10.00')] } }] },
  { name: 'reversing a deposit', given: accounts, when: { kind: 'reverse', movementId: idOf('a deposit'), reason: 'false note' }, then: [{ data: { legs: [leg(ownAccount('cash'), 'credit', '100.00', '10.00'), leg(a, 'debit', '100.00', '0.00')] } }] },
  { name: 'a transfer between own accounts keeps its memo on both legs', given: accounts, when: betweenOwn('year end'),
    then: [{ type: 'TransferPosted', data: { legs: [{ ...leg(ownAccount('clearing'), 'debit', '1.00', '1.00'), memo: 'year end' }, { ...leg(ownAccount('cash'), 'credit', '1.00', '109.00'), memo: 'year end' }] } }] },
  { name: 'a memo beside a customer never goes to the bank\'s own leg', given: accounts, when: { kind: 'transfer', from: a, to: ownAccount('cash'), money: money('1.00'), memo: 'for Ann' },
    then: [{ type: 'TransferPosted', data: { legs: [{ accountId: a, memo: 'for Ann' }, { accountId: ownAccount('cash'), memo: undefined }] } }] },
  { name: 'reversing between own accounts', given: and([betweenOwn(), 'moved']), when: { kind: 'reverse', movementId: idOf('moved'), reason: 'wrong line' },
    then: [{ type: 'ReversalPosted', data: { reasons: [{ customerId: undefined, reason: 'wrong line' }], legs: [{ memo: undefined }, { memo: undefined }] } }] },
  { name: 'reversing between two accounts of one customer', given: and([openAccount(), 'a2'], [transfer(a, idOf('a2'), '5.00'), 'moved']), when: { kind: 'reverse', movementId: idOf('moved'), reason: 'x' },
    then: [{ data: { reasons: [{ customerId: ANN, reason: 'x' }] } }] },
  { name: 'holding on an own account, memo or not', given: accounts, when: { kind: 'place-hold', accountId: ownAccount('cash'), money: money('1.00'), memo: 'x' }, then: 'account_is_general_ledger' },
  { name: 'freezing an own account', given: accounts, when: freeze(ownAccount('cash'), 'full')[0], then: 'account_is_general_ledger' },
  { name: 'closing an own account', given: accounts, when: { kind: 'close-account', accountId: ownAccount('cash'), reason: 'x' }, then: 'account_is_general_ledger' },
  { name: 'reversing twice', given: and([transfer(a, b, '40.00'), 'moved'], [{ kind: 'reverse', movementId: idOf('moved'), reason: 'x' }, 'once']), when: { kind: 'reverse', movementId: idOf('moved'), reason: 'x' }, then: 'movement_already_reversed' },
  { name: 'reversing a reversal', given: and([transfer(a, b, '40.00'), 'moved'], [{ kind: 'reverse', movementId: idOf('moved'), reason: 'x' }, 'once']), when: { kind: 'reverse', movementId: idOf('once'), reason: 'x' }, then: 'movement_is_reversal' },
  { name: 'reversing what the payee has spent', given: and([transfer(a, b, '40.00'), 'moved'], [{ kind: 'withdraw', accountId: b, money: money('10.01'), channel: 'atm' }, 'spent']), when: { kind: 'reverse', movementId: idOf('moved'), reason: 'x' }, then: 'insufficient_funds' },
  { name: 'reversing towards a closed account', given: and([{ kind: 'close-account', accountId: a, to: b }, 'closing']), when: { kind: 'reverse', movementId: idOf('closing'), reason: 'x' }, then: 'account_closed' },
  { name: 'reversing out of a debit freeze', given: and([transfer(a, b, '40.00'), 'moved'], freeze(b, 'debit-only')), when: { kind: 'reverse', movementId: idOf('moved'), reason: 'x' }, then: 'account_frozen' },
  { name: 'reversing back into a debit freeze', given: and([transfer(a, b, '40.00'), 'moved'], freeze(a, 'debit-only')), when: { kind: 'reverse', movementId: idOf('moved'), reason: 'x' }, then: [{ type: 'ReversalPosted' }] },
  { name: 'reversing a capture does not hold again', given: and(hold('30.00', 'hold', { to: b }), [{ kind: 'capture-hold', holdId: idOf('hold') }, 'captured']), when: { kind: 'reverse', movementId: idOf('captured'), reason: 'x' }, then: [{ type: 'ReversalPosted', data: { legs: [leg(a, 'credit', '30.00', '100.00'), leg(b, 'debit', '30.00', '10.00')] } }] },
  { name: 'reversing what never was', given: accounts, when: { kind: 'reverse', movementId: idOf('nothing'), reason: 'x' }, then: 'movement_not_found' },
  { name: 'a business date moves on', when: { kind: 'open-business-date', businessDate: '2026-03-03' }, then: [{ type: 'BusinessDateOpened', data: { businessDate: '2026-03-03' } }] },
  { name: 'a business date never goes back', when: { kind: 'open-business-date', businessDate: '2026-03-01' }, then: [] },
];

t.test('a date or time outside the years 1 to 9999 is the sender\'s mistake, and nothing is decided', (t) => {
  const books = Books.founded();
  accounts(books);
  const broken = { name: 'InvariantBroken' };
  for (const booked of [{ bookingDate: '0000-01-01' }, { valueDate: '0000-01-01' }, { valueDate: '+010000-01-01' }]) {
    t.throws(() => books.when({ kind: 'deposit', accountId: a, money: money('1.00'), channel: 'counter', ...booked }, 'tried'), broken);
    t.throws(() => books.when({ ...(transfer(a, b, '1.00') as object), ...booked } as LedgerCommand, 'tried'), broken);
  }
  t.throws(() => books.when({ kind: 'place-hold', accountId: a, money: money('1.00'), expiresAt: '+010000-01-01T13:59:59.000Z' }, 'tried'), broken);
  t.end();
});

for (const { name, given, when, at, then } of rows)
  t.test(name, async (t) => {
    const books = Books.founded();
    given?.(books);
    const decision = books.when(when, 'tried', at);
    if (typeof then === 'string') return void t.match(decision, { outcome: 'reject', rejection: { code: then } });
    if (then.length === 0) return void t.equal(decision.outcome, 'nothing');
    t.match(decision, { outcome: 'accept', events: then });
    t.equal(decision.outcome === 'accept' && decision.events.length, then.length);
  });
