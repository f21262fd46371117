import type { Recorded } from '../../../shared/events/definition.js';
import type { RfmEvent } from '../../../shared/events/marketing/rfm-events.js';
import { compareRows, jsonText, readRows, timeText, type Difference, type ReadRows, type TextRow, type VerifiedTable, type Verifier } from '../../../shared/read-store/verify.js';

const projection = 'marketing';
const runsTable: VerifiedTable = {
  projection, table: 'marketing.rfm_runs', key: ['run_id'],
  columns: {
    run_id: 'uuid', date: 'date', from_date: 'date', at: 'timestamptz', cause: 'uuid', customers: 'int', breakpoints: 'jsonb', begun_at: 'timestamptz', rated: 'int', lapsed: 'int', tiers: 'jsonb', completed_at: 'timestamptz',
  },
};
const ratingsTable: VerifiedTable = { projection, table: 'marketing.ratings', key: ['run_id', 'customer_id'], columns: { run_id: 'uuid', customer_id: 'uuid', rating: 'jsonb' } };
const NOBODY = '00000000-0000-0000-0000-000000000000';
const row = (one: TextRow): TextRow => one;

/** Ratings are compared as each event tells them, in the order of ids: none is kept. */
export function rfmVerifier(read: ReadRows): Verifier {
  const runs = new Map<string, TextRow>();
  /** By run, the customer told last. */
  const toldTo = new Map<string, string>();

  function comparePage({ runId, ratings }: Extract<RfmEvent, { type: 'CustomersRated' }>['data']): AsyncIterable<Difference> {
    const expected = new Map(ratings.map(({ customerId, rating }) => [`${runId}/${customerId}`, { run_id: runId, customer_id: customerId, rating: rating && jsonText(rating) }]));
    const [after, last] = [toldTo.get(runId) ?? NOBODY, ratings.at(-1)!.customerId];
    toldTo.set(runId, last);
    return compareRows(ratingsTable, expected, row, readRows(read, ratingsTable, 'run_id = $1::uuid and customer_id > $2::uuid and customer_id <= $3::uuid', [runId, after, last]));
  }

  return {
    take(recorded) {
      const { event: { type, data }, metadata: { recordedAt } } = recorded as Recorded<RfmEvent>;
      if (type === 'RfmRunBegun')
        runs.set(data.runId, {
          run_id: data.runId, date: data.date, from_date: data.from, at: timeText(data.at), cause: data.cause, customers: String(data.customers), breakpoints: jsonText(data.breakpoints), begun_at: timeText(recordedAt),
          rated: null, lapsed: null, tiers: null, completed_at: null,
        });
      else if (type === 'RfmRunCompleted') runs.set(data.runId, { ...runs.get(data.runId), rated: String(data.rated), lapsed: String(data.lapsed), tiers: jsonText(data.tiers), completed_at: timeText(recordedAt) });
      return type === 'CustomersRated' ? comparePage(data) : undefined;
    },
    async *finish() {
      const known = [...runs.keys()];
      yield* compareRows(runsTable, runs, row, readRows(read, runsTable));
      for (const [runId, last] of toldTo) yield* compareRows(ratingsTable, new Map<string, TextRow>(), row, readRows(read, ratingsTable, 'run_id = $1::uuid and customer_id > $2::uuid', [runId, last]));
      yield* compareRows(ratingsTable, new Map<string, TextRow>(), row, readRows(read, ratingsTable, 'run_id <> all($1::uuid[])', [known]));
    },
  };
}
