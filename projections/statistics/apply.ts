import { HEAD_OFFICE } from '../../shared/access/rights.js';
import type { LedgerEvent } from '../../shared/events/ledger/events.js';
import type { ReadTransaction } from '../../shared/read-store/projection.js';
import { batchStatement, insertBatch, uuidArray, type Statements } from '../../shared/read-store/batch.js';
import type { Movement } from '../ledger/movement.js';
import type { Sums } from './fold.js';

type Opened = Extract<LedgerEvent, { type: 'AccountOpened' }>['data'];

const account = { id: 'uuid', account_number: 'text', kind: 'text', normal_side: 'text', product: 'text', currency: 'text', customer_id: 'uuid', branch: 'text' } as const;
const turnover = { debit: 'numeric', credit: 'numeric', entries: 'int' } as const;
const accountDay = { account_id: 'uuid', booked_on: 'date', kind: 'text', ...turnover } as const;
const branchMonth = { month: 'date', branch: 'text', kind: 'text', channel: 'text', currency: 'text', shard: 'int', ...turnover } as const;
const payment = { debit_customer: 'uuid', credit_customer: 'uuid', month: 'date', kind: 'text', currency: 'text', shard: 'int', amount: 'numeric' } as const;

const adding = (table: string, columns: Readonly<Record<string, string>>, key: string, sums: readonly string[]): string =>
  `${insertBatch(table, columns)} on conflict (${key}) do update set ${sums.map((sum) => `${sum} = ${table}.${sum} + excluded.${sum}`).join(', ')}`;

const insertAccounts = insertBatch('accounts', account);
const addAccountDays = adding('account_days', accountDay, 'account_id, booked_on, kind', Object.keys(turnover));
const addBranchMonths = adding('branch_months', branchMonth, 'month, branch, kind, channel, currency, shard', Object.keys(turnover));
const addPayments = adding('payments', payment, 'debit_customer, credit_customer, month, kind, currency, shard', ['amount']);

export function* accountStatements(opened: readonly Opened[]): Statements {
  yield batchStatement('statistics_accounts_insert', insertAccounts, account, opened.map((data) => ({
    id: data.accountId, account_number: data.accountNumber, kind: data.kind, normal_side: data.normalSide, product: data.product, currency: data.currency,
    customer_id: data.customerId ?? null, branch: data.branch ?? HEAD_OFFICE,
  })));
}

/** Of which branch the customers' accounts are that the movements touch; the bank's own have none here. Throws when one was never opened: the log would be broken. */
export async function loadBranches(tx: ReadTransaction, movements: readonly Movement[]): Promise<ReadonlyMap<string, string | undefined>> {
  const touched = new Set(movements.flatMap(({ entries }) => entries.map(({ accountId }) => accountId)));
  const branches = new Map<string, string | undefined>();
  if (touched.size === 0) return branches;
  // One row for each branch, not for each account: rows are what costs.
  const rows = await tx.query<{ kind: string; branch: string; ids: string }>(
    `select kind, branch, string_agg(id::text, ',') as ids from accounts where id = any($1::uuid[]) group by kind, branch`, [uuidArray([...touched])], 'statistics_branches_load',
  );
  for (const { kind, branch, ids } of rows) for (const id of ids.split(',')) branches.set(id, kind === 'customer' ? branch : undefined);
  for (const id of touched) if (!branches.has(id)) throw new Error(`an event touches account ${id}, which was never opened`);
  return branches;
}

export function* sumStatements({ accountDays, branchMonths, payments }: Sums): Statements {
  yield batchStatement('statistics_account_days_add', addAccountDays, accountDay, accountDays.map(({ accountId, bookedOn, ...rest }) => ({ account_id: accountId, booked_on: bookedOn, ...rest })));
  yield batchStatement('statistics_branch_months_add', addBranchMonths, branchMonth, branchMonths.map((row) => ({ ...row })));
  yield batchStatement('statistics_payments_add', addPayments, payment, payments.map(({ from, to, ...rest }) => ({ debit_customer: from, credit_customer: to, ...rest })));
}
