import type { VerifiedTable } from '../../shared/read-store/verify.js';

/**
 * Sums in minor units, by booking date. They are only ever added to, so a booking on an earlier day and a reversal are a row like any other and no later
 * row is touched: a closing balance is the sum of the days up to it.
 * `payments`: what customers paid each other, by owner of the accounts, so that it can be told apart where both are one person, whenever they became one.
 * What several shards add to holds the shard, because each shard's lane writes on its own.
 */
export const tables = `
  create table accounts (
    id uuid primary key,
    account_number text not null,
    kind text not null,
    normal_side text not null,
    product text not null,
    currency text not null,
    customer_id uuid,
    branch text not null
  );
  create table account_days (
    account_id uuid not null,
    booked_on date not null,
    kind text not null,
    debit numeric not null,
    credit numeric not null,
    entries int not null,
    primary key (account_id, booked_on, kind)
  ) with (fillfactor = 80);
  create table payments (
    debit_customer uuid not null,
    credit_customer uuid not null,
    month date not null,
    kind text not null,
    currency text not null,
    shard int not null,
    amount numeric not null,
    primary key (debit_customer, credit_customer, month, kind, currency, shard)
  ) with (fillfactor = 80);
  create table branch_months (
    month date not null,
    branch text not null,
    kind text not null,
    channel text not null,
    currency text not null,
    shard int not null,
    debit numeric not null,
    credit numeric not null,
    entries int not null,
    primary key (month, branch, kind, channel, currency, shard)
  ) with (fillfactor = 80);
`;

export const indexes = 'create index accounts_by_owner on accounts (customer_id);';

export const views = ['accounts', 'account_days', 'payments', 'branch_months'] as const;

const verified = (table: (typeof views)[number], key: readonly string[], columns: VerifiedTable['columns']): VerifiedTable => ({ projection: 'statistics', table: `statistics.${table}`, key, columns });

export const accountsTable = verified('accounts', ['id'], {
  id: 'uuid', account_number: 'text', kind: 'text', normal_side: 'text', product: 'text', currency: 'text', customer_id: 'uuid', branch: 'text',
});
export const accountDaysTable = verified('account_days', ['account_id', 'booked_on', 'kind'], {
  account_id: 'uuid', booked_on: 'date', kind: 'text', debit: 'numeric', credit: 'numeric', entries: 'int',
});
export const paymentsTable = verified('payments', ['debit_customer', 'credit_customer', 'month', 'kind', 'currency', 'shard'], {
  debit_customer: 'uuid', credit_customer: 'uuid', month: 'date', kind: 'text', currency: 'text', shard: 'int', amount: 'numeric',
});
export const branchMonthsTable = verified('branch_months', ['month', 'branch', 'kind', 'channel', 'currency', 'shard'], {
  month: 'date', branch: 'text', kind: 'text', channel: 'text', currency: 'text', shard: 'int', debit: 'numeric', credit: 'numeric', entries: 'int',
});
