import type { Envelope } from '../../../shared/crypto/envelope.js';
import { openMemos } from '../memo.js';
import type { MovementKind } from '../movement.js';
import { moneyFrom, present } from '../views.js';
import type { TransactionSource } from './queries.js';

interface MovementRow {
  readonly id: string;
  readonly event_id: string;
  readonly kind: MovementKind;
  readonly shard: number;
  readonly revision: string;
  readonly position: string;
  readonly booking_date: string;
  readonly value_date: string;
  readonly recorded_at: Date;
  readonly channel: string;
  readonly actor_id: string;
  readonly actor_role: string;
  readonly actor_branch: string | null;
  readonly reverses: string | null;
  readonly reversed_by: string | null;
  readonly reasons: readonly Envelope[] | null;
  readonly hold_id: string | null;
  readonly accounts: readonly string[];
}

interface LegRow {
  readonly account_id: string;
  readonly account_number: string;
  readonly leg: number;
  readonly side: 'debit' | 'credit';
  readonly currency: string;
  readonly amount: string;
  readonly balance_after: string;
  readonly memo: Envelope | null;
}

type LegView = Omit<ReturnType<typeof legView>, 'balanceAfter'> & Partial<Pick<ReturnType<typeof legView>, 'balanceAfter'>>;
export type MovementView = Omit<ReturnType<typeof viewOf>, 'legs'> & { readonly legs: LegView[] };

/** Any movement of money with all its legs and its reversal, whichever side is asked for. */
export async function movementById({ store, vault }: TransactionSource, id: string): Promise<MovementView | undefined> {
  const [row] = await store.query<MovementRow>(
    `select id, event_id, kind, shard, revision::text, position::text, booking_date::text, value_date::text, recorded_at, channel, actor_id, actor_role,
            actor_branch, reverses, reasons, hold_id, (debit_accounts || credit_accounts)::text[] as accounts,
            (select reversal.id from ledger.movements as reversal where reversal.reverses = movement.id limit 1) as reversed_by
     from ledger.movements as movement where id = $1`,
    [id],
    'ledger_movement_by_id',
  );
  if (!row) return undefined;
  const legs = await store.query<LegRow>(
    `select account_id, account_number, leg, side, entry.currency, amount::text, balance_after::text, memo
     from ledger.entries as entry join ledger.accounts as account on account.id = entry.account_id
     where entry.account_id = any($1::uuid[]) and entry.revision = $2 and entry.shard = $3 order by leg`,
    [row.accounts, row.revision, row.shard],
    'ledger_movement_legs',
  );
  const sealedAt = (envelope: Envelope | null, pointer: string) => ({ envelope, eventId: row.event_id, pointer });
  const texts = await openMemos(vault, [
    ...legs.map(({ leg, memo }) => sealedAt(memo, `/legs/${leg}/memo`)),
    ...(row.reasons ?? []).map((reason, place) => sealedAt(reason, `/reasons/${place}/reason`)),
  ]);
  const reason = texts.slice(legs.length).find((text) => text !== null) ?? null;
  return viewOf(row, reason, legs.map((leg, index) => legView(leg, texts[index]!)));
}

const viewOf = (row: MovementRow, reason: string | null, legs: ReturnType<typeof legView>[]) =>
  present({
    id: row.id,
    kind: row.kind,
    status: row.reversed_by === null ? ('posted' as const) : ('reversed' as const),
    ...ends(legs),
    bookingDate: row.booking_date,
    valueDate: row.value_date,
    recordedAt: row.recorded_at.toISOString(),
    channel: row.channel,
    actor: present({ id: row.actor_id, role: row.actor_role, branch: row.actor_branch }),
    legs,
    reverses: row.reverses,
    reversedBy: row.reversed_by,
    reason,
    holdId: row.hold_id,
    revision: Number(row.revision),
    position: row.position,
  });

/** Between two accounts: who paid whom how much, as a transfer is ordered. */
function ends(legs: ReturnType<typeof legView>[]) {
  const from = legs.find(({ side }) => side === 'debit');
  const to = legs.find(({ side }) => side === 'credit');
  return legs.length === 2 && from && to ? { from: from.accountId, to: to.accountId, money: from.money } : {};
}

const legView = (leg: LegRow, memo: string | null) =>
  present({
    accountId: leg.account_id,
    accountNumber: leg.account_number,
    side: leg.side,
    money: moneyFrom(leg.amount, leg.currency),
    balanceAfter: moneyFrom(leg.balance_after, leg.currency),
    memo,
  });
