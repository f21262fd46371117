import type { Holder, LedgerEvent } from '../../shared/events/ledger/events.js';
import { accept, reject } from '../../shared/kernel/decision.js';
import { moneyText } from '../../shared/kernel/money.js';
import { accountNumber } from './account-number.js';
import { FROZEN_DEBIT, FROZEN_FULL, OPEN } from './accounts.js';
import type { CommandOf } from './commands.js';
import { changeableAccount, customerAccount } from './customer-account.js';
import type { LedgerDecision } from './decide-movements.js';
import { amountRefusal, entriesRefusal, legsOf, type Entry } from './posting.js';
import { newestProduct } from './products.js';
import type { LedgerState } from './state.js';

export function decideOpenAccount(state: LedgerState, command: CommandOf<'open-account'>, accountId: string): LedgerDecision {
  const product = newestProduct(command.product);
  if (!product) return reject('product_unknown');
  const { currency, customerId } = command;
  if (!product.currencies.includes(currency)) return reject('currency_not_offered');
  const holders = wholeList(customerId, command.holders);
  if (!holders) return reject('holders_invalid');
  if (anyBarred(state, holders)) return reject('customer_barred');
  return accept<LedgerEvent>({
    type: 'AccountOpened',
    data: {
      accountId,
      accountNumber: accountNumber(state.founding!.shard, state.numbersIssued + 1),
      kind: 'customer',
      normalSide: 'credit',
      product: product.code,
      productVersion: product.version,
      currency,
      overdraftLimit: moneyText({ minor: product.overdraftLimits[currency] ?? 0n, currency }),
      customerId,
      holders,
      ...(command.branch !== undefined && { branch: command.branch }),
    },
  });
}

/** The new list replaces the old one; the owner stays. */
export function decideChangeHolders(state: LedgerState, command: CommandOf<'change-holders'>): LedgerDecision {
  const { accountId, reason } = command;
  const named = state.accounts.find(accountId);
  const customerId = named < 0 ? undefined : state.accounts.customerOf(named);
  const after = wholeList(customerId ?? command.holders[0]?.customerId ?? '', command.holders);
  if (!after) return reject('holders_invalid');
  const slot = changeableAccount(state, accountId);
  if (typeof slot === 'string') return reject(slot);
  if (anyBarred(state, after)) return reject('customer_barred');
  const before = state.holdersOf(slot);
  if (sameHolders(before, after)) return reject('holders_unchanged');
  return accept<LedgerEvent>({ type: 'HoldersChanged', data: { accountId, customerId, before: [...before], after, reason } });
}

const anyBarred = (state: LedgerState, holders: readonly Holder[]): boolean => holders.some(({ customerId }) => state.barred.has(customerId));

/** The owner first, then the others as given; nothing where somebody stands twice or a second owner is named. */
function wholeList(ownerId: string, given: readonly Holder[]): Holder[] | undefined {
  const others = given.filter((holder) => holder.customerId !== ownerId || holder.role !== 'owner');
  const holders: Holder[] = [{ customerId: ownerId, role: 'owner' }, ...others];
  const people = new Set(holders.map(({ customerId }) => customerId));
  const ownerTwice = given.length - others.length > 1;
  return ownerTwice || people.size !== holders.length || others.some(({ role }) => role === 'owner') || holders.length > 20 ? undefined : holders;
}

const sameHolders = (a: readonly Holder[], b: readonly Holder[]): boolean =>
  a.length === b.length && a.every((holder, index) => holder.customerId === b[index]!.customerId && holder.role === b[index]!.role);

export function decideFreeze(state: LedgerState, command: CommandOf<'freeze'>): LedgerDecision {
  const { accountId, mode, reason } = command;
  const slot = changeableAccount(state, accountId);
  if (typeof slot === 'string') return reject(slot);
  if (state.accounts.statusOf(slot) === (mode === 'full' ? FROZEN_FULL : FROZEN_DEBIT)) return reject('account_already_frozen');
  return accept<LedgerEvent>({ type: 'AccountFrozen', data: { accountId, customerId: state.accounts.customerOf(slot), mode, reason } });
}

export function decideUnfreeze(state: LedgerState, command: CommandOf<'unfreeze'>): LedgerDecision {
  const { accountId, reason } = command;
  const slot = changeableAccount(state, accountId);
  if (typeof slot === 'string') return reject(slot);
  if (state.accounts.statusOf(slot) === OPEN) return reject('account_not_frozen');
  return accept<LedgerEvent>({ type: 'AccountUnfrozen', data: { accountId, customerId: state.accounts.customerOf(slot), reason } });
}

/** With `to`, what is left moves there and the account closes in the same append. A balance below zero must be paid first. */
export function decideClose(state: LedgerState, command: CommandOf<'close-account'>, movementId: string): LedgerDecision {
  const { accounts } = state;
  const { accountId, to } = command;
  if (to === accountId) return reject('same_account');
  const slot = customerAccount(state, accountId, to);
  if (typeof slot === 'string') return reject(slot);
  const minor = accounts.balanceOf(slot);
  const currency = accounts.currencyOf(slot);
  const entries: Entry[] = [{ slot, side: 'debit', minor }];
  if (to !== undefined) entries.push({ slot: accounts.find(to), side: 'credit', minor, payee: true });
  const unfit = entriesRefusal(state, entries, currency);
  if (unfit) return reject(unfit);
  if (accounts.heldOf(slot) !== 0n) return reject('holds_open');
  if (minor < 0n || (minor > 0n && to === undefined)) return reject('balance_not_zero');
  const customerId = accounts.customerOf(slot);
  const closed: LedgerEvent = { type: 'AccountClosed', data: { accountId, customerId, ...(command.reason !== undefined && { reason: command.reason }) } };
  if (minor === 0n) return accept<LedgerEvent>(closed);
  const amounts = amountRefusal(state, entries);
  if (amounts) return reject(amounts);
  return accept<LedgerEvent>({ type: 'TransferPosted', data: { movementId, legs: legsOf(state, entries, currency, undefined) } }, closed);
}
