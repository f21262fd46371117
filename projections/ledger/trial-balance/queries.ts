import { amountText, type CurrencyCode } from '../../../shared/kernel/money.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';

/** Which entries count: all there are, those recorded up to a moment, or those booked up to a date (both included). */
export type Question = { readonly kind: 'now' } | { readonly kind: 'recorded'; readonly upTo: Date } | { readonly kind: 'booked'; readonly upTo: string };

interface LineRow {
  readonly currency: string;
  readonly kind: 'customer' | 'general-ledger';
  readonly product: string;
  readonly normal_side: 'debit' | 'credit';
  readonly debit: string;
  readonly credit: string;
  readonly accounts: number;
}

const sums = (table: string, where: string) => `select currency, kind, product, normal_side, debit, credit, accounts from ledger.${table} where ${where}`;

/** Whole days, then whole minutes of the last day, then the entries of the last minute: exact, and as fast however many entries there are. */
const recordedUpTo = `
  ${sums('recorded_days', 'recorded_on < $1::date')}
  union all ${sums('recorded_minutes', 'recorded_in >= $2::timestamptz and recorded_in < $3::timestamptz')}
  union all select account.currency, account.kind, account.product, account.normal_side, case side when 'debit' then amount else 0 end,
                   case side when 'credit' then amount else 0 end, 0
    from ledger.entries as entry join ledger.accounts as account on account.id = entry.account_id
    where entry.recorded_at >= $3::timestamptz and entry.recorded_at <= $4::timestamptz
  union all select currency, kind, product, normal_side, 0, 0, 1 from ledger.accounts where first_recorded_at >= $3::timestamptz and first_recorded_at <= $4::timestamptz`;

const added = (parts: string) => `
  select currency, kind, product, normal_side, sum(debit)::text as debit, sum(credit)::text as credit, sum(accounts)::int as accounts
  from (${parts}) as part group by currency, kind, product, normal_side
  order by currency, kind, product, normal_side`;

export async function trialBalance(store: ReadStore, question: Question) {
  const lines = await readLines(store, question);
  const currencies = [...new Set(lines.map((line) => line.currency))];
  return { currencies: currencies.map((currency) => totalsOf(currency as CurrencyCode, lines.filter((line) => line.currency === currency))) };
}

function readLines(store: ReadStore, question: Question): Promise<LineRow[]> {
  switch (question.kind) {
    case 'now':
      return store.query<LineRow>(added(sums('booked_days', 'true')), [], 'ledger_trial_balance_now');
    case 'booked':
      return store.query<LineRow>(added(sums('booked_days', 'booked_on <= $1::date')), [question.upTo], 'ledger_trial_balance_booked');
    case 'recorded': {
      const upTo = question.upTo.toISOString();
      return store.query<LineRow>(added(recordedUpTo), [upTo.slice(0, 10), `${upTo.slice(0, 10)}T00:00:00Z`, `${upTo.slice(0, 16)}:00Z`, upTo]);
    }
  }
}

/** Turnover of both sides, and for each line its balance on its normal side. */
function totalsOf(currency: CurrencyCode, rows: readonly LineRow[]) {
  const text = (minor: bigint) => amountText(minor, currency);
  const total = (side: 'debit' | 'credit') => rows.reduce((sum, row) => sum + BigInt(row[side]), 0n);
  return {
    currency,
    debit: text(total('debit')),
    credit: text(total('credit')),
    difference: text(total('debit') - total('credit')),
    accounts: rows.reduce((count, row) => count + row.accounts, 0),
    lines: rows.map((row) => {
      const [debit, credit] = [BigInt(row.debit), BigInt(row.credit)];
      return {
        kind: row.kind, product: row.product, normalSide: row.normal_side, debit: text(debit), credit: text(credit),
        balance: text(row.normal_side === 'debit' ? debit - credit : credit - debit), accounts: row.accounts,
      };
    }),
  };
}
