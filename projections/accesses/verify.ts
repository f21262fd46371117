import type { AccessLogEvent } from '../../shared/events/accesses/events.js';
import type { Recorded } from '../../shared/events/definition.js';
import { compareRows, jsonText, readRows, timeText, type Difference, type ReadRows, type TextRow, type Verifier } from '../../shared/read-store/verify.js';
import { accessesTable, customerAccessesTable } from './tables.js';

const STRETCH = 5_000;

interface Span {
  readonly first: number;
  last: number;
}

/** Rows are never changed, so they are compared a stretch at a time; of those compared only the numbers are kept, as spans. */
export function accessesVerifier(read: ReadRows): Verifier {
  const spans = new Map<string, Span[]>();
  let accesses = new Map<string, TextRow>();
  let customers = new Map<string, TextRow>();
  let places: [spool: string, number: number][] = [];

  function tell({ spool, accesses: told }: AccessLogEvent['data']): void {
    const known = spans.get(spool) ?? [];
    spans.set(spool, known);
    for (const access of told) {
      const { number, at, actor, status } = access;
      const last = known.at(-1);
      if (last?.last === number - 1) last.last = number;
      else known.push({ first: number, last: number });
      places.push([spool, number]);
      accesses.set(`${spool}/${number}`, { spool, number: String(number), at: timeText(at), actor: actor.id, status: String(status), access: jsonText(access) });
      for (const customer of access.customers ?? [])
        customers.set(`${spool}/${number}/${customer}`, { spool, number: String(number), customer_id: customer, at: timeText(at) });
    }
  }

  async function* compareStretch(): AsyncGenerator<Difference> {
    const [rows, links, where] = [accesses, customers, places];
    [accesses, customers, places] = [new Map(), new Map(), []];
    if (where.length === 0) return;
    const among = '(found.spool, found.number) in (select * from unnest($1::uuid[], $2::bigint[]))';
    const values = [where.map(([spool]) => spool), where.map(([, number]) => number)];
    yield* compareRows(accessesTable, rows, (row) => row, readRows(read, accessesTable, among, values));
    yield* compareRows(customerAccessesTable, links, (row) => row, readRows(read, customerAccessesTable, among, values));
  }

  const isKnown = ({ spool, number }: TextRow): boolean => (spans.get(spool!) ?? []).some(({ first, last }) => first <= Number(number) && Number(number) <= last);

  /** Rows of numbers that no event has. */
  async function* extraRows(): AsyncGenerator<Difference> {
    for (const table of [accessesTable, customerAccessesTable])
      for await (const row of readRows(read, table)) if (!isKnown(row)) yield { projection: table.projection, table: table.table, key: table.key.map((name) => row[name]).join('/'), kind: 'extra' };
  }

  return {
    take({ stream, event }: Recorded) {
      if (!stream.startsWith('accesses-')) return undefined;
      tell((event as AccessLogEvent).data);
      return places.length >= STRETCH ? compareStretch() : undefined;
    },
    async *finish() {
      yield* compareStretch();
      yield* extraRows();
    },
  };
}
