import type { Recorded } from '../../../shared/events/definition.js';
import type { LedgerEvent } from '../../../shared/events/ledger/events.js';
import { KeyTable } from '../../../shared/kernel/key-table.js';
import { moneyOf } from '../../../shared/kernel/money.js';
import {
  columnsOf, compareRows, compareSlots, inBatches, jsonText, readRows, timeText, type Difference, type ReadRows, type TextRow, type VerifiedTable, type Verifier,
} from '../../../shared/read-store/verify.js';
import { shardOf } from '../verified-values.js';

export const holdsTable: VerifiedTable = {
  projection: 'ledger',
  table: 'ledger.holds',
  key: ['id'],
  columns: {
    id: 'uuid', account_id: 'uuid', currency: 'text', amount: 'bigint', captured: 'bigint', status: 'text', placed_at: 'timestamptz',
    expires_at: 'timestamptz', ended_at: 'timestamptz', pays_to: 'uuid', movement_id: 'uuid', memo: 'jsonb', placed_by: 'uuid', shard: 'int',
    placed_revision: 'bigint', revision: 'bigint', position: 'bigint',
  },
};
const idsTable = columnsOf(holdsTable, ['id']);
/** So many holds are compared at a time. */
const BATCH = 1_000;

type Of<Type> = Extract<LedgerEvent, { type: Type }>['data'];

/** A hold that ended never changes again, so it is compared as the log goes by: kept are the open ones, and 24 bytes for each there ever was. */
export function holdsVerifier(read: ReadRows): Verifier {
  const ids = new KeyTable();
  const open = new Map<string, TextRow>();
  let ended = new Map<string, TextRow>();

  async function* compare(rows: Map<string, TextRow>): AsyncGenerator<Difference> {
    const found = readRows(read, holdsTable, 'id = any($1::uuid[])', [[...rows.keys()]]);
    for await (const difference of compareRows(holdsTable, rows, (row) => row, found)) if (difference.kind === 'changed') yield difference;
  }

  return {
    take(recorded) {
      const { type, data } = recorded.event as LedgerEvent;
      if (type === 'HoldPlaced') {
        ids.add(data.holdId);
        open.set(data.holdId, placedRow(data, recorded));
      }
      if (type === 'HoldCaptured' || type === 'HoldReleased') {
        const row = open.get(data.holdId);
        if (row) ended.set(data.holdId, endedRow(row, type === 'HoldCaptured' ? capturedColumns(data) : { status: data.cause }, recorded));
        open.delete(data.holdId);
      }
      if (ended.size < BATCH) return undefined;
      const complete = ended;
      ended = new Map();
      return compare(complete);
    },
    async *finish() {
      yield* compare(ended);
      for await (const rows of inBatches(open, BATCH)) yield* compare(new Map(rows));
      yield* compareSlots(idsTable, ids, (slot) => ({ id: ids.keyOf(slot) }), readRows(read, idsTable));
    },
  };
}

const placedRow = (placed: Of<'HoldPlaced'>, { id, stream, revision, position, metadata }: Recorded): TextRow => ({
  id: placed.holdId,
  account_id: placed.accountId,
  currency: placed.money.currency,
  amount: String(moneyOf(placed.money).minor),
  captured: '0',
  status: 'active',
  placed_at: timeText(metadata.recordedAt),
  expires_at: placed.expiresAt ? timeText(placed.expiresAt) : null,
  ended_at: null,
  pays_to: placed.to ?? null,
  movement_id: null,
  memo: placed.memo ? jsonText(placed.memo) : null,
  placed_by: id,
  shard: shardOf(stream),
  placed_revision: String(revision),
  revision: String(revision),
  position: String(position),
});

const capturedColumns = ({ captured, movementId }: Of<'HoldCaptured'>): TextRow =>
  ({ status: 'captured', captured: String(moneyOf(captured).minor), movement_id: movementId });

const endedRow = (placed: TextRow, how: TextRow, { revision, position, metadata }: Recorded): TextRow =>
  ({ ...placed, ...how, ended_at: timeText(metadata.recordedAt), revision: String(revision), position: String(position) });
