import type { BankRecords } from '../infra/audit/open-records.js';
import type { BankUnderTest } from '../infra/journeys/bank-under-test.js';
import { accountIdOf } from './founding/founded-ids.js';
import type { Founded } from './founding/founded-ids.js';
import { seededRandom } from './seeded-random.js';

/** The running bank as scenarios see it. */
export interface LoadBank {
  readonly under: BankUnderTest;
  readonly records: BankRecords;
  readonly founded: Founded;
  readonly random: () => number;
  /** A number never given before, from 0: for keys, and for what may be used once only. */
  next(of: string): number;
  key(): string;
  /** The id of the n-th. */
  account(n: number): string;
  /** One of the first `most` accounts. */
  accountAmong(most: number): string;
  otherThan(account: string, most: number): string;
  /** Two different ones of the first `most`. */
  twoAmong(most: number): readonly [string, string];
}

/** `run` makes its idempotency keys different from every other run's. */
export function loadBank(under: BankUnderTest, records: BankRecords, founded: Founded, run: string): LoadBank {
  const random = seededRandom(1);
  const given = new Map<string, number>();
  const next = (of: string): number => {
    const number = given.get(of) ?? 0;
    given.set(of, number + 1);
    return number;
  };
  const known: string[] = [];
  const account = (n: number): string => (known[n] ??= accountIdOf(n));
  const below = (most: number): number => Math.floor(random() * Math.min(most, founded.accounts));
  return {
    under, records, founded, random, next, account,
    key: () => `${run}-${next('key')}`,
    accountAmong: (most) => account(below(most)),
    otherThan(not, most) {
      for (;;) {
        const other = account(below(most));
        if (other !== not) return other;
      }
    },
    twoAmong(most) {
      const among = Math.min(most, founded.accounts);
      const from = below(among);
      return [account(from), account((from + 1 + below(among - 1)) % among)];
    },
  };
}
