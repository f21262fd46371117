import type { Recorded } from '../../../shared/events/definition.js';
import type { LedgerEvent, Leg } from '../../../shared/events/ledger/events.js';
import { moneyOf } from '../../../shared/kernel/money.js';
import {
  compareRows, jsonText, keyText, readRows, timeText, type Difference, type ReadRows, type TextRow, type VerifiedTable, type Verifier,
} from '../../../shared/read-store/verify.js';

export const movementsTable: VerifiedTable = {
  projection: 'ledger',
  table: 'ledger.movements',
  key: ['shard', 'revision'],
  columns: {
    id: 'uuid', event_id: 'uuid', kind: 'text', shard: 'int', revision: 'bigint', position: 'bigint', booking_date: 'date', value_date: 'date',
    recorded_at: 'timestamptz', channel: 'text', actor_id: 'text', actor_role: 'text', actor_branch: 'text', reverses: 'uuid', reasons: 'jsonb',
    hold_id: 'uuid', debit_accounts: 'uuid[]', credit_accounts: 'uuid[]',
  },
};
export const entriesTable: VerifiedTable = {
  projection: 'ledger',
  table: 'ledger.entries',
  key: ['shard', 'revision', 'leg'],
  columns: {
    account_id: 'uuid', shard: 'int', revision: 'bigint', leg: 'smallint', side: 'text', currency: 'text', amount: 'bigint', balance_after: 'bigint',
    booking_date: 'date', recorded_at: 'timestamptz', memo: 'jsonb',
  },
};

const KINDS: Readonly<Record<string, string>> = {
  DepositPosted: 'deposit', WithdrawalPosted: 'withdrawal', TransferPosted: 'transfer', ReversalPosted: 'reversal', HoldCaptured: 'hold-capture',
};
/** So many events of a shard are compared at a time. */
const STRETCH = 1_000;

interface Stretch {
  readonly shard: string;
  /** The last revision compared already. */
  after: bigint;
  last: bigint;
  taken: number;
  readonly movements: Map<string, TextRow>;
  readonly entries: Map<string, TextRow>;
}

/** Rows are never changed once written, so each stretch of the log is compared as it goes by; memory does not grow with the log. */
export function transactionsVerifier(read: ReadRows): Verifier {
  const stretches = new Map<string, Stretch>();

  async function* compare(stretch: Stretch, upTo: bigint): AsyncGenerator<Difference> {
    const where = 'shard = $1 and revision > $2 and revision <= $3';
    const values = [stretch.shard, String(stretch.after), String(upTo)];
    yield* compareRows(movementsTable, stretch.movements, (row) => row, readRows(read, movementsTable, where, values));
    yield* compareRows(entriesTable, stretch.entries, (row) => row, readRows(read, entriesTable, where, values));
    stretch.after = upTo;
    stretch.taken = 0;
  }

  return {
    take(recorded) {
      const shard = recorded.stream.replace('ledger-', '');
      const stretch = stretches.get(shard) ?? { shard, after: -1n, last: -1n, taken: 0, movements: new Map(), entries: new Map() };
      stretches.set(shard, stretch);
      stretch.last = recorded.revision;
      for (const row of movementRows(recorded)) stretch.movements.set(keyText(movementsTable, row), row);
      for (const row of entryRows(recorded)) stretch.entries.set(keyText(entriesTable, row), row);
      return ++stretch.taken < STRETCH ? undefined : compare(stretch, stretch.last);
    },
    async *finish() {
      for (const stretch of stretches.values()) yield* compare(stretch, LAST);
      // Whatever lies outside what the log has: shards it does not know, revisions below its first.
      const outside = ['shard <> all($1::int[]) or revision < 0', [[...stretches.keys()]]] as const;
      yield* compareRows(movementsTable, new Map<string, TextRow>(), (row) => row, readRows(read, movementsTable, ...outside));
      yield* compareRows(entriesTable, new Map<string, TextRow>(), (row) => row, readRows(read, entriesTable, ...outside));
    },
  };
}

const LAST = 2n ** 63n - 1n;

type Movement = { readonly movementId: string; readonly legs: readonly Leg[]; readonly reversedMovementId?: string; readonly reasons?: readonly { readonly reason: unknown }[]; readonly holdId?: string };
const movementIn = ({ event }: Recorded): Movement | undefined => ('legs' in (event as LedgerEvent).data ? (event.data as Movement) : undefined);

function movementRows(recorded: Recorded): TextRow[] {
  const movement = movementIn(recorded);
  if (!movement) return [];
  const { metadata } = recorded;
  const accounts = (side: string) => `{${[...new Set(movement.legs.filter((leg) => leg.side === side).map((leg) => leg.accountId))].join(',')}}`;
  return [{
    id: movement.movementId,
    event_id: recorded.id,
    kind: KINDS[recorded.event.type] ?? null,
    ...dated(recorded),
    position: String(recorded.position),
    value_date: metadata.valueDate ?? metadata.bookingDate ?? null,
    channel: metadata.actor.channel,
    actor_id: metadata.actor.id,
    actor_role: metadata.actor.role,
    actor_branch: metadata.actor.branch ?? null,
    reverses: movement.reversedMovementId ?? null,
    reasons: movement.reasons && metadata.schemaVersion > 1 ? jsonText(movement.reasons.map(({ reason }) => reason)) : null,
    hold_id: movement.holdId ?? null,
    debit_accounts: accounts('debit'),
    credit_accounts: accounts('credit'),
  }];
}

const entryRows = (recorded: Recorded): TextRow[] =>
  (movementIn(recorded)?.legs ?? []).map((leg, index) => ({
    account_id: leg.accountId,
    ...dated(recorded),
    leg: String(index),
    side: leg.side,
    currency: leg.money.currency,
    amount: String(moneyOf(leg.money).minor),
    balance_after: String(moneyOf(leg.balanceAfter).minor),
    memo: leg.memo ? jsonText(leg.memo) : null,
  }));

const dated = ({ stream, revision, metadata }: Recorded) => ({
  shard: stream.replace('ledger-', ''),
  revision: String(revision),
  booking_date: metadata.bookingDate ?? null,
  recorded_at: timeText(metadata.recordedAt),
});
