import type { Recorded } from '../../../shared/events/definition.js';
import type { LedgerEvent } from '../../../shared/events/ledger/events.js';
import { moneyOf } from '../../../shared/kernel/money.js';
import { compareRows, jsonText, readRows, timeText, type ReadRows, type TextRow, type VerifiedTable, type Verifier } from '../../../shared/read-store/verify.js';

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

type Of<Type> = Extract<LedgerEvent, { type: Type }>['data'];

interface Hold {
  readonly placed: Of<'HoldPlaced'>;
  readonly placedBy: Recorded;
  status: string;
  captured: string;
  movementId: string | null;
  endedBy: Recorded | undefined;
}

export function holdsVerifier(read: ReadRows): Verifier {
  const holds = new Map<string, Hold>();
  return {
    take(recorded) {
      const { type, data } = recorded.event as LedgerEvent;
      if (type === 'HoldPlaced') holds.set(data.holdId, { placed: data, placedBy: recorded, status: 'active', captured: '0', movementId: null, endedBy: undefined });
      if (type === 'HoldCaptured' || type === 'HoldReleased') {
        const hold = holds.get(data.holdId);
        if (hold) hold.endedBy = recorded;
        if (hold && type === 'HoldReleased') hold.status = data.cause;
        if (hold && type === 'HoldCaptured') [hold.status, hold.captured, hold.movementId] = ['captured', String(moneyOf(data.captured).minor), data.movementId];
      }
      return undefined;
    },
    finish: () => compareRows(holdsTable, holds, rowOf, readRows(read, holdsTable)),
  };
}

function rowOf({ placed, placedBy, endedBy, ...hold }: Hold): TextRow {
  const last = endedBy ?? placedBy;
  return {
    id: placed.holdId,
    account_id: placed.accountId,
    currency: placed.money.currency,
    amount: String(moneyOf(placed.money).minor),
    captured: hold.captured,
    status: hold.status,
    placed_at: timeText(placedBy.metadata.recordedAt),
    expires_at: placed.expiresAt ? timeText(placed.expiresAt) : null,
    ended_at: endedBy ? timeText(endedBy.metadata.recordedAt) : null,
    pays_to: placed.to ?? null,
    movement_id: hold.movementId,
    memo: placed.memo ? jsonText(placed.memo) : null,
    placed_by: placedBy.id,
    shard: placedBy.stream.replace('ledger-', ''),
    placed_revision: String(placedBy.revision),
    revision: String(last.revision),
    position: String(last.position),
  };
}
