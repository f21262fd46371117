import type { VerifiedTable } from '../../shared/read-store/verify.js';

/** DDL of the access log's read model: rows are only added. What is sealed in an access stays as it was sealed when it was recorded. */
export const tables = `
create table accesses (
  spool uuid not null,
  number bigint not null,
  at timestamptz not null,
  actor text not null,
  status smallint not null,
  access jsonb not null,
  primary key (spool, number)
);
create table customer_accesses (
  customer_id text not null,
  at timestamptz not null,
  spool uuid not null,
  number bigint not null,
  primary key (customer_id, at, spool, number)
);
`;

export const indexes = `
create index on accesses (at, spool, number);
create index on accesses (actor, at, spool, number);
`;

export const views = ['accesses', 'customer_accesses'] as const;

export const accessesTable: VerifiedTable = {
  projection: 'accesses', table: 'accesses.accesses', key: ['spool', 'number'],
  columns: { spool: 'uuid', number: 'bigint', at: 'timestamptz', actor: 'text', status: 'smallint', access: 'jsonb' },
};

export const customerAccessesTable: VerifiedTable = {
  projection: 'accesses', table: 'accesses.customer_accesses', key: ['spool', 'number', 'customer_id'],
  columns: { spool: 'uuid', number: 'bigint', customer_id: 'text', at: 'timestamptz' },
};
