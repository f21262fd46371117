import type { CurrencyCode } from '../../shared/kernel/money.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import type { MovementKind } from '../ledger/movement.js';
import { firstDayOf, lastDayOf } from './period.js';

type Rows = Pick<ReadStore, 'query'>;

/** Whose sums: of one account, or of all accounts that the ids of one person own. */
export type Whose = { readonly account: string } | { readonly customers: readonly string[] };

export interface StatedAccount {
  readonly id: string;
  readonly accountNumber: string;
  readonly product: string;
  readonly currency: CurrencyCode;
}

/** In the order of their numbers. */
export async function accountsOf(store: Rows, whose: Whose, limit: number): Promise<StatedAccount[]> {
  const [where, value] = 'account' in whose ? ['id = $1', whose.account] : ['customer_id = any($1::uuid[])', whose.customers];
  return store.query<StatedAccount>(
    `select id, account_number as "accountNumber", product, currency from statistics.accounts where ${where} order by account_number, accounts.id limit $2`, [value, limit],
    'account' in whose ? 'statistics_account' : 'statistics_accounts_of',
  );
}

/** What raises a balance comes in: credits on customers' accounts, on the bank's own whatever their normal side is. */
const INCOMING = `case when account.kind = 'general-ledger' and account.normal_side = 'debit' then day.debit else day.credit end`;
const OUTGOING = `case when account.kind = 'general-ledger' and account.normal_side = 'debit' then day.credit else day.debit end`;
const DAYS = 'statistics.account_days as day join statistics.accounts as account on account.id = day.account_id';

export interface FlowRow {
  readonly month: string;
  readonly currency: CurrencyCode;
  readonly kind: string;
  readonly incoming: string;
  readonly outgoing: string;
  readonly entries: number;
}

/** By month, currency and kind; months "2026-01", both included. */
export async function flowsOf(store: Rows, accounts: readonly string[], from: string, to: string): Promise<FlowRow[]> {
  return store.query<FlowRow>(
    `select to_char(day.booked_on, 'YYYY-MM') as month, account.currency, day.kind, sum(${INCOMING})::text as incoming, sum(${OUTGOING})::text as outgoing, sum(day.entries)::int as entries
     from ${DAYS} where day.account_id = any($1::uuid[]) and day.booked_on between $2::date and $3::date
     group by 1, 2, 3 order by 1, 2, 3`,
    [accounts, firstDayOf(from), lastDayOf(to)], 'statistics_flows',
  );
}

export interface OwnRow {
  readonly month: string;
  readonly currency: CurrencyCode;
  readonly kind: string;
  readonly amount: string;
}

/** What the ids of one person paid each other: it went out of one of their accounts and into another. */
export async function ownPaymentsOf(store: Rows, customers: readonly string[], from: string, to: string): Promise<OwnRow[]> {
  return store.query<OwnRow>(
    `select to_char(month, 'YYYY-MM') as month, currency, kind, sum(amount)::text as amount from statistics.payments as paid
     where debit_customer = any($1::uuid[]) and credit_customer = any($1::uuid[]) and paid.month between $2::date and $3::date group by 1, 2, 3`,
    [customers, firstDayOf(from), firstDayOf(to)], 'statistics_own_payments',
  );
}

export interface NetRow {
  readonly currency: CurrencyCode;
  /** Null: of all days before. */
  readonly day: string | null;
  readonly net: string;
}

/** By currency what the days before `from` come to, and what each day from then to `to` changed. */
export async function netsOf(store: Rows, accounts: readonly string[], from: string, to: string): Promise<NetRow[]> {
  return store.query<NetRow>(
    `select account.currency, case when day.booked_on >= $2::date then day.booked_on::text end as day, sum(${INCOMING} - ${OUTGOING})::text as net
     from ${DAYS} where day.account_id = any($1::uuid[]) and day.booked_on <= $3::date group by 1, 2 order by 1, 2`,
    [accounts, from, to], 'statistics_nets',
  );
}

/** By account, all days up to `asOf`, or all there are; an account without any is not among them. */
export async function balancesOf(store: Rows, accounts: readonly string[], asOf: string | undefined): Promise<ReadonlyMap<string, bigint>> {
  const rows = await store.query<{ id: string; balance: string }>(
    `select day.account_id as id, sum(${INCOMING} - ${OUTGOING})::text as balance from ${DAYS}
     where day.account_id = any($1::uuid[]) and day.booked_on <= coalesce($2::date, 'infinity') group by 1`,
    [accounts, asOf ?? null], 'statistics_balances',
  );
  return new Map(rows.map(({ id, balance }) => [id, BigInt(balance)]));
}

export interface BranchFlowRow {
  readonly month: string;
  readonly branch: string;
  readonly kind: MovementKind;
  readonly channel: string;
  readonly currency: CurrencyCode;
  readonly incoming: string;
  readonly outgoing: string;
  readonly entries: number;
}

export interface BranchQuestion {
  /** Months "2026-01", both included. */
  readonly from: string;
  readonly to: string;
  /** Of these alone; of all where undefined. */
  readonly branches?: readonly string[] | undefined;
  readonly currency?: CurrencyCode | undefined;
}

/** Of customers' accounts. */
export async function branchFlows(store: Rows, { from, to, branches, currency }: BranchQuestion, limit: number): Promise<BranchFlowRow[]> {
  return store.query<BranchFlowRow>(
    `select to_char(flow.month, 'YYYY-MM') as month, branch, kind, channel, currency, sum(credit)::text as incoming, sum(debit)::text as outgoing, sum(entries)::int as entries
     from statistics.branch_months as flow
     where flow.month between $1::date and $2::date and ($3::text[] is null or branch = any($3)) and ($4::text is null or currency = $4)
     group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5 limit $5`,
    [firstDayOf(from), firstDayOf(to), branches ?? null, currency ?? null, limit], 'statistics_branch_flows',
  );
}
