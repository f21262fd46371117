import type { Recorded } from '../../../shared/events/definition.js';
import type { LedgerEvent } from '../../../shared/events/ledger/events.js';
import { moneyOf } from '../../../shared/kernel/money.js';
import {
  columnsOf, compareRows, compareSlots, readRows, timeText, type Difference, type ReadRows, type TextRow, type VerifiedTable, type Verifier,
} from '../../../shared/read-store/verify.js';
import { shardOf } from '../verified-values.js';
import { AccountColumns, type Opened } from './account-columns.js';

export const accountsTable: VerifiedTable = {
  projection: 'ledger',
  table: 'ledger.accounts',
  key: ['id'],
  columns: {
    id: 'uuid', account_number: 'text', kind: 'text', normal_side: 'text', product: 'text', product_version: 'int', currency: 'text', customer_id: 'uuid',
    holders: 'jsonb', parties: 'uuid[]', status: 'text', balance: 'bigint', held: 'bigint', overdraft_limit: 'bigint', branch: 'text', channel: 'text',
    opened_at: 'timestamptz', closed_at: 'timestamptz', last_movement_at: 'timestamptz', first_recorded_at: 'timestamptz', first_booking_date: 'date',
    shard: 'int', revision: 'bigint', position: 'bigint',
  },
};
const CHANGING = ['holders', 'parties', 'status', 'balance', 'held', 'closed_at', 'last_movement_at', 'first_recorded_at', 'first_booking_date', 'revision', 'position'];
const termsTable = columnsOf(accountsTable, Object.keys(accountsTable.columns).filter((name) => !CHANGING.includes(name)));
const changingTable = columnsOf(accountsTable, ['id', ...CHANGING]);
/** So many newly opened accounts are compared at a time. */
const BATCH = 1_000;

/**
 * What an account was opened with never changes, so it is compared as the log goes by; the rest is kept as columns to the end. Balances are
 * added up leg by leg here, so that a wrong `balanceAfter` in an event would be found as well.
 */
export function accountsVerifier(read: ReadRows): Verifier {
  const accounts = new AccountColumns();
  const opened = new Map<string, TextRow>();

  async function* compareTerms(): AsyncGenerator<Difference> {
    const rows = readRows(read, termsTable, 'id = any($1::uuid[])', [[...opened.keys()]]);
    for await (const difference of compareRows(termsTable, opened, (row) => row, rows)) if (difference.kind === 'changed') yield difference;
  }

  return {
    take(recorded) {
      const { type, data } = recorded.event as LedgerEvent;
      if (type === 'AccountOpened') {
        accounts.open(data);
        opened.set(data.accountId, termsOf(data, recorded));
      }
      tell(accounts, recorded);
      return opened.size < BATCH ? undefined : compareTerms();
    },
    async *finish() {
      yield* compareTerms();
      yield* compareSlots(changingTable, accounts.ids, (slot) => accounts.rowOf(slot), readRows(read, changingTable));
    },
  };
}

function tell(accounts: AccountColumns, { event, revision, position, metadata }: Recorded): void {
  const { type, data } = event as LedgerEvent;
  const recordedMs = Date.parse(metadata.recordedAt);
  const account = 'accountId' in data ? accounts.ids.find(data.accountId) : -1;
  if (account >= 0) {
    accounts.touch(account, revision, position);
    if (type === 'HoldersChanged') accounts.setHolders(account, data.after);
    if (type === 'AccountFrozen') accounts.setStatus(account, `frozen-${data.mode}`);
    if (type === 'AccountUnfrozen') accounts.setStatus(account, 'open');
    if (type === 'AccountClosed') accounts.setStatus(account, 'closed');
    if (type === 'AccountClosed') accounts.closedAt.set(account, recordedMs);
    if (type === 'HoldPlaced') accounts.held.add(account, moneyOf(data.money).minor);
    if (type === 'HoldReleased') accounts.held.add(account, -moneyOf(data.money).minor);
    if (type === 'HoldCaptured') accounts.held.add(account, -moneyOf(data.captured).minor - moneyOf(data.released).minor);
  }
  for (const { accountId, side, money } of 'legs' in data ? data.legs : []) {
    const moved = accounts.ids.find(accountId);
    if (moved < 0) continue;
    accounts.touch(moved, revision, position);
    accounts.move(moved, side, moneyOf(money).minor, recordedMs, metadata.bookingDate!);
  }
}

const termsOf = (data: Opened, { stream, metadata }: Recorded): TextRow => ({
  id: data.accountId,
  account_number: data.accountNumber,
  kind: data.kind,
  normal_side: data.normalSide,
  product: data.product,
  product_version: String(data.productVersion),
  currency: data.currency,
  customer_id: data.customerId ?? null,
  overdraft_limit: data.overdraftLimit ? String(moneyOf(data.overdraftLimit).minor) : null,
  branch: data.branch ?? null,
  channel: metadata.actor.channel,
  opened_at: timeText(metadata.recordedAt),
  shard: shardOf(stream),
});
