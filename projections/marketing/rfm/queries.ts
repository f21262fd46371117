import type { RfmBreakpoints, RfmRating, ValueTier } from '../../../shared/events/marketing/rfm-events.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';

/** Of fewer customers, what a score begins at would tell what one of them did. */
const FEWEST = 10;

interface RunRow {
  readonly run_id: string; readonly date: string; readonly from_date: string; readonly at: Date; readonly cause: string; readonly customers: number; readonly breakpoints: RfmBreakpoints; readonly begun_at: Date;
  readonly rated: number | null; readonly lapsed: number | null; readonly tiers: Readonly<Record<ValueTier, number>> | null; readonly completed_at: Date | null;
}

const begins = ({ customers, breakpoints }: Pick<RunRow, 'customers' | 'breakpoints'>): { readonly breakpoints?: RfmBreakpoints } => (customers < FEWEST ? {} : { breakpoints });

/** The newest first; `before`: the date of one. */
export async function findRuns(store: ReadStore, limit: number, before?: string) {
  const rows = await store.query<RunRow>(
    `select run_id, date::text as date, from_date::text as from_date, at, cause, customers, breakpoints, begun_at, rated, lapsed, tiers, completed_at
     from marketing.rfm_runs where $1::date is null or date < $1 order by marketing.rfm_runs.date desc limit $2`, [before ?? null, limit + 1], 'marketing_rfm_runs');
  const page = rows.slice(0, limit);
  return {
    items: page.map((row) => ({
      id: row.run_id, date: row.date, from: row.from_date, at: row.at.toISOString(), cause: row.cause, customers: row.customers, begunAt: row.begun_at.toISOString(), ...begins(row),
      ...(row.completed_at && { completed: { at: row.completed_at.toISOString(), rated: row.rated!, lapsed: row.lapsed!, tiers: { ...row.tiers! } } }),
    })),
    ...(rows.length > limit && { next: page.at(-1)!.date }),
  };
}

export interface RatingPlace {
  readonly date: string;
  readonly customer: string;
}

/** What runs said of the ids of one customer, the newest first. */
export async function ratingsOf(store: ReadStore, customers: readonly string[], limit: number, before?: RatingPlace) {
  const rows = await store.query<Pick<RunRow, 'run_id' | 'date' | 'from_date' | 'customers' | 'breakpoints'> & { customer_id: string; rating: RfmRating | null }>(
    `select r.customer_id, r.rating, r.run_id, n.date::text as date, n.from_date::text as from_date, n.customers, n.breakpoints
     from marketing.ratings r join marketing.rfm_runs n on n.run_id = r.run_id
     where r.customer_id = any($1::uuid[]) and ($2::date is null or (n.date, r.customer_id) < ($2, $3::uuid)) order by n.date desc, r.customer_id desc limit $4`,
    [customers, before?.date ?? null, before?.customer ?? null, limit + 1], 'marketing_rfm_ratings');
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => ({ customer: row.customer_id, run: row.run_id, date: row.date, from: row.from_date, ...(row.rating && { rating: ratingView(row.rating) }), ...begins(row) })),
    ...(rows.length > limit && last && { next: { date: last.date, customer: last.customer_id } }),
  };
}

const ratingView = (rating: RfmRating) => ({ ...rating, cell: `${rating.recency.score}${rating.frequency.score}${rating.monetary.score}` });
