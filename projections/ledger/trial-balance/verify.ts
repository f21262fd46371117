import type { LedgerEvent } from '../../../shared/events/ledger/events.js';
import { moneyOf } from '../../../shared/kernel/money.js';
import { compareRows, keyText, readRows, timeText, type Difference, type ReadRows, type TextRow, type VerifiedTable, type Verifier } from '../../../shared/read-store/verify.js';

const sumsTable = (table: string, bucket: string, type: string): VerifiedTable => ({
  projection: 'ledger',
  table: `ledger.${table}`,
  key: [bucket, 'currency', 'kind', 'product', 'normal_side', 'shard'],
  columns: { [bucket]: type, currency: 'text', kind: 'text', product: 'text', normal_side: 'text', shard: 'int', debit: 'numeric', credit: 'numeric', accounts: 'int' },
});

export const bookedDaysTable = sumsTable('booked_days', 'booked_on', 'date');
export const recordedDaysTable = sumsTable('recorded_days', 'recorded_on', 'date');
export const recordedMinutesTable = sumsTable('recorded_minutes', 'recorded_in', 'timestamptz');

interface Account {
  readonly line: TextRow;
  firstBooked: string | undefined;
  firstRecorded: string | undefined;
}
interface Sum {
  readonly key: TextRow;
  debit: bigint;
  credit: bigint;
  accounts: number;
}

const dayOf = (time: string): string => new Date(time).toISOString().split('T')[0]!;
const minuteOf = (time: string): string => timeText(new Date(new Date(time).setUTCSeconds(0, 0)).toISOString());

/** Adds up every leg; which bucket an account counts in is told at the end, from its first entry. */
export function trialBalanceVerifier(read: ReadRows): Verifier {
  const accounts = new Map<string, Account>();
  const tables = [bookedDaysTable, recordedDaysTable, recordedMinutesTable].map((table) => ({ table, sums: new Map<string, Sum>() }));
  const [booked, days, minutes] = tables as [Bucketed, Bucketed, Bucketed];

  return {
    take({ event, stream, metadata }) {
      const { type, data } = event as LedgerEvent;
      if (type === 'AccountOpened') {
        const { currency, kind, product, normalSide } = data;
        const line = { currency, kind, product, normal_side: normalSide, shard: stream.replace('ledger-', '') };
        accounts.set(data.accountId, { line, firstBooked: undefined, firstRecorded: undefined });
      }
      if ('legs' in data)
        for (const { accountId, side, money } of data.legs) {
          const account = accounts.get(accountId);
          if (!account) continue;
          const recorded = new Date(metadata.recordedAt).toISOString();
          const bookingDate = metadata.bookingDate!;
          for (const sum of [sumOf(booked, bookingDate, account), sumOf(days, dayOf(recorded), account), sumOf(minutes, minuteOf(recorded), account)])
            sum[side] += moneyOf(money).minor;
          account.firstBooked = [account.firstBooked ?? bookingDate, bookingDate].sort()[0]!;
          account.firstRecorded = [account.firstRecorded ?? recorded, recorded].sort()[0]!;
        }
      return undefined;
    },
    async *finish(): AsyncGenerator<Difference> {
      for (const account of accounts.values()) {
        if (account.firstBooked === undefined || account.firstRecorded === undefined) continue;
        sumOf(booked, account.firstBooked, account).accounts += 1;
        sumOf(days, dayOf(account.firstRecorded), account).accounts += 1;
        sumOf(minutes, minuteOf(account.firstRecorded), account).accounts += 1;
      }
      for (const { table, sums } of tables)
        yield* compareRows(
          table,
          sums,
          ({ key, debit, credit, accounts: count }) => ({ ...key, debit: String(debit), credit: String(credit), accounts: String(count) }),
          readRows(read, table),
        );
    },
  };
}

interface Bucketed {
  readonly table: VerifiedTable;
  readonly sums: Map<string, Sum>;
}

function sumOf({ table, sums }: Bucketed, bucket: string, { line }: Account): Sum {
  const key = { [table.key[0]!]: bucket, ...line };
  const name = keyText(table, key);
  const sum = sums.get(name) ?? { key, debit: 0n, credit: 0n, accounts: 0 };
  sums.set(name, sum);
  return sum;
}
