import { randomUUID } from 'node:crypto';
import type { EscrowKey } from '../../../shared/crypto/escrow.js';
import type { Vault } from '../../../shared/crypto/vault.js';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { Recorded } from '../../../shared/events/definition.js';
import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import type { Attempt, Records } from '../../../shared/records/record.js';
import type { Decision } from '../../../shared/kernel/decision.js';
import { customerRecord, type CustomerState } from '../state.js';
import { backupSubject, sealedLines, type BackupLine } from './backup-lines.js';
import type { Backups } from './backups.js';
import { decideErasedWith, decideStep } from './decider.js';
import { decideDestroyBackup, isOver } from './decide-openings.js';
import type { ErasureHook, IdsOf } from './hooks.js';

export interface ErasingOptions {
  readonly records: Records;
  readonly vault: Pick<Vault, 'erase' | 'keysOf'>;
  readonly idsOf: IdsOf;
  readonly hooks: readonly ErasureHook[];
  /** Has the ledger open no account for the customer any more; undefined once it does, otherwise why it cannot. Throws Refusal for an outage. */
  readonly barCustomer: (customerId: string, context: CommandContext) => Promise<'customer_has_open_accounts' | undefined>;
  readonly liftBar: (customerId: string, context: CommandContext) => Promise<void>;
  readonly backups: Backups;
  /** Undefined: the bank has none, and erases nobody. */
  readonly escrowKey: EscrowKey | undefined;
  /** The last day of a backup written at a moment, by the bank's date. */
  readonly backupKeptUntil: (at: Date) => string;
  /** The bank's date at a moment, ISO. */
  readonly today: (at: Date) => string;
}

/** What goes on by itself once two people have agreed. Each step may have been done by a process that ended before it could record it: all can be done twice. */
export interface Erasing {
  /** Goes on from where a confirmed erasure is, to its end; does nothing for any other customer. */
  advance(customerId: string, context: CommandContext): Promise<void>;
  /** Once the backup's time is over; does nothing before. */
  destroyBackup(customerId: string, context: CommandContext): Promise<void>;
}

export function createErasing(options: ErasingOptions): Erasing {
  const { records, vault, idsOf, hooks, backups, backupKeptUntil, today } = options;

  const record = (customerId: string, context: CommandContext, decide: (attempt: Attempt<CustomerState>) => Decision<CustomerEvent>) =>
    records.execute(customerRecord, customerId, { ...context, commandId: randomUUID(), repeatable: false }, decide);
  const step = (customerId: string, after: Parameters<typeof decideStep>[1], event: CustomerEvent, context: CommandContext) =>
    record(customerId, context, ({ state }) => decideStep(state, after, event));

  async function advance(customerId: string, context: CommandContext): Promise<void> {
    for (;;) {
      const state = (await records.load(customerRecord, customerId))?.state ?? customerRecord.initial;
      if (state.status === 'absent' || !state.erasure) return;
      switch (state.erasure.step) {
        case 'requested':
        case 'erased':
          return;
        case 'confirmed': {
          const refusal = await barAll(await idsOf(customerId), context);
          if (refusal === undefined) await step(customerId, 'confirmed', { type: 'CustomerErasureBarred', data: { customerId } }, context);
          else {
            // An account was opened between the confirmation and the bar.
            await step(customerId, 'confirmed', { type: 'CustomerErasureWithdrawn', data: { customerId, cause: 'business-open' } }, context);
            throw new Refusal({ code: refusal });
          }
          break;
        }
        case 'barred': {
          const backup = await backUp(customerId);
          await step(customerId, 'barred', { type: 'CustomerErasureBackedUp', data: { customerId, ...backup, keptUntil: backupKeptUntil(context.at) } }, context);
          break;
        }
        case 'backed-up':
          // Of two processes that wrote one each, the stream names one.
          await backups.remove(customerId, state.erasure.backup!.sha256);
          await eraseAll(customerId, context);
          await step(customerId, 'backed-up', { type: 'CustomerErased', data: { customerId } }, context);
          break;
      }
    }
  }

  /** All of them or none. */
  async function barAll(ids: readonly string[], context: CommandContext): Promise<'customer_has_open_accounts' | undefined> {
    for (const id of ids) {
      const refusal = await options.barCustomer(id, context);
      if (refusal === undefined) continue;
      for (const barred of ids) await options.liftBar(barred, context);
      return refusal;
    }
    return undefined;
  }

  async function backUp(customerId: string): Promise<{ escrowKeyId: string; sha256: string }> {
    const escrow = requiredEscrow(options.escrowKey);
    const subject = backupSubject(customerId);
    const own = (await vault.keysOf([subject])).get(subject)!;
    return { escrowKeyId: escrow.keyId, sha256: await backups.write(customerId, sealedLines(customerId, linesOf(customerId), escrow, own)) };
  }

  async function* linesOf(customerId: string): AsyncIterable<BackupLine> {
    for (const id of await idsOf(customerId)) {
      const events = (await records.history(customerRecord, id, { direction: 'forwards', limit: Number.MAX_SAFE_INTEGER })) ?? [];
      for (const recorded of events) yield { part: 'record', customerId: id, content: told(recorded) };
      for (const { name, backUp } of hooks) for await (const content of backUp(id)) yield { part: name, customerId: id, content };
    }
  }

  /** The person's other ids first: the last event tells that all is done. */
  async function eraseAll(customerId: string, context: CommandContext): Promise<void> {
    const ids = await idsOf(customerId);
    for (const id of ids) {
      await vault.erase(id);
      for (const hook of hooks) await hook.erase(id);
    }
    for (const id of ids) if (id !== customerId) await record(id, context, ({ state }) => decideErasedWith(state, id));
  }

  return {
    advance,
    async destroyBackup(customerId, context) {
      const state = (await records.load(customerRecord, customerId))?.state;
      if (!state || !isOver(state, today(context.at))) return;
      // The key first: no copy of the file can be read from here on, whatever comes between.
      await vault.erase(backupSubject(customerId));
      await backups.remove(customerId);
      await record(customerId, context, ({ state }) => decideDestroyBackup(state, customerId, today(context.at)));
    },
  };
}

export function requiredEscrow(key: EscrowKey | undefined): EscrowKey {
  if (!key) throw new Refusal({ code: 'escrow_missing', detail: 'PASSBOOK_ESCROW_KEY_FILE names the file of its public key' });
  return key;
}

const told = ({ id, revision, position, event, metadata }: Recorded<CustomerEvent>): object =>
  ({ id, revision: Number(revision), position: position.toString(), ...event, metadata });
