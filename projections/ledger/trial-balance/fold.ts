import type { AccountChange } from '../accounts/fold.js';
import type { KnownAccount } from '../accounts/apply.js';
import type { Line } from '../line.js';
import type { Instant, Movement } from '../movement.js';

export interface Sum {
  readonly bucket: string;
  readonly line: Line;
  readonly shard: number;
  debit: bigint;
  credit: bigint;
  accounts: number;
}

export interface Sums {
  readonly bookedDays: Iterable<Sum>;
  readonly recordedDays: Iterable<Sum>;
  readonly recordedMinutes: Iterable<Sum>;
}

/** What a batch adds to the sums. An account counts in the bucket of its first entry; when an earlier one turns up, the count moves there. */
export function foldSums(
  movements: readonly Movement[],
  changes: ReadonlyMap<string, AccountChange>,
  known: ReadonlyMap<string, KnownAccount>,
): Sums {
  const bookedDays = new Map<string, Sum>();
  const recordedDays = new Map<string, Sum>();
  const recordedMinutes = new Map<string, Sum>();
  const lineOf = (accountId: string): Line => changes.get(accountId)!.opening ?? known.get(accountId)!;

  for (const { entries, bookingDate, recordedAt, shard } of movements) {
    const minute = minuteOf(recordedAt);
    const day = minute.slice(0, 10);
    for (const { accountId, side, minor } of entries) {
      const line = lineOf(accountId);
      sumIn(bookedDays, bookingDate, line, shard)[side] += minor;
      sumIn(recordedDays, day, line, shard)[side] += minor;
      sumIn(recordedMinutes, minute, line, shard)[side] += minor;
    }
  }
  for (const { id, shard, firstBookingDate, firstRecordedAt } of changes.values()) {
    if (firstBookingDate === null || firstRecordedAt === null) continue;
    const line = lineOf(id);
    const before = known.get(id);
    if (before?.settled) continue;
    const count = (sums: Map<string, Sum>, bucket: string, by: number) => (sumIn(sums, bucket, line, shard).accounts += by);
    const countBooked = (date: string, by: number) => count(bookedDays, date, by);
    const countRecorded = (at: Instant, by: number) => {
      const minute = minuteOf(at);
      count(recordedDays, minute.slice(0, 10), by);
      count(recordedMinutes, minute, by);
    };
    moveFirst(before?.firstBookingDate ?? null, firstBookingDate, countBooked);
    moveFirst(before?.firstRecordedAt ?? null, firstRecordedAt, countRecorded);
  }
  return { bookedDays: bookedDays.values(), recordedDays: recordedDays.values(), recordedMinutes: recordedMinutes.values() };
}

function moveFirst(before: string | null, now: string, count: (at: string, by: number) => void): void {
  if (before !== null && before <= now) return;
  if (before !== null) count(before, -1);
  count(now, 1);
}

function sumIn(sums: Map<string, Sum>, bucket: string, line: Line, shard: number): Sum {
  const key = `${bucket} ${line.currency} ${line.kind} ${line.normalSide} ${shard} ${line.product}`;
  let sum = sums.get(key);
  if (!sum) sums.set(key, (sum = { bucket, line, shard, debit: 0n, credit: 0n, accounts: 0 }));
  return sum;
}

/** The minute's beginning, "2026-03-01T09:30:00.000Z"; its first ten characters are the day in UTC. */
const minuteOf = (at: Instant): Instant => `${at.slice(0, 16)}:00.000Z`;
