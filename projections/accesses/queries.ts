import type { Vault } from '../../shared/crypto/vault.js';
import type { RecordedAccess } from '../../shared/events/accesses/events.js';
import { openAccesses, type OpenedAccess } from '../../shared/events/accesses/opened.js';
import type { ReadStore } from '../../shared/read-store/projection.js';

export interface AccessFilter {
  /** All ids of one person. */
  readonly customers?: readonly string[] | undefined;
  readonly actor?: string | undefined;
  /** ISO times, both inclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** [at as Postgres prints it, spool, number] of the last one shown. */
export type Place = readonly [at: string, spool: string, number: string];

export interface AccessPage {
  readonly items: readonly OpenedAccess[];
  readonly next: Place | undefined;
}

/** Newest first. */
export async function findAccesses({ store, vault }: { readonly store: ReadStore; readonly vault: Vault }, { customers, actor, from, to }: AccessFilter, limit: number, before: Place | undefined): Promise<AccessPage> {
  const values: unknown[] = [];
  const parameter = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  // Of one person the narrow table is walked, else the whole log's or one actor's index.
  const of = customers === undefined ? 'a' : 'c';
  const most = parameter(limit + 1, 'int');
  const where = [
    ...(customers === undefined ? [] : ['c.customer_id = person.id']),
    ...(actor === undefined ? [] : [`a.actor = ${parameter(actor, 'text')}`]),
    ...(from === undefined ? [] : [`${of}.at >= ${parameter(from, 'timestamptz')}`]),
    ...(to === undefined ? [] : [`${of}.at <= ${parameter(to, 'timestamptz')}`]),
    ...(before === undefined ? [] : [`(${of}.at, ${of}.spool, ${of}.number) < (${parameter(before[0], 'timestamptz')}, ${parameter(before[1], 'uuid')}, ${parameter(before[2], 'bigint')})`]),
  ];
  const source = customers === undefined ? 'accesses.accesses a' : 'accesses.customer_accesses c join accesses.accesses a on a.spool = c.spool and a.number = c.number';
  const newest = `select a.spool, a.number, a.at, a.access from ${source} ${where.length === 0 ? '' : `where ${where.join(' and ')}`} order by ${of}.at desc, ${of}.spool desc, ${of}.number desc limit ${most}`;
  // Each id's newest by its index; an answer that was about several of them is there once.
  const found = customers === undefined ? newest
    : `select distinct on (one.at, one.spool, one.number) one.* from unnest(${parameter(customers, 'text[]')}) as person(id) cross join lateral (${newest}) one order by one.at desc, one.spool desc, one.number desc limit ${most}`;
  const rows = await store.query<{ spool: string; number: string; place: string; access: RecordedAccess }>(
    `select spool, number::text as number, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as place, access from (${found}) found order by at desc, spool desc, found.number desc`,
    values,
  );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: await openAccesses(vault, rows.slice(0, limit)), next: last && [last.place, last.spool, last.number] };
}
