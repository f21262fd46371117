import type { Holder, LedgerEvent } from '../../shared/events/ledger/events.js';
import { accept, reject } from '../../shared/kernel/decision.js';
import { amountText } from '../../shared/kernel/money.js';
import { accountNumber } from './account-number.js';
import { CLOSED, FROZEN_DEBIT, FROZEN_FULL, OPEN } from './accounts.js';
import type { LedgerCommand } from './commands.js';
import type { LedgerDecision } from './decide-movements.js';
import { amountRefusal, legsOf, statusRefusal, type Entry } from './posting.js';
import { newestProduct } from './products.js';
import { firstOf } from './rejections.js';
import type { LedgerState } from './state.js';

type CommandOf<Kind extends LedgerCommand['kind']> = Extract<LedgerCommand, { kind: Kind }>;

export function decideOpenAccount(state: LedgerState, command: CommandOf<'open-account'>, accountId: string): LedgerDecision {
  const product = newestProduct(command.product);
  if (!product) return reject('product_unknown');
  const { currency, customerId } = command;
  if (!product.currencies.includes(currency)) return reject('currency_not_offered');
  const holders = wholeList(customerId, command.holders);
  if (!holders) return reject('holders_invalid');
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
      overdraftLimit: { amount: amountText(product.overdraftLimits[currency] ?? 0n, currency), currency },
      customerId,
      holders,
      ...(command.branch !== undefined && { branch: command.branch }),
    },
  });
}

/** The new list replaces the old one; the owner stays. */
export function decideChangeHolders(state: LedgerState, command: CommandOf<'change-holders'>): LedgerDecision {
  const { accounts } = state;
  const slot = accounts.find(command.accountId);
  const ownerId = slot < 0 ? undefined : accounts.customerOf(slot);
  const after = wholeList(ownerId ?? command.holders[0]?.customerId ?? '', command.holders);
  if (!after) return reject('holders_invalid');
  if (slot < 0) return reject('account_not_found');
  if (accounts.isGeneralLedger(slot)) return reject('account_is_general_ledger');
  if (accounts.statusOf(slot) === CLOSED) return reject('account_closed');
  const before = state.holdersOf(slot);
  if (sameHolders(before, after)) return reject('holders_unchanged');
  return accept<LedgerEvent>({
    type: 'HoldersChanged',
    data: { accountId: command.accountId, before: [...before], after, reason: command.reason },
  });
}

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
  const { accounts } = state;
  const slot = accounts.find(command.accountId);
  if (slot < 0) return reject('account_not_found');
  if (accounts.isGeneralLedger(slot)) return reject('account_is_general_ledger');
  const status = accounts.statusOf(slot);
  if (status === CLOSED) return reject('account_closed');
  if (status === (command.mode === 'full' ? FROZEN_FULL : FROZEN_DEBIT)) return reject('account_already_frozen');
  return accept<LedgerEvent>({ type: 'AccountFrozen', data: { accountId: command.accountId, mode: command.mode, reason: command.reason } });
}

export function decideUnfreeze(state: LedgerState, command: CommandOf<'unfreeze'>): LedgerDecision {
  const { accounts } = state;
  const slot = accounts.find(command.accountId);
  if (slot < 0) return reject('account_not_found');
  if (accounts.isGeneralLedger(slot)) return reject('account_is_general_ledger');
  const status = accounts.statusOf(slot);
  if (status === CLOSED) return reject('account_closed');
  if (status === OPEN) return reject('account_not_frozen');
  return accept<LedgerEvent>({ type: 'AccountUnfrozen', data: { accountId: command.accountId, reason: command.reason } });
}

/** With `to`, what is left moves there and the account closes in the same append. A balance below zero must be paid first. */
export function decideClose(state: LedgerState, command: CommandOf<'close-account'>, movementId: string): LedgerDecision {
  const { accounts } = state;
  const { accountId, to } = command;
  if (to === accountId) return reject('same_account');
  const slot = accounts.find(accountId);
  const payee = to === undefined ? undefined : accounts.find(to);
  if (slot < 0 || (payee !== undefined && payee < 0)) return reject('account_not_found');
  if (accounts.isGeneralLedger(slot)) return reject('account_is_general_ledger');
  const balance = accounts.balanceOf(slot);
  const out: Entry = { slot, side: 'debit', minor: balance };
  const into: Entry | undefined = payee === undefined ? undefined : { slot: payee, side: 'credit', minor: balance };
  const status = firstOf(statusRefusal(state, out), into && statusRefusal(state, into));
  if (status === 'account_closed') return reject(status);
  const currency = accounts.currencyOf(slot);
  if (payee !== undefined && accounts.currencyOf(payee) !== currency) return reject('currency_mismatch');
  if (status) return reject(status);
  if (accounts.heldOf(slot) !== 0n) return reject('holds_open');
  if (balance < 0n || (balance > 0n && !into)) return reject('balance_not_zero');
  const closed: LedgerEvent = { type: 'AccountClosed', data: { accountId, ...(command.reason !== undefined && { reason: command.reason }) } };
  if (balance === 0n) return accept<LedgerEvent>(closed);
  const entries = [out, into!];
  const amounts = amountRefusal(state, entries);
  if (amounts) return reject(amounts);
  return accept<LedgerEvent>({ type: 'TransferPosted', data: { movementId, legs: legsOf(state, entries, currency, undefined) } }, closed);
}
