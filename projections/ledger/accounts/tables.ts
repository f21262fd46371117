/**
 * Amounts are minor units of the account's currency. `parties` holds the owner and every holder, for "accounts of this customer".
 * The first dates tell the trial balance from when on an account counts.
 */
export const accountTables = `
  create table accounts (
    id uuid primary key,
    account_number text not null,
    kind text not null,
    normal_side text not null,
    product text not null,
    product_version int not null,
    currency text not null,
    customer_id uuid,
    holders jsonb not null,
    parties uuid[] not null,
    status text not null,
    balance bigint not null,
    held bigint not null,
    overdraft_limit bigint,
    branch text,
    channel text not null,
    opened_at timestamptz not null,
    closed_at timestamptz,
    last_movement_at timestamptz,
    first_recorded_at timestamptz,
    first_booking_date date,
    shard int not null,
    revision bigint not null,
    position bigint not null
  ) with (fillfactor = 80);
`;

/** None over a column that movements change: each would cost every movement an entry, and the update in place. */
export const accountIndexes = `
  create index accounts_by_number on accounts (account_number, id);
  create index accounts_by_party on accounts using gin (parties);
  create index accounts_by_owner on accounts (customer_id);
  create index accounts_by_first_entry on accounts (first_recorded_at);
`;

export const accountViews = ['accounts'];
