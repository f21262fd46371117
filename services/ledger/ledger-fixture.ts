/** What the ledger's tests share: a shard's state with decided commands applied, and money in short. */
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import { commandIdOf } from '../../shared/kernel/ids.js';
import { moneyOf, type CurrencyCode, type Money } from '../../shared/kernel/money.js';
import { applyBatch } from './batch.js';
import type { LedgerCommand } from './commands.js';
import { decide, type LedgerDecision, type SingleCommand } from './decider.js';
import type { OriginalMovement } from './decide-reversal.js';
import { evolve } from './evolve.js';
import { generalLedgerAccountId } from './general-ledger.js';
import { assertSound } from './invariants.js';
import type { GeneralLedgerLine } from './products.js';
import { LedgerState } from './state.js';

export const DAY = '2026-03-02';
export const NOW = Date.parse('2026-03-02T04:00:00.000Z');

/** A readable name for an id: always the same UUID. */
export const idOf = (name: string): string => commandIdOf('test', 'id', name);
export const ANN = idOf('customer ann');
export const BEN = idOf('customer ben');

export const money = (amount: string, currency: CurrencyCode = 'CNY'): Money => moneyOf({ amount, currency });
export const ownAccount = (line: GeneralLedgerLine, currency: CurrencyCode = 'CNY'): string => generalLedgerAccountId(0, line, currency);

export const openAccount = (customerId = ANN, product = 'demand-savings', currency: CurrencyCode = 'CNY'): LedgerCommand => ({
  kind: 'open-account', product, currency, customerId, holders: [],
});

/** A shard's state without a log: decides a command and applies what was accepted. */
export class Books {
  readonly events: LedgerEvent[] = [];
  readonly #known = new Set<string>();

  private constructor(readonly state: LedgerState) {}

  static founded(): Books {
    const books = new Books(new LedgerState());
    books.must({ kind: 'found', shard: 0, shards: 1, timeZone: 'Asia/Shanghai', businessDate: DAY }, 'founding');
    return books;
  }

  decide(command: SingleCommand, name: string, at = NOW): LedgerDecision {
    return decide(this.state, command, {
      id: idOf(name),
      at,
      original: command.kind === 'reverse' ? this.original(command.movementId) : undefined,
      holdKnown: 'holdId' in command && this.#known.has(command.holdId),
    });
  }

  apply(events: readonly LedgerEvent[]): void {
    for (const event of events) {
      evolve(this.state, event);
      assertSound(this.state, event);
      this.events.push(event);
      if (event.type === 'HoldPlaced') this.#known.add(event.data.holdId);
    }
  }

  /** Decides and applies; the name becomes the id of what is created. */
  when(command: LedgerCommand, name: string, at = NOW): LedgerDecision {
    if (command.kind === 'transfer-batch') {
      const mark = this.state.journal.mark();
      const { lines, errors } = applyBatch(this.state, command, idOf(name));
      if (errors.length > 0) this.state.journal.undoTo(mark);
      else this.events.push(...lines.map(({ event }) => event));
      return errors.length > 0 ? { outcome: 'reject', rejection: { code: 'batch_refused', errors } } : { outcome: 'nothing' };
    }
    const decision = this.decide(command, name, at);
    if (decision.outcome === 'accept') this.apply(decision.events);
    return decision;
  }

  /** For the given part of a test: a refusal is the test's mistake. Gives the id of what was created. */
  must(command: LedgerCommand, name: string, at = NOW): string {
    const decision = this.when(command, name, at);
    if (decision.outcome === 'reject') throw new Error(`${name}: ${decision.rejection.code}`);
    return idOf(name);
  }

  /** An account with money on it. */
  account(name: string, amount = '0.00', currency: CurrencyCode = 'CNY', product = 'demand-savings', customerId = ANN): string {
    const accountId = this.must(openAccount(customerId, product, currency), name);
    const deposited = money(amount, currency);
    if (deposited.minor > 0n) this.must({ kind: 'deposit', accountId, money: deposited, channel: 'counter' }, `${name} deposit`);
    return accountId;
  }

  balance(accountId: string): bigint {
    return this.state.accounts.balanceOf(this.state.accounts.find(accountId));
  }

  available(accountId: string): bigint | undefined {
    return this.state.accounts.availableOf(this.state.accounts.find(accountId));
  }

  original(movementId: string): OriginalMovement | undefined {
    for (const event of this.events)
      if ('movementId' in event.data && event.data.movementId === movementId) return { type: event.type, movementId, legs: event.data.legs };
    return undefined;
  }
}
