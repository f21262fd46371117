/**
 * Append-only: a reversal is found from its side, so no row is ever changed and a rebuild loads both tables without an index.
 * Amounts are minor units. An entry is one leg: its memo is sealed under `<event_id>/legs/<leg>/memo`; its stream revision finds it in the log.
 * `reasons` of a reversal are sealed under `<event_id>/reasons/<place>/reason`.
 */
export const transactionTables = `
  create table movements (
    id uuid not null,
    event_id uuid not null,
    kind text not null,
    shard int not null,
    revision bigint not null,
    position bigint not null,
    booking_date date not null,
    value_date date not null,
    recorded_at timestamptz not null,
    channel text not null,
    actor_id text not null,
    actor_role text not null,
    actor_branch text,
    reverses uuid,
    reasons jsonb,
    hold_id uuid,
    debit_accounts uuid[] not null,
    credit_accounts uuid[] not null
  );
  create table entries (
    account_id uuid not null,
    shard int not null,
    revision bigint not null,
    leg smallint not null,
    side text not null,
    currency text not null,
    amount bigint not null,
    balance_after bigint not null,
    booking_date date not null,
    recorded_at timestamptz not null,
    memo jsonb
  );
`;

/** Entries lie in the table as they were recorded, so block ranges find a stretch of the log or a minute of the clock at next to no cost. */
export const transactionIndexes = `
  create unique index movements_by_id on movements (id);
  create unique index movements_in_order on movements (shard, revision);
  create index movements_by_reversed on movements (reverses) where reverses is not null;
  create unique index entries_of_account on entries (account_id, revision, leg);
  create index entries_of_account_by_date on entries (account_id, booking_date);
  create index entries_in_order on entries using brin (revision, recorded_at) with (autosummarize = on);
`;

export const transactionViews = ['movements', 'entries'];
