import { randomUUID } from 'node:crypto';
import type { EscrowKey } from '../../../shared/crypto/escrow.js';
import type { Vault } from '../../../shared/crypto/vault.js';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { Recorded } from '../../../shared/events/definition.js';
import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import type { Executed, Records } from '../../../shared/records/record.js';
import { customerRecord, type CustomerState } from '../state.js';
import { backUp, type Backups } from './backups.js';
import { decideConfirmErasure, decideLiftRestriction, decideRequestErasure, decideRestrict, decideStep, decideWithdrawErasure, type Business, type EraseCustomer, type RestrictCustomer } from './decider.js';
import type { RetentionUntil } from './retention.js';

/** What the ledger says of a customer's accounts: up to date when it answers. */
export interface AccountsOf {
  readonly open: boolean;
  /** ISO time. */
  readonly lastClosedAt?: string;
}

export interface ErasuresOptions {
  readonly records: Records;
  readonly vault: Pick<Vault, 'erase'>;
  readonly accountsOf: (customerId: string) => Promise<AccountsOf>;
  /** Has the ledger open no account for the customer any more; undefined once it does, otherwise why it cannot. Throws Refusal for an outage. */
  readonly barCustomer: (customerId: string, context: CommandContext) => Promise<'customer_has_open_accounts' | undefined>;
  readonly backups: Backups;
  /** Undefined: the bank has none, and erases nobody. */
  readonly escrowKey: EscrowKey | undefined;
  readonly retentionUntil: RetentionUntil;
  /** The bank's date at a moment, ISO. */
  readonly today: (at: Date) => string;
}

export interface Erasures {
  restrict(command: RestrictCustomer, context: CommandContext): Promise<Executed>;
  liftRestriction(command: EraseCustomer, context: CommandContext): Promise<Executed>;
  /** While the record must be kept the customer is restricted instead. */
  request(command: EraseCustomer, context: CommandContext): Promise<Executed>;
  withdraw(customerId: string, context: CommandContext): Promise<Executed>;
  /** The second person's; then runs to the end. Once confirmed, anybody who may erase can have it go on by asking again. */
  confirm(customerId: string, context: CommandContext): Promise<Executed>;
  /** Goes on from where a confirmed erasure is; does nothing for any other customer. */
  advance(customerId: string, context: CommandContext): Promise<void>;
}

export function createErasures(options: ErasuresOptions): Erasures {
  const { records, vault, backups, escrowKey, retentionUntil, today } = options;

  const stateOf = async (customerId: string): Promise<CustomerState> => (await records.load(customerRecord, customerId))?.state ?? customerRecord.initial;

  async function businessOf(customerId: string, at: Date): Promise<Business> {
    const state = await stateOf(customerId);
    if (state.status === 'absent') return { accountsOpen: false };
    const { open, lastClosedAt } = await options.accountsOf(customerId);
    const until = retentionUntil({ kind: state.kind, registeredAt: state.registeredAt }, lastClosedAt);
    return { accountsOpen: open, ...(until !== undefined && today(at) <= until && { retainedUntil: until }) };
  }

  const step = (customerId: string, after: Parameters<typeof decideStep>[1], event: CustomerEvent, context: CommandContext) =>
    records.execute(customerRecord, customerId, { ...context, commandId: randomUUID(), repeatable: false }, ({ state }) => decideStep(state, after, event));

  /** Each step may have been done by a process that ended before it could record it: all can be done twice. */
  async function advance(customerId: string, context: CommandContext): Promise<void> {
    for (;;) {
      const state = await stateOf(customerId);
      if (state.status === 'absent' || !state.erasure) return;
      switch (state.erasure.step) {
        case 'requested':
        case 'erased':
          return;
        case 'confirmed': {
          const refusal = await options.barCustomer(customerId, context);
          if (refusal === undefined) await step(customerId, 'confirmed', { type: 'CustomerErasureBarred', data: { customerId } }, context);
          else {
            // An account was opened between the confirmation and the bar.
            await step(customerId, 'confirmed', { type: 'CustomerErasureWithdrawn', data: { customerId, cause: 'business-open' } }, context);
            throw new Refusal({ code: refusal });
          }
          break;
        }
        case 'barred': {
          const backup = await backUp(backups, requiredKey(), customerId, await eventsOf(customerId));
          await step(customerId, 'barred', { type: 'CustomerErasureBackedUp', data: { customerId, ...backup } }, context);
          break;
        }
        case 'backed-up':
          await vault.erase(customerId);
          await step(customerId, 'backed-up', { type: 'CustomerErased', data: { customerId } }, context);
          break;
      }
    }
  }

  function requiredKey(): EscrowKey {
    if (!escrowKey) throw new Refusal({ code: 'escrow_missing', detail: 'PASSBOOK_ESCROW_KEY_FILE names the file of its public key' });
    return escrowKey;
  }

  async function eventsOf(customerId: string): Promise<Recorded<CustomerEvent>[]> {
    return (await records.history(customerRecord, customerId, { direction: 'forwards', limit: Number.MAX_SAFE_INTEGER })) ?? [];
  }

  return {
    restrict: (command, context) => records.execute(customerRecord, command.customerId, context, ({ state }) => decideRestrict(state, command)),
    liftRestriction: (command, context) => records.execute(customerRecord, command.customerId, context, ({ state }) => decideLiftRestriction(state, command)),
    withdraw: (customerId, context) => records.execute(customerRecord, customerId, context, ({ state }) => decideWithdrawErasure(state, customerId)),

    async request(command, context) {
      const business = await businessOf(command.customerId, context.at);
      return records.execute(customerRecord, command.customerId, context, ({ state }) => decideRequestErasure(state, command, business));
    },

    async confirm(customerId, context) {
      requiredKey();
      const business = await businessOf(customerId, context.at);
      const confirmed = await records.execute(customerRecord, customerId, context, ({ state }) => decideConfirmErasure(state, customerId, context.actor, business));
      await advance(customerId, context);
      const now = await records.load(customerRecord, customerId);
      return { ...confirmed, ...(now && { revision: now.revision, position: now.position }) };
    },

    advance,
  };
}
