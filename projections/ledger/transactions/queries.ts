import type { Envelope } from '../../../shared/crypto/envelope.js';
import type { Vault } from '../../../shared/crypto/vault.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import { openMemos } from '../memo.js';
import type { MovementKind } from '../movement.js';
import { cutPage, moneyFrom, present } from '../views.js';

export interface TransactionSource {
  readonly store: ReadStore;
  readonly vault: Vault;
}

export interface TransactionFilter {
  /** Booking dates, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly side?: 'debit' | 'credit' | undefined;
  readonly kind?: MovementKind | undefined;
}

/** Where a page ended: revision and leg. */
export type EntryPlace = readonly [revision: string, leg: number];

export interface TransactionPage {
  readonly items: TransactionItem[];
  /** Absent on the last page. */
  readonly next: EntryPlace | undefined;
}
export type TransactionItem = ReturnType<typeof itemOf>;

interface EntryRow {
  readonly id: string;
  readonly event_id: string;
  readonly kind: MovementKind;
  readonly revision: string;
  readonly leg: number;
  readonly side: 'debit' | 'credit';
  readonly currency: string;
  readonly amount: string;
  readonly balance_after: string;
  readonly booking_date: string;
  readonly recorded_at: Date;
  readonly channel: string;
  readonly memo: Envelope | null;
  readonly other_id: string | null;
  readonly other_number: string | null;
}

/**
 * An account's entries, last recorded first: each item's balance follows from the next one's. The counterparty is the first account on the
 * other side; a movement with more legs shows them all under its own id.
 */
export async function transactionsOf(
  { store, vault }: TransactionSource,
  accountId: string,
  filter: TransactionFilter,
  limit: number,
  before?: EntryPlace,
): Promise<TransactionPage> {
  const values: unknown[] = [accountId];
  const value = (given: unknown) => `$${values.push(given)}`;
  const conditions = [
    'entry.account_id = $1',
    filter.from !== undefined && `entry.booking_date >= ${value(filter.from)}::date`,
    filter.to !== undefined && `entry.booking_date <= ${value(filter.to)}::date`,
    filter.side !== undefined && `entry.side = ${value(filter.side)}`,
    filter.kind !== undefined && `movement.kind = ${value(filter.kind)}`,
    before !== undefined && `(entry.revision, entry.leg) < (${value(before[0])}::bigint, ${value(before[1])}::smallint)`,
  ].filter((condition) => condition !== false);
  const rows = await store.query<EntryRow>(
    `with page as materialized (
       select movement.id, movement.event_id, movement.kind, movement.channel, entry.*,
              case entry.side when 'debit' then movement.credit_accounts else movement.debit_accounts end as others
       from ledger.entries as entry join ledger.movements as movement on movement.shard = entry.shard and movement.revision = entry.revision
       where ${conditions.join(' and ')}
       order by entry.revision desc, entry.leg desc limit ${value(limit + 1)}
     )
     select page.id, event_id, page.kind, page.revision::text, leg, side, page.currency, amount::text, balance_after::text, booking_date::text, recorded_at,
            page.channel, memo, other.id as other_id, other.account_number as other_number
     from page left join ledger.accounts as other on other.id = (array_remove(page.others, page.account_id))[1]
     order by page.revision desc, page.leg desc`,
    values,
  );
  const { items, last } = cutPage(rows, limit);
  const memos = await openMemos(vault, items.map((row) => ({ envelope: row.memo, eventId: row.event_id, pointer: `/legs/${row.leg}/memo` })));
  return { items: items.map((row, index) => itemOf(row, memos[index]!)), next: last && [last.revision, last.leg] };
}

const itemOf = (row: EntryRow, memo: string | null) =>
  present({
    id: row.id,
    kind: row.kind,
    side: row.side,
    money: moneyFrom(row.amount, row.currency),
    balanceAfter: moneyFrom(row.balance_after, row.currency),
    bookingDate: row.booking_date,
    recordedAt: row.recorded_at.toISOString(),
    channel: row.channel,
    counterparty: row.other_id === null ? null : { accountId: row.other_id, accountNumber: row.other_number! },
    memo,
  });
