/** A tiny ledger in plain objects, written without looking at the real one: what the model-based test compares with. */
import type { LedgerCommand } from './commands.js';

interface Account {
  balance: bigint;
  currency: string;
  limit: bigint;
  state: 'open' | 'full' | 'debit-only' | 'closed';
}

export class NaiveLedger {
  readonly accounts = new Map<string, Account>();
  readonly holds = new Map<string, { account: string; minor: bigint; to?: string }>();
  readonly moves = new Map<string, { from?: string; to?: string; minor: bigint; reversal: boolean; reversed: boolean }>();

  available(id: string): bigint {
    const account = this.accounts.get(id)!;
    let free = account.balance + account.limit;
    for (const hold of this.holds.values()) if (hold.account === id) free -= hold.minor;
    return free;
  }

  /** Whether it does it. */
  run(command: LedgerCommand, id: string): boolean {
    switch (command.kind) {
      case 'open-account':
        this.accounts.set(id, { balance: 0n, currency: command.currency, limit: command.product === 'current-overdraft' ? 1_000_000n : 0n, state: 'open' });
        return true;
      case 'deposit':
        return this.#move(id, undefined, command.accountId, command.money.minor, command.money.currency);
      case 'withdraw':
        return this.#move(id, command.accountId, undefined, command.money.minor, command.money.currency);
      case 'transfer':
        return command.from !== command.to && this.#move(id, command.from, command.to, command.money.minor, command.money.currency);
      case 'place-hold': {
        const account = this.accounts.get(command.accountId);
        const to = command.to === undefined ? undefined : this.accounts.get(command.to);
        if (!account || account.state !== 'open' || account.currency !== command.money.currency || this.available(command.accountId) < command.money.minor) return false;
        if (command.to !== undefined && (!to || to.state === 'closed' || to.currency !== account.currency || command.to === command.accountId)) return false;
        this.holds.set(id, { account: command.accountId, minor: command.money.minor, ...(command.to !== undefined && { to: command.to }) });
        return true;
      }
      case 'capture-hold': {
        const hold = this.holds.get(command.holdId);
        const minor = command.money?.minor ?? hold?.minor ?? 0n;
        if (!hold || minor > hold.minor || (command.money && command.money.currency !== this.accounts.get(hold.account)!.currency)) return false;
        this.holds.delete(command.holdId);
        if (this.#move(id, hold.account, hold.to, minor, this.accounts.get(hold.account)!.currency)) return true;
        this.holds.set(command.holdId, hold);
        return false;
      }
      case 'release-hold':
        return this.holds.delete(command.holdId);
      case 'freeze': {
        const account = this.accounts.get(command.accountId);
        if (!account || account.state === 'closed' || account.state === command.mode) return false;
        account.state = command.mode;
        return true;
      }
      case 'unfreeze': {
        const account = this.accounts.get(command.accountId);
        if (!account || account.state === 'closed' || account.state === 'open') return false;
        account.state = 'open';
        return true;
      }
      case 'close-account': {
        const account = this.accounts.get(command.accountId);
        const to = command.to === undefined ? undefined : this.accounts.get(command.to);
        if (!account || account.state !== 'open' || command.to === command.accountId || account.balance < 0n) return false;
        if ([...this.holds.values()].some((hold) => hold.account === command.accountId)) return false;
        if (command.to !== undefined && (!to || to.currency !== account.currency || to.state === 'closed' || to.state === 'full')) return false;
        if (account.balance > 0n && (command.to === undefined || !this.#move(id, command.accountId, command.to, account.balance, account.currency))) return false;
        account.state = 'closed';
        return true;
      }
      case 'reverse': {
        const move = this.moves.get(command.movementId);
        if (!move || move.reversal || move.reversed) return false;
        const currency = this.accounts.get((move.from ?? move.to)!)!.currency;
        if (!this.#move(id, move.to, move.from, move.minor, currency)) return false;
        this.moves.get(id)!.reversal = true;
        move.reversed = true;
        return true;
      }
      case 'transfer-batch': {
        const before = [...this.accounts].map(([key, account]) => [key, { ...account }] as const);
        const done = command.transfers.map((line, index) => this.run({ kind: 'transfer', ...line }, `${id}/${index}`));
        if (!done.every(Boolean)) for (const [key, account] of before) this.accounts.set(key, account);
        return done.every(Boolean);
      }
      default:
        throw new Error(`not in the model: ${command.kind}`);
    }
  }

  #move(id: string, from: string | undefined, to: string | undefined, minor: bigint, currency: string): boolean {
    const payer = from === undefined ? undefined : this.accounts.get(from);
    const payee = to === undefined ? undefined : this.accounts.get(to);
    if ((from !== undefined && !payer) || (to !== undefined && !payee) || minor <= 0n) return false;
    if (payer && (payer.state !== 'open' || payer.currency !== currency || this.available(from!) < minor)) return false;
    if (payee && (payee.state === 'closed' || payee.state === 'full' || payee.currency !== currency)) return false;
    if (payer) payer.balance -= minor;
    if (payee) payee.balance += minor;
    this.moves.set(id, { ...(from !== undefined && { from }), ...(to !== undefined && { to }), minor, reversal: false, reversed: false });
    return true;
  }
}
