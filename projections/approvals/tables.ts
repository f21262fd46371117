/** Requests for approval as lists show them. What was requested stays in the log: nothing here identifies a customer but ids. */
export const tables = `
create table approvals (
  id uuid primary key,
  revision bigint not null,
  status text not null,
  rule text not null,
  permission text not null,
  method text not null,
  route text not null,
  requester_id text not null,
  requester_role text not null,
  -- In whose place it was requested.
  acting_as text,
  -- Of the customer concerned, when it was requested.
  branch text,
  manager text,
  customer_id uuid,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  decided_by text,
  decided_at timestamptz
);
`;

export const indexes = `
create index on approvals (requested_at, id);
create index on approvals (requester_id, requested_at, id);
create index on approvals (status, expires_at) where status in ('pending', 'approved');
`;

export const views = ['approvals'] as const;
