import type { Holder } from '../../../shared/events/ledger/events.js';
import type { ReadTransaction } from '../../../shared/read-store/projection.js';
import { instantText } from '../movement.js';
import { batchColumn, fromBatch, insertBatch, runBatch, uuidArray, type RowOf } from '../unnest.js';
import type { AccountChange } from './fold.js';

/** What the rest of the batch must know of an account that was there before it. */
export interface KnownAccount {
  readonly currency: string;
  readonly kind: string;
  readonly product: string;
  readonly normalSide: string;
  readonly customerId: string | null;
  readonly firstRecordedAt: number | null;
  readonly firstBookingDate: string | null;
}

/** The accounts that the batch touches and did not open. Throws when one was never opened: the log would be broken. */
export async function loadAccounts(tx: ReadTransaction, changes: ReadonlyMap<string, AccountChange>): Promise<ReadonlyMap<string, KnownAccount>> {
  const ids = [...changes.values()].filter((change) => change.opening === null).map((change) => change.id);
  if (ids.length === 0) return new Map();
  const rows = await tx.query<KnownRow>(
    `select id, currency, kind, product, normal_side, customer_id, (extract(epoch from first_recorded_at) * 1000)::bigint::text as first_recorded_ms,
            first_booking_date::text as first_booking_date
     from accounts where id = any($1::uuid[])`,
    [ids],
    'ledger_accounts_load',
  );
  const known = new Map(rows.map((row) => [row.id, {
    currency: row.currency, kind: row.kind, product: row.product, normalSide: row.normal_side, customerId: row.customer_id,
    firstRecordedAt: row.first_recorded_ms === null ? null : Number(row.first_recorded_ms), firstBookingDate: row.first_booking_date,
  }]));
  for (const id of ids) if (!known.has(id)) throw new Error(`an event touches account ${id}, which was never opened`);
  return known;
}

interface KnownRow {
  readonly id: string;
  readonly currency: string;
  readonly kind: string;
  readonly product: string;
  readonly normal_side: string;
  readonly customer_id: string | null;
  readonly first_recorded_ms: string | null;
  readonly first_booking_date: string | null;
}

const changed = {
  id: 'uuid', holders: 'jsonb', parties: 'uuid[]', status: 'text', closed_at: 'timestamptz', balance: 'bigint', held: 'bigint',
  last_movement_at: 'timestamptz', first_recorded_at: 'timestamptz', first_booking_date: 'date', revision: 'bigint', position: 'bigint',
} as const;
const opened = {
  ...changed, account_number: 'text', kind: 'text', normal_side: 'text', product: 'text', product_version: 'int', currency: 'text',
  customer_id: 'uuid', overdraft_limit: 'bigint', branch: 'text', channel: 'text', opened_at: 'timestamptz', shard: 'int',
} as const;

const insertText = insertBatch('accounts', opened);
const replaced = ['holders', 'parties', 'status', 'closed_at', 'balance', 'last_movement_at'];
const updateText = `update accounts as account set
  ${replaced.map((name) => `${name} = coalesce(${batchColumn(changed, name)}, account.${name})`).join(', ')},
  held = account.held + batch.held,
  first_recorded_at = least(account.first_recorded_at, batch.first_recorded_at),
  first_booking_date = least(account.first_booking_date, batch.first_booking_date),
  revision = batch.revision, position = batch.position
  ${fromBatch(changed)} where account.id = batch.id`;

export async function saveAccounts(tx: ReadTransaction, changes: ReadonlyMap<string, AccountChange>, known: ReadonlyMap<string, KnownAccount>): Promise<void> {
  const inserts: RowOf<typeof opened>[] = [];
  const updates: RowOf<typeof changed>[] = [];
  for (const change of changes.values()) {
    const { opening } = change;
    if (opening === null) {
      updates.push(changedRow(change, known.get(change.id)!.customerId));
      continue;
    }
    inserts.push({
      ...changedRow(change, opening.customerId), balance: change.balance ?? 0n,
      account_number: opening.accountNumber, kind: opening.kind, normal_side: opening.normalSide, product: opening.product,
      product_version: opening.productVersion, currency: opening.currency, customer_id: opening.customerId, overdraft_limit: opening.overdraftLimit,
      branch: opening.branch, channel: opening.channel, opened_at: instantText(opening.openedAt), shard: change.shard,
    });
  }
  await runBatch(tx, 'ledger_accounts_insert', insertText, opened, inserts);
  await runBatch(tx, 'ledger_accounts_update', updateText, changed, updates);
}

const changedRow = (change: AccountChange, owner: string | null): RowOf<typeof changed> => ({
  id: change.id,
  holders: change.holders && JSON.stringify(change.holders),
  parties: change.holders && uuidArray(partiesOf(owner, change.holders)),
  status: change.status,
  closed_at: change.closedAt === null ? null : instantText(change.closedAt),
  balance: change.balance,
  held: change.heldBy,
  last_movement_at: change.lastMovementAt === null ? null : instantText(change.lastMovementAt),
  first_recorded_at: change.firstRecordedAt === null ? null : instantText(change.firstRecordedAt),
  first_booking_date: change.firstBookingDate,
  revision: change.revision,
  position: change.position,
});

const partiesOf = (owner: string | null, holders: readonly Holder[]): string[] =>
  [...new Set([...(owner === null ? [] : [owner]), ...holders.map((holder) => holder.customerId)])];
