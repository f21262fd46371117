import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { textsOfCustomer } from '../../projections/ledger/texts-of-customer.js';
import { hasOpenCase } from '../../projections/risk/queries.js';
import { todayIn } from '../../services/customers/customers.js';
import { backupFolder } from '../../services/customers/erasure/backups.js';
import { createErasures, type Erasures } from '../../services/customers/erasure/erasures.js';
import type { ErasureHook } from '../../services/customers/erasure/hooks.js';
import { createPeople } from '../../services/customers/merging/person.js';
import { yearsAfterBusiness, yearsLater } from '../../services/customers/erasure/retention.js';
import { startSweep, type Sweep } from '../../services/customers/erasure/sweep.js';
import type { SignInParts } from '../../services/access/sign-in/parts.js';
import type { DocumentsErasing } from '../../services/documents/erasing.js';
import { forgetSignIn } from '../../services/self-service/forgetting.js';
import type { LedgerCommand } from '../../services/ledger/commands.js';
import type { LedgerShard } from '../../services/ledger/ledger-shard.js';
import { parseEscrowKey } from '../../shared/crypto/escrow.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { Refusal, type CommandContext } from '../../shared/http/context.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';
import type { Parts } from './parts.js';
import { isRead, ledgerIsRead } from './ledger-is-read.js';

export interface ErasureSources {
  readonly eventStore: EventStore;
  readonly store: ReadStore;
  readonly records: Records;
  readonly vault: Vault;
  readonly ledger: LedgerShard;
  readonly documents: DocumentsErasing;
  readonly now: () => Date;
  /** Customers' own. */
  readonly signIn: SignInParts;
}

const MOST_A_ROUND = 100;

/** Whoever else has something of a customer stands here, and nowhere else. */
const hooksOf = ({ store, vault, signIn, documents, now }: ErasureSources): readonly ErasureHook[] => [
  // The texts stay where they are, sealed under the key that is destroyed.
  { name: 'ledger', backUp: (customerId) => textsOfCustomer({ store, vault }, customerId), erase: async () => {} },
  forgetSignIn(signIn, now),
  { name: 'documents', ...documents },
];

/** What erasing a customer asks of the ledger, its read model, the vault and the folder of backups; and who carries on with it after a crash. */
export function bankErasures({ config, logger, metrics }: Parts, sources: ErasureSources): { readonly erasures: Erasures; readonly sweep: Sweep } {
  const { eventStore, store, records, vault, ledger, now } = sources;
  const today = todayIn(config.timeZone);

  async function inLedger(command: Extract<LedgerCommand, { kind: 'bar-customer' | 'lift-bar' }>, context: CommandContext): Promise<'customer_has_open_accounts' | undefined> {
    const given = await ledger.execute(command, { ...context, commandId: randomUUID(), repeatable: false });
    if (given.outcome === 'accepted') return undefined;
    if (given.rejection.code === 'customer_has_open_accounts') return given.rejection.code;
    throw new Refusal(given.rejection, given.retryAfterSeconds);
  }

  const erasures = createErasures({
    records, vault, today, idsOf: createPeople(eventStore).idsOf,
    hooks: hooksOf(sources).map((hook) => ({ ...hook, backUp: (customerId: string) => after(() => ledgerIsRead(eventStore, store), () => hook.backUp(customerId)) })),
    retentionUntil: yearsAfterBusiness(config.retentionYears),
    backupKeptUntil: (at) => yearsLater(today(at), config.erasedBackupYears),
    escrowKey: config.escrowKeyFile === undefined ? undefined : parseEscrowKey(readFileSync(config.escrowKeyFile, 'utf8')),
    backups: backupFolder(config.erasureBackupsDir),
    barCustomer: (customerId, context) => inLedger({ kind: 'bar-customer', customerId }, context),
    liftBar: async (customerId, context) => void (await inLedger({ kind: 'lift-bar', customerId }, context)),
    async hasOpenCase(customerIds) {
      await isRead('risk', eventStore, store);
      return hasOpenCase(store, customerIds);
    },
    async accountsOf(customerIds) {
      await ledgerIsRead(eventStore, store);
      const [row] = await store.query<{ open: boolean | null; closed_at: Date | null }>(
        `select bool_or(status <> 'closed') as open, max(closed_at) as closed_at from ledger.accounts where parties && $1::uuid[]`, [customerIds], 'accounts_of_customer');
      return { open: row?.open ?? false, ...(row?.closed_at && { lastClosedAt: row.closed_at.toISOString() }) };
    },
  });
  const sweep = startSweep({
    erasing: erasures, now, today, logger, metrics,
    async unfinished() {
      const rows = await store.query<{ id: string; updated_at: Date }>('select id, updated_at from customers.customers where erasing order by updated_at limit $1', [MOST_A_ROUND], 'erasures_unfinished');
      return rows.map(({ id, updated_at }) => ({ customerId: id, since: updated_at }));
    },
    async overdue(date) {
      const rows = await store.query<{ id: string }>('select id from customers.customers where backup_until < $1::date order by backup_until limit $2', [date, MOST_A_ROUND], 'backups_overdue');
      return rows.map(({ id }) => id);
    },
  });
  return { erasures, sweep };
}

async function* after<T>(first: () => Promise<void>, then: () => AsyncIterable<T>): AsyncIterable<T> {
  await first();
  yield* then();
}
