import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { todayIn } from '../../services/customers/customers.js';
import { backupFolder } from '../../services/customers/erasure/backups.js';
import { createErasures, type Erasures } from '../../services/customers/erasure/erasures.js';
import { yearsAfterBusiness } from '../../services/customers/erasure/retention.js';
import type { LedgerShard } from '../../services/ledger/ledger-shard.js';
import type { Config } from '../../shared/config/config.js';
import { parseEscrowKey } from '../../shared/crypto/escrow.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { Refusal } from '../../shared/http/context.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { Records } from '../../shared/records/record.js';

export interface ErasureParts {
  readonly config: Config;
  readonly eventStore: EventStore;
  readonly store: ReadStore;
  readonly records: Records;
  readonly vault: Vault;
  readonly ledger: LedgerShard;
}

const READ_WAIT_MS = 5_000;

/** What erasing a customer asks of the ledger, its read model, the vault and the folder of backups. */
export function bankErasures({ config, eventStore, store, records, vault, ledger }: ErasureParts): Erasures {
  return createErasures({
    records, vault,
    today: todayIn(config.timeZone),
    retentionUntil: yearsAfterBusiness(config.retentionYears),
    escrowKey: config.escrowKeyFile === undefined ? undefined : parseEscrowKey(readFileSync(config.escrowKeyFile, 'utf8')),
    backups: backupFolder(config.erasureBackupsDir),
    async barCustomer(customerId, context) {
      const given = await ledger.execute({ kind: 'bar-customer', customerId }, { ...context, commandId: randomUUID(), repeatable: false });
      if (given.outcome === 'accepted') return undefined;
      if (given.rejection.code === 'customer_has_open_accounts') return given.rejection.code;
      throw new Refusal(given.rejection, given.retryAfterSeconds);
    },
    async accountsOf(customerId) {
      for await (const { position } of eventStore.readAll({ direction: 'backwards', limit: 1 }))
        if (!(await store.waitFor('ledger', position, READ_WAIT_MS))) throw new Refusal({ code: 'read_behind' }, 1);
      const [row] = await store.query<{ open: boolean | null; closed_at: Date | null }>(
        `select bool_or(status <> 'closed') as open, max(closed_at) as closed_at from ledger.accounts where parties @> array[$1::uuid]`, [customerId], 'accounts_of_customer');
      return { open: row?.open ?? false, ...(row?.closed_at && { lastClosedAt: row.closed_at.toISOString() }) };
    },
  });
}
