import { AccessesRecorded, type AccessLogEvent } from '../../shared/events/accesses/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import { topicOf } from '../../shared/events/registry.js';
import type { Projection } from '../../shared/read-store/projection.js';
import { indexes, tables, views } from './tables.js';

/** Who looked at what, by time, by customer and by who looked. */
export const accessesProjection: Projection = {
  name: 'accesses',
  version: 1,
  topics: [topicOf('accesses')],
  handles: [AccessesRecorded.type],
  ignores: [],
  opens: false,
  tables,
  indexes,
  views,
  async apply(tx, events) {
    const rows = (events as readonly Recorded<AccessLogEvent>[]).flatMap(({ event: { data: { spool, accesses } } }) => accesses.map((access) => ({ spool, access })));
    await tx.query(
      `insert into accesses (spool, number, at, actor, status, access)
       select spool, number, at, actor, status, access::jsonb
       from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::smallint[], $6::text[]) as batch(spool, number, at, actor, status, access)`,
      [rows.map(({ spool }) => spool), rows.map(({ access }) => access.number), rows.map(({ access }) => access.at), rows.map(({ access }) => access.actor.id),
        rows.map(({ access }) => access.status), rows.map(({ access }) => JSON.stringify(access))],
      'accesses_insert',
    );
    const ofCustomers = rows.flatMap(({ spool, access: { number, at, customers = [] } }) => customers.map((customerId) => ({ customerId, at, spool, number })));
    if (ofCustomers.length === 0) return;
    await tx.query(
      `insert into customer_accesses (customer_id, at, spool, number)
       select customer_id, at, spool, number from unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::bigint[]) as batch(customer_id, at, spool, number)`,
      [ofCustomers.map(({ customerId }) => customerId), ofCustomers.map(({ at }) => at), ofCustomers.map(({ spool }) => spool), ofCustomers.map(({ number }) => number)],
      'customer_accesses_insert',
    );
  },
};
