import type { Movement } from '../ledger/movement.js';
import { paymentsIn } from './payments-in.js';

interface Turnover {
  debit: bigint;
  credit: bigint;
  entries: number;
}
export interface AccountDay extends Turnover {
  readonly accountId: string;
  readonly bookedOn: string;
  readonly kind: string;
}
export interface BranchMonth extends Turnover {
  readonly month: string;
  readonly branch: string;
  readonly kind: string;
  readonly channel: string;
  readonly currency: string;
  readonly shard: number;
}
export interface PaidInMonth {
  readonly from: string;
  readonly to: string;
  readonly month: string;
  readonly kind: string;
  readonly currency: string;
  readonly shard: number;
  amount: bigint;
}

export interface Sums {
  readonly accountDays: readonly AccountDay[];
  readonly branchMonths: readonly BranchMonth[];
  readonly payments: readonly PaidInMonth[];
}

/** What a batch adds to the sums. `branchOf`: of a customer's account; undefined for the bank's own, which no branch's flows count. */
export function foldSums(movements: readonly Movement[], branchOf: (accountId: string) => string | undefined): Sums {
  const accountDays = new Map<string, AccountDay>();
  const branchMonths = new Map<string, BranchMonth>();
  const payments = new Map<string, PaidInMonth>();
  for (const { kind, shard, bookingDate: bookedOn, entries, source } of movements) {
    const month = firstOf(bookedOn);
    const { channel } = source.metadata.actor;
    for (const { accountId, side, minor, currency } of entries) {
      add(rowOf(accountDays, `${accountId} ${bookedOn} ${kind}`, () => ({ accountId, bookedOn, kind, ...nothing })), side, minor);
      const branch = branchOf(accountId);
      if (branch === undefined) continue;
      add(rowOf(branchMonths, `${month} ${kind} ${channel} ${currency} ${shard} ${branch}`, () => ({ month, branch, kind, channel, currency, shard, ...nothing })), side, minor);
    }
    for (const { from, to, currency, minor } of paymentsIn(entries))
      rowOf(payments, `${from} ${to} ${month} ${kind} ${currency} ${shard}`, () => ({ from, to, month, kind, currency, shard, amount: 0n })).amount += minor;
  }
  return { accountDays: [...accountDays.values()], branchMonths: [...branchMonths.values()], payments: [...payments.values()] };
}

const nothing: Turnover = { debit: 0n, credit: 0n, entries: 0 };
const firstOf = (date: string): string => `${date.slice(0, 7)}-01`;

function add(turnover: Turnover, side: 'debit' | 'credit', minor: bigint): void {
  turnover[side] += minor;
  turnover.entries++;
}

function rowOf<T>(rows: Map<string, T>, key: string, make: () => T): T {
  let row = rows.get(key);
  if (row === undefined) rows.set(key, (row = make()));
  return row;
}
