import type { Recorded } from '../../../shared/events/definition.js';
import type { RfmEvent } from '../../../shared/events/marketing/rfm-events.js';
import type { ReadTransaction } from '../../../shared/read-store/projection.js';

/** A run begins, says what it says and is complete, in this order. */
export async function applyRuns(tx: ReadTransaction, events: readonly Recorded<RfmEvent>[]): Promise<void> {
  const begun: object[] = [];
  const ratings: object[] = [];
  const completed: object[] = [];
  for (const { event: { type, data }, metadata: { recordedAt } } of events) {
    if (type === 'RfmRunBegun') {
      const { runId, date, from, at, cause, customers, breakpoints } = data;
      begun.push({ run_id: runId, date, from_date: from, at, cause, customers, breakpoints, begun_at: recordedAt });
    } else if (type === 'CustomersRated') ratings.push(...data.ratings.map(({ customerId, rating }) => ({ run_id: data.runId, customer_id: customerId, rating })));
    else completed.push({ run_id: data.runId, rated: data.rated, lapsed: data.lapsed, tiers: data.tiers, completed_at: recordedAt });
  }
  if (begun.length > 0) await tx.query('insert into rfm_runs select * from jsonb_populate_recordset(null::rfm_runs, $1::jsonb)', [JSON.stringify(begun)], 'marketing_rfm_begin');
  if (ratings.length > 0)
    await tx.query(
      `insert into ratings select r.run_id, r.customer_id, nullif(r.rating, 'null'::jsonb) from jsonb_to_recordset($1::jsonb) as r(run_id uuid, customer_id uuid, rating jsonb)`, [JSON.stringify(ratings)], 'marketing_rfm_rate');
  if (completed.length > 0)
    await tx.query(
      `update rfm_runs r set rated = c.rated, lapsed = c.lapsed, tiers = c.tiers, completed_at = c.completed_at
       from jsonb_to_recordset($1::jsonb) as c(run_id uuid, rated int, lapsed int, tiers jsonb, completed_at timestamptz) where r.run_id = c.run_id`,
      [JSON.stringify(completed)], 'marketing_rfm_complete');
}
