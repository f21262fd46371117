import type { LedgerEvent } from '../../../shared/events/ledger/events.js';
import { NumberColumn, TimeColumn } from '../../../shared/kernel/columns.js';
import { KeyTable } from '../../../shared/kernel/key-table.js';
import { moneyOf } from '../../../shared/kernel/money.js';
import { compareRow, keyText, missingRow, readRows, type Difference, type ReadRows, type TextRow, type VerifiedTable, type Verifier } from '../../../shared/read-store/verify.js';
import { dateNumber, dateOf, shardOf, timeOf } from '../verified-values.js';
import { Sums } from './sums.js';

const sumsTable = (table: string, bucket: string, type: string): VerifiedTable => ({
  projection: 'ledger',
  table: `ledger.${table}`,
  key: [bucket, 'currency', 'kind', 'product', 'normal_side', 'shard'],
  columns: { [bucket]: type, currency: 'text', kind: 'text', product: 'text', normal_side: 'text', shard: 'int', debit: 'numeric', credit: 'numeric', accounts: 'int' },
});

export const bookedDaysTable = sumsTable('booked_days', 'booked_on', 'date');
export const recordedDaysTable = sumsTable('recorded_days', 'recorded_on', 'date');
export const recordedMinutesTable = sumsTable('recorded_minutes', 'recorded_in', 'timestamptz');

const MINUTE_MS = 60_000;

/** A table and how its buckets are numbered. */
interface Buckets {
  readonly table: VerifiedTable;
  readonly numberOf: (text: string) => number;
  readonly textOf: (bucket: number) => string;
  /** By line: 21 bytes for each bucket, made for 4,096 of them (a few years of days, three days of minutes) at a time. */
  readonly sums: Sums[];
}
const dated = (table: VerifiedTable): Buckets => ({ table, numberOf: dateNumber, textOf: dateOf, sums: [] });
const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS);
const dayOf = (ms: number): number => dateNumber(new Date(ms).toISOString().slice(0, 10));

/** Adds up every leg; which bucket an account counts in is told at the end, from its first entry. About 40 bytes for each account. */
export function trialBalanceVerifier(read: ReadRows): Verifier {
  const accounts = new KeyTable();
  const lineOf = new NumberColumn(Int32Array);
  const firstBooked = new NumberColumn(Int32Array);
  const firstRecorded = new TimeColumn();
  const lines: TextRow[] = [];
  const lineNumbers = new Map<string, number>();
  const [booked, days] = [dated(bookedDaysTable), dated(recordedDaysTable)];
  const minutes: Buckets = { table: recordedMinutesTable, numberOf: (text) => minuteOf(Date.parse(text)), textOf: (minute) => (Number.isFinite(minute) ? timeOf(minute * MINUTE_MS)! : ''), sums: [] };

  const sumsOf = ({ sums }: Buckets, line: number): Sums => (sums[line] ??= new Sums());
  const lineNumber = (line: TextRow): number => {
    const name = keyText({ key: LINE }, line);
    const known = lineNumbers.get(name) ?? lines.push(line) - 1;
    lineNumbers.set(name, known);
    return known;
  };

  function count(): void {
    for (const account of accounts.slots()) {
      const recorded = firstRecorded.get(account);
      if (recorded === undefined) continue;
      const line = lineOf.get(account);
      sumsOf(booked, line).count(firstBooked.get(account));
      sumsOf(days, line).count(dayOf(recorded));
      sumsOf(minutes, line).count(minuteOf(recorded));
    }
  }

  async function* compare({ table, numberOf, textOf, sums }: Buckets): AsyncGenerator<Difference> {
    const bucketColumn = table.key[0]!;
    const rowOf = (line: number, bucket: number): TextRow => ({ [bucketColumn]: textOf(bucket), ...lines[line]!, ...sums[line]!.textOf(bucket) });
    for await (const row of readRows(read, table)) {
      const line = lineNumbers.get(keyText({ key: LINE }, row)) ?? -1;
      const bucket = numberOf(row[bucketColumn]!);
      // A moment within a minute has that minute's number and is not it.
      const isThere = textOf(bucket) === row[bucketColumn] && sums[line]?.meet(bucket) === true;
      yield* compareRow(table, isThere ? rowOf(line, bucket) : undefined, row);
    }
    for (const [line, ofLine] of sums.entries()) for (const bucket of ofLine?.unmet() ?? []) yield missingRow(table, keyText(table, rowOf(line, bucket)));
  }

  return {
    take({ event, stream, metadata }) {
      const { type, data } = event as LedgerEvent;
      if (type === 'AccountOpened') {
        const { currency, kind, product, normalSide } = data;
        lineOf.set(accounts.slotOf(data.accountId), lineNumber({ currency, kind, product, normal_side: normalSide, shard: shardOf(stream) }));
      }
      if (!('legs' in data)) return undefined;
      const recorded = Date.parse(metadata.recordedAt);
      const bookedOn = dateNumber(metadata.bookingDate!);
      const [day, minute] = [dayOf(recorded), minuteOf(recorded)];
      for (const { accountId, side, money } of data.legs) {
        const account = accounts.find(accountId);
        if (account < 0) continue;
        const line = lineOf.get(account);
        const { minor } = moneyOf(money);
        sumsOf(booked, line).add(bookedOn, side, minor);
        sumsOf(days, line).add(day, side, minor);
        sumsOf(minutes, line).add(minute, side, minor);
        if (firstBooked.get(account) === 0 || bookedOn < firstBooked.get(account)) firstBooked.set(account, bookedOn);
        if (recorded < (firstRecorded.get(account) ?? Infinity)) firstRecorded.set(account, recorded);
      }
      return undefined;
    },
    async *finish() {
      count();
      for (const buckets of [booked, days, minutes]) yield* compare(buckets);
    },
  };
}

const LINE = ['currency', 'kind', 'product', 'normal_side', 'shard'];
