import path from 'node:path';
import { openAccessLog, type RunningAccessLog } from '../../services/accesses/access-log.js';
import type { LedgerShard } from '../../services/ledger/ledger-shard.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { Codec } from '../../shared/events/codec.js';
import type { EventStore } from '../../shared/event-store/port.js';
import { isStillRunning, processIdentity } from '../processes/process-identity.js';
import type { Parts } from './parts.js';

/** The access log of this api process, spooled in the data folder. */
export function openBankAccessLog({ config, logger, metrics }: Parts, { eventStore, codec, vault, ledger }: {
  readonly eventStore: EventStore; readonly codec: Codec; readonly vault: Vault; readonly ledger: Pick<LedgerShard, 'partiesOfAccount'>;
}): Promise<RunningAccessLog> {
  return openAccessLog({
    store: eventStore, codec, vault, logger, metrics,
    folder: path.join(config.dataDir, 'access-log'),
    mostBytes: config.accessSpoolMegabytes * 1_000_000,
    partiesOfAccount: (id) => ledger.partiesOfAccount(id),
    owner: { pid: process.pid, startedAt: processIdentity(process.pid)?.startedAt ?? '' },
    isRunning: isStillRunning,
  });
}
