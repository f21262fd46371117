/** Runs of RFM, and what each said of whom. */
export const rfmTables = `
create table rfm_runs (
  run_id uuid primary key,
  date date not null,
  from_date date not null,
  at timestamptz not null,
  cause uuid not null,
  customers int not null,
  breakpoints jsonb not null,
  begun_at timestamptz not null,
  -- Null until it is complete.
  rated int,
  lapsed int,
  tiers jsonb,
  completed_at timestamptz
);
create table ratings (
  run_id uuid not null,
  customer_id uuid not null,
  -- Null: was rated before, and is no more.
  rating jsonb,
  primary key (run_id, customer_id)
);
`;

export const rfmIndexes = `
create unique index on rfm_runs (date);
create index on ratings (customer_id);
`;

export const rfmViews = ['rfm_runs', 'ratings'] as const;
