import type { LedgerShard } from '../../services/ledger/ledger-shard.js';
import type { ShardStatus } from '../../services/ledger/shard-parts.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';

export function ledgerMeters(metrics: Metrics, ledger: Pick<LedgerShard, 'status'>): void {
  const gauge = (name: string, help: string, of: (status: ShardStatus) => number): void =>
    void metrics.gauge({ name, help, labels: ['shard'], read: () => [{ value: of(ledger.status()), labels: { shard: ledger.status().shard } }] });
  gauge('bank_ledger_intake_commands', 'Commands that wait to be decided', ({ waiting }) => waiting);
  gauge('bank_ledger_groups_in_flight', 'Appends on their way into the log', ({ groupsInFlight }) => groupsInFlight);
  gauge('bank_ledger_serving', '1 while the shard takes and answers commands', ({ mode }) => (mode === 'serving' ? 1 : 0));
  gauge('bank_ledger_stored_revision', 'Revision of the last event stored', ({ storedRevision }) => storedRevision);
  gauge('bank_ledger_accounts', 'Accounts in memory', ({ accounts }) => accounts);
  gauge('bank_ledger_open_holds', 'Holds in memory', ({ openHolds }) => openHolds);
}
