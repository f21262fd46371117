/** DDL of the customers read model. Identifying data only sealed; `terms` and `number_hash` are keyed hashes of 64 bits. */
export const tables = `
create table customers (
  id uuid primary key,
  revision bigint not null,
  kind text not null,
  status text not null,
  -- Kept and not processed; about to be erased. Either way there is nothing to find it by.
  restricted boolean not null,
  erasing boolean not null,
  -- The last day of the backup of whom was erased.
  backup_until date,
  -- What the registry of persons said last of the name and ID document as they are: {at, provider, outcome}.
  identity_verified jsonb,
  -- The record of the same person that this one was merged into: it is in no list, and what finds it finds the survivor.
  merged_into uuid,
  -- Of a survivor: the other ids that stand for it.
  merged_ids uuid[] not null,
  -- A merge has begun on it and is not over.
  merging boolean not null,
  branch text,
  -- The member of staff in whose portfolio the customer is.
  manager text,
  birth_year smallint,
  sex text,
  city_code text,
  income_band text,
  risk_level text,
  registered_at timestamptz not null,
  updated_at timestamptz not null,
  -- Envelope of the profile, bound to the customer and to sealed_revision (the revision it was sealed at).
  profile jsonb,
  sealed_revision bigint,
  terms bigint[] not null
);
create table account_holders (
  account_id uuid primary key,
  number_hash bigint not null,
  product text not null,
  status text not null,
  owner_id uuid,
  -- The owner and everybody else who holds rights.
  customer_ids uuid[] not null
);
`;

export const indexes = `
create index on customers using gin (terms) with (fastupdate = off);
create index on customers using gin (terms) with (fastupdate = off) where merged_into is not null;
create index on customers using gin (merged_ids) with (fastupdate = off);
create index on customers (updated_at) where merging;
create index on customers (registered_at, id);
create index on customers (updated_at, id);
create index on customers ((coalesce(branch, '')), id);
create index on customers (updated_at) where erasing;
create index on customers (backup_until) where backup_until is not null;
create index on customers (manager, id) where manager is not null;
create index on customers ((coalesce(birth_year, 0)), id);
create index on account_holders (number_hash);
create index on account_holders using gin (customer_ids) with (fastupdate = off);
`;

export const views = ['customers', 'account_holders'] as const;

/** An envelope opens only in the row, and for the state, it was sealed for. */
export const rowBinding = (id: string, sealedRevision: bigint | string): string => `read-model customers ${id} ${sealedRevision}`;
