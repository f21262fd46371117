/** Amounts are minor units. `pays_to` is where a capture goes, the bank's clearing account where null. `placed_by` is the event whose id binds the sealed memo. */
export const holdTables = `
  create table holds (
    id uuid primary key,
    account_id uuid not null,
    currency text not null,
    amount bigint not null,
    captured bigint not null,
    status text not null,
    placed_at timestamptz not null,
    expires_at timestamptz,
    ended_at timestamptz,
    pays_to uuid,
    movement_id uuid,
    memo jsonb,
    placed_by uuid not null,
    shard int not null,
    placed_revision bigint not null,
    revision bigint not null,
    position bigint not null
  ) with (fillfactor = 80);
`;

export const holdIndexes = `
  create index holds_by_account on holds (account_id, placed_revision);
`;

export const holdViews = ['holds'];
