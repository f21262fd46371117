import type { Movement } from '../movement.js';
import { batchStatement, insertBatch, uuidArray, type RowOf, type Statements } from '../../../shared/read-store/batch.js';

const movementColumns = {
  id: 'uuid', event_id: 'uuid', kind: 'text', shard: 'int', revision: 'bigint', position: 'bigint', booking_date: 'date', value_date: 'date',
  recorded_at: 'timestamptz', channel: 'text', actor_id: 'text', actor_role: 'text', actor_branch: 'text', reverses: 'uuid', reasons: 'jsonb',
  hold_id: 'uuid', debit_accounts: 'uuid[]', credit_accounts: 'uuid[]',
} as const;
const entryColumns = {
  account_id: 'uuid', shard: 'int', revision: 'bigint', leg: 'smallint', side: 'text', currency: 'text', amount: 'bigint', balance_after: 'bigint',
  booking_date: 'date', recorded_at: 'timestamptz', memo: 'jsonb',
} as const;

const insertMovements = insertBatch('movements', movementColumns);
const insertEntries = insertBatch('entries', entryColumns);

export function* transactionStatements(movements: readonly Movement[]): Statements {
  const movementRows: RowOf<typeof movementColumns>[] = [];
  const entryRows: RowOf<typeof entryColumns>[] = [];
  for (const movement of movements) {
    const { shard, source, bookingDate, recordedAt, entries } = movement;
    const { revision, position } = source;
    const { actor } = source.metadata;
    movementRows.push({
      id: movement.id, event_id: source.id, kind: movement.kind, shard, revision, position, booking_date: bookingDate, value_date: movement.valueDate,
      recorded_at: recordedAt, channel: actor.channel, actor_id: actor.id, actor_role: actor.role, actor_branch: actor.branch ?? null,
      reverses: movement.reverses, reasons: movement.reasons && JSON.stringify(movement.reasons), hold_id: movement.holdId,
      debit_accounts: accountsOn(movement, 'debit'), credit_accounts: accountsOn(movement, 'credit'),
    });
    for (const { accountId, leg, side, minor, currency, balanceAfter, memo } of entries)
      entryRows.push({
        account_id: accountId, shard, revision, leg, side, currency, amount: minor, balance_after: balanceAfter, booking_date: bookingDate,
        recorded_at: recordedAt, memo: memo && JSON.stringify(memo),
      });
  }
  yield batchStatement('ledger_movements_insert', insertMovements, movementColumns, movementRows);
  yield batchStatement('ledger_entries_insert', insertEntries, entryColumns, entryRows);
}

/** In the order of the legs, each once. */
const accountsOn = ({ entries }: Movement, side: 'debit' | 'credit'): string =>
  uuidArray([...new Set(entries.filter((entry) => entry.side === side).map((entry) => entry.accountId))]);
