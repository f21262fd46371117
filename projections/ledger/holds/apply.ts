import type { Recorded } from '../../../shared/events/definition.js';
import { moneyOf } from '../../../shared/kernel/money.js';
import { instantOf, ledgerEventOf, recordedAtOf, sealedMemo, shardOf } from '../movement.js';
import { batchStatement, fromBatch, insertBatch, type RowOf, type Statements } from '../../../shared/read-store/batch.js';

export type HoldStatus = 'active' | 'captured' | 'released' | 'expired';

const ended = { id: 'uuid', captured: 'bigint', status: 'text', ended_at: 'timestamptz', movement_id: 'uuid', revision: 'bigint', position: 'bigint' } as const;
const placed = {
  ...ended, account_id: 'uuid', currency: 'text', amount: 'bigint', placed_at: 'timestamptz', expires_at: 'timestamptz', pays_to: 'uuid', memo: 'jsonb',
  placed_by: 'uuid', shard: 'int', placed_revision: 'bigint',
} as const;

/** Every hold ends at once, by one event; so a batch holds at most its placing and its end. */
interface HoldChange {
  placed?: RowOf<typeof placed>;
  ended?: RowOf<typeof ended>;
}

export function foldHolds(events: readonly Recorded[]): ReadonlyMap<string, HoldChange> {
  const changes = new Map<string, HoldChange>();
  const change = (id: string, part: HoldChange) => changes.set(id, { ...changes.get(id), ...part });
  for (const recorded of events) {
    const event = ledgerEventOf(recorded);
    const { revision, position } = recorded;
    if (event.type === 'HoldPlaced') {
      const { holdId, accountId, money, expiresAt, to, memo } = event.data;
      const { minor, currency } = moneyOf(money);
      const sealed = sealedMemo(memo);
      change(holdId, { placed: {
        id: holdId, account_id: accountId, currency, amount: minor, captured: 0n, status: 'active', placed_at: recordedAtOf(recorded),
        expires_at: expiresAt === undefined ? null : instantOf(expiresAt), ended_at: null, pays_to: to ?? null, movement_id: null,
        memo: sealed && JSON.stringify(sealed), placed_by: recorded.id, shard: shardOf(recorded.stream), placed_revision: revision, revision, position,
      } });
    } else if (event.type === 'HoldCaptured') {
      const { holdId, movementId, captured } = event.data;
      change(holdId, { ended: { id: holdId, captured: moneyOf(captured).minor, status: 'captured', ended_at: recordedAtOf(recorded), movement_id: movementId, revision, position } });
    } else if (event.type === 'HoldReleased') {
      const { holdId, cause } = event.data;
      change(holdId, { ended: { id: holdId, captured: 0n, status: cause, ended_at: recordedAtOf(recorded), movement_id: null, revision, position } });
    }
  }
  return changes;
}

const insertText = insertBatch('holds', placed);
const updateText = `update holds as hold set captured = batch.captured, status = batch.status, ended_at = batch.ended_at, movement_id = batch.movement_id,
  revision = batch.revision, position = batch.position ${fromBatch(ended)} where hold.id = batch.id`;

export function* holdStatements(changes: ReadonlyMap<string, HoldChange>): Statements {
  const inserts: RowOf<typeof placed>[] = [];
  const updates: RowOf<typeof ended>[] = [];
  for (const change of changes.values()) {
    if (change.placed) inserts.push({ ...change.placed, ...change.ended });
    else updates.push(change.ended!);
  }
  yield batchStatement('ledger_holds_insert', insertText, placed, inserts);
  yield batchStatement('ledger_holds_update', updateText, ended, updates);
}
