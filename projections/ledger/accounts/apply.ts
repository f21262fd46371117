import type { Holder } from '../../../shared/events/ledger/events.js';
import type { ReadTransaction } from '../../../shared/read-store/projection.js';
import type { Line } from '../line.js';
import type { Instant } from '../movement.js';
import { batchColumn, batchStatement, fromBatch, insertBatch, uuidArray, type RowOf, type Statements } from '../../../shared/read-store/batch.js';
import type { AccountChange } from './fold.js';

/** What the rest of the batch must know of an account that was there before it. */
export interface KnownAccount extends Line {
  /** Only where the batch may hold an earlier one. */
  readonly firstRecordedAt: Instant | null;
  readonly firstBookingDate: string | null;
  /** The batch holds no entry of it that is earlier than its first. */
  readonly settled: boolean;
}

/** The accounts that the batch touches and did not open. Throws when one was never opened: the log would be broken. */
export async function loadAccounts(tx: ReadTransaction, changes: ReadonlyMap<string, AccountChange>): Promise<ReadonlyMap<string, KnownAccount>> {
  const touched = [...changes.values()].filter((change) => change.opening === null);
  if (touched.length === 0) return new Map();
  const known = new Map<string, KnownAccount>();
  for (const { ids, ...line } of await loadLines(tx, touched)) {
    const account = { ...line, firstRecordedAt: null, firstBookingDate: null };
    for (const id of ids.split(',')) known.set(id, account);
  }
  for (const { id } of touched) if (!known.has(id)) throw new Error(`an event touches account ${id}, which was never opened`);
  const unsettled = [...known].filter(([, account]) => !account.settled).map(([id]) => id);
  for (const { id, ...firsts } of await loadFirsts(tx, unsettled)) known.set(id, { ...known.get(id)!, ...firsts });
  return known;
}

/** One row per line rather than per account: thousands of accounts lie on a few lines, and rows are what costs. */
function loadLines(tx: ReadTransaction, touched: readonly AccountChange[]): Promise<(Line & { readonly settled: boolean; readonly ids: string })[]> {
  const earliest = (texts: readonly string[]) => texts.reduce((first, text) => (text < first ? text : first));
  const recorded = earliest(touched.map((change) => change.firstRecordedAt ?? LATEST));
  const booked = earliest(touched.map((change) => change.firstBookingDate ?? LATEST));
  return tx.query(
    `select currency, kind, product, normal_side as "normalSide", coalesce(first_recorded_at <= $2 and first_booking_date <= $3, false) as settled,
            string_agg(id::text, ',') as ids
     from accounts where id = any($1::uuid[]) group by 1, 2, 3, 4, 5`,
    [uuidArray(touched.map((change) => change.id)), recorded, booked],
    'ledger_accounts_load',
  );
}

const LATEST = '9999-12-31';

async function loadFirsts(tx: ReadTransaction, ids: readonly string[]): Promise<(Pick<KnownAccount, 'firstRecordedAt' | 'firstBookingDate'> & { readonly id: string })[]> {
  if (ids.length === 0) return [];
  const rows = await tx.query<{ id: string; recorded: Date | null; booked: string | null }>(
    'select id, first_recorded_at as recorded, first_booking_date::text as booked from accounts where id = any($1::uuid[])',
    [uuidArray(ids)],
    'ledger_accounts_firsts',
  );
  return rows.map(({ id, recorded, booked }) => ({ id, firstRecordedAt: recorded && recorded.toISOString(), firstBookingDate: booked }));
}

const moved = {
  id: 'uuid', balance: 'bigint', held: 'bigint', last_movement_at: 'timestamptz', first_recorded_at: 'timestamptz', first_booking_date: 'date',
  revision: 'bigint', position: 'bigint',
} as const;
const restated = { id: 'uuid', holders: 'jsonb', status: 'text', closed_at: 'timestamptz' } as const;
const opened = {
  ...moved, ...restated, parties: 'uuid[]', account_number: 'text', kind: 'text', normal_side: 'text', product: 'text', product_version: 'int', currency: 'text',
  customer_id: 'uuid', overdraft_limit: 'bigint', branch: 'text', channel: 'text', opened_at: 'timestamptz', shard: 'int',
} as const;

const insertText = insertBatch('accounts', opened);
const moveText = `update accounts as account set
  balance = coalesce(batch.balance, account.balance), held = account.held + batch.held,
  last_movement_at = coalesce(batch.last_movement_at, account.last_movement_at),
  first_recorded_at = least(account.first_recorded_at, batch.first_recorded_at),
  first_booking_date = least(account.first_booking_date, batch.first_booking_date),
  revision = batch.revision, position = batch.position
  ${fromBatch(moved)} where account.id = batch.id`;
/** Holders change seldom; who is a party follows from them and the owner, owner first, each once. */
const restateText = `update accounts as account set
  status = coalesce(batch.status, account.status), closed_at = coalesce(batch.closed_at, account.closed_at),
  holders = coalesce(${batchColumn(restated, 'holders')}, account.holders),
  parties = case when batch.holders is null then account.parties else array(
    select party from (
      select account.customer_id as party, 0 as place where account.customer_id is not null
      union all select (holder.value ->> 'customerId')::uuid, holder.place::int from jsonb_array_elements(${batchColumn(restated, 'holders')}) with ordinality as holder(value, place)
    ) as named group by party order by min(place)) end
  ${fromBatch(restated)} where account.id = batch.id`;

export function* accountStatements(changes: ReadonlyMap<string, AccountChange>): Statements {
  const inserts: RowOf<typeof opened>[] = [];
  const moves: RowOf<typeof moved>[] = [];
  const restatements: RowOf<typeof restated>[] = [];
  for (const change of changes.values()) {
    const { opening, holders } = change;
    if (opening === null) {
      moves.push(movedRow(change));
      if (holders || change.status) restatements.push(restatedRow(change));
      continue;
    }
    inserts.push({
      ...movedRow(change), ...restatedRow(change), balance: change.balance ?? 0n, parties: uuidArray(partiesOf(opening.customerId, holders ?? [])),
      account_number: opening.accountNumber, kind: opening.kind, normal_side: opening.normalSide, product: opening.product,
      product_version: opening.productVersion, currency: opening.currency, customer_id: opening.customerId, overdraft_limit: opening.overdraftLimit,
      branch: opening.branch, channel: opening.channel, opened_at: opening.openedAt, shard: change.shard,
    });
  }
  yield batchStatement('ledger_accounts_insert', insertText, opened, inserts);
  yield batchStatement('ledger_accounts_move', moveText, moved, moves);
  yield batchStatement('ledger_accounts_restate', restateText, restated, restatements);
}

const movedRow = (change: AccountChange): RowOf<typeof moved> => ({
  id: change.id, balance: change.balance, held: change.heldBy, last_movement_at: change.lastMovementAt,
  first_recorded_at: change.firstRecordedAt, first_booking_date: change.firstBookingDate, revision: change.revision, position: change.position,
});
const restatedRow = (change: AccountChange): RowOf<typeof restated> => ({
  id: change.id, holders: change.holders && JSON.stringify(change.holders), status: change.status, closed_at: change.closedAt,
});

const partiesOf = (owner: string | null, holders: readonly Holder[]): string[] =>
  [...new Set([...(owner === null ? [] : [owner]), ...holders.map((holder) => holder.customerId)])];
