/**
 * Turnover in minor units per ledger line (currency, kind, product, normal side), and how many accounts had their first entry there.
 * Three sizes of bucket: a question about a moment adds whole days, then whole minutes of its day, then the entries of its minute.
 * By shard, because each shard's lane writes on its own.
 */
const sums = (table: string, bucket: string): string => `
  create table ${table} (
    ${bucket} not null,
    currency text not null,
    kind text not null,
    product text not null,
    normal_side text not null,
    shard int not null,
    debit numeric not null,
    credit numeric not null,
    accounts int not null,
    primary key (${bucket.split(' ')[0]}, currency, kind, product, normal_side, shard)
  ) with (fillfactor = 80);
`;

export const trialBalanceTables = [
  sums('booked_days', 'booked_on date'), sums('recorded_days', 'recorded_on date'), sums('recorded_minutes', 'recorded_in timestamptz'),
].join('');

export const trialBalanceIndexes = '';

export const trialBalanceViews = ['booked_days', 'recorded_days', 'recorded_minutes'];
