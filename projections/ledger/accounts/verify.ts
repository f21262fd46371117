import type { Recorded } from '../../../shared/events/definition.js';
import type { LedgerEvent } from '../../../shared/events/ledger/events.js';
import { moneyOf } from '../../../shared/kernel/money.js';
import { compareRows, jsonText, readRows, timeText, type ReadRows, type TextRow, type VerifiedTable, type Verifier } from '../../../shared/read-store/verify.js';

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

type Opened = Extract<LedgerEvent, { type: 'AccountOpened' }>['data'];

/** One running state per account: some 500 bytes each. */
interface Account {
  readonly opened: Opened;
  readonly openedBy: Recorded;
  holders: Opened['holders'];
  status: string;
  balance: bigint;
  held: bigint;
  closedAt: string | null;
  lastMovementAt: string | null;
  firstRecordedAt: string | null;
  firstBookingDate: string | null;
  lastTouch: Recorded;
}

/** Balances are added up leg by leg here, so that a wrong `balanceAfter` in an event would be found as well. */
export function accountsVerifier(read: ReadRows): Verifier {
  const accounts = new Map<string, Account>();
  return {
    take(recorded) {
      const { type, data } = recorded.event as LedgerEvent;
      if (type === 'AccountOpened')
        accounts.set(data.accountId, {
          opened: data, openedBy: recorded, holders: data.holders, status: 'open', balance: 0n, held: 0n, closedAt: null, lastMovementAt: null,
          firstRecordedAt: null, firstBookingDate: null, lastTouch: recorded,
        });
      const touched = 'accountId' in data ? accounts.get(data.accountId) : undefined;
      if (touched) {
        touched.lastTouch = recorded;
        if (type === 'HoldersChanged') touched.holders = data.after;
        if (type === 'AccountFrozen') touched.status = `frozen-${data.mode}`;
        if (type === 'AccountUnfrozen') touched.status = 'open';
        if (type === 'AccountClosed') [touched.status, touched.closedAt] = ['closed', recorded.metadata.recordedAt];
        if (type === 'HoldPlaced') touched.held += moneyOf(data.money).minor;
        if (type === 'HoldReleased') touched.held -= moneyOf(data.money).minor;
        if (type === 'HoldCaptured') touched.held -= moneyOf(data.captured).minor + moneyOf(data.released).minor;
      }
      if ('legs' in data)
        for (const leg of data.legs) {
          const account = accounts.get(leg.accountId);
          if (!account) continue;
          const { minor } = moneyOf(leg.money);
          const { recordedAt, bookingDate } = recorded.metadata;
          account.lastTouch = recorded;
          account.balance += leg.side === account.opened.normalSide ? minor : -minor;
          account.lastMovementAt = recordedAt;
          if (!account.firstRecordedAt || new Date(recordedAt) < new Date(account.firstRecordedAt)) account.firstRecordedAt = recordedAt;
          if (!account.firstBookingDate || bookingDate! < account.firstBookingDate) account.firstBookingDate = bookingDate!;
        }
      return undefined;
    },
    finish: () => compareRows(accountsTable, accounts, rowOf, readRows(read, accountsTable)),
  };
}

function rowOf({ opened, openedBy, lastTouch, ...account }: Account): TextRow {
  const time = (iso: string | null) => iso && timeText(iso);
  const parties = new Set([opened.customerId, ...account.holders.map((holder) => holder.customerId)].filter((id) => id !== undefined));
  return {
    id: opened.accountId,
    account_number: opened.accountNumber,
    kind: opened.kind,
    normal_side: opened.normalSide,
    product: opened.product,
    product_version: String(opened.productVersion),
    currency: opened.currency,
    customer_id: opened.customerId ?? null,
    holders: jsonText(account.holders),
    parties: `{${[...parties].join(',')}}`,
    status: account.status,
    balance: String(account.balance),
    held: String(account.held),
    overdraft_limit: opened.overdraftLimit ? String(moneyOf(opened.overdraftLimit).minor) : null,
    branch: opened.branch ?? null,
    channel: openedBy.metadata.actor.channel,
    opened_at: timeText(openedBy.metadata.recordedAt),
    closed_at: time(account.closedAt),
    last_movement_at: time(account.lastMovementAt),
    first_recorded_at: time(account.firstRecordedAt),
    first_booking_date: account.firstBookingDate,
    shard: openedBy.stream.replace('ledger-', ''),
    revision: String(lastTouch.revision),
    position: String(lastTouch.position),
  };
}
