import { migrate } from '../../../shared/read-store/migrate.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import type { Place } from '../stream/alerts-after.js';

/** How far each endpoint has been told; in the database `ops`. What is lost with it is told again from the present on. */
export const prepareDelivered = (pool: Pool): Promise<void> =>
  migrate(pool, 'webhooks', [{
    name: 'delivered',
    sql: `CREATE TABLE delivered (
      endpoint text PRIMARY KEY, told bigint NOT NULL, position bigint NOT NULL, failures int NOT NULL DEFAULT 0, failing_since timestamptz, reason text, updated_at timestamptz NOT NULL DEFAULT now())`,
  }, {
    name: 'deliveries',
    sql: `CREATE TABLE deliveries (endpoint text NOT NULL, alert_id uuid NOT NULL, case_id uuid NOT NULL, attempts int NOT NULL, reason text, first_at timestamptz NOT NULL, last_at timestamptz NOT NULL, taken_at timestamptz,
            PRIMARY KEY (endpoint, alert_id));
          CREATE INDEX ON deliveries (endpoint, first_at, alert_id);
          CREATE INDEX ON deliveries (last_at);`,
  }]);

/** Where an endpoint is; one that is new begins at `present`. */
export async function deliveredTo(pool: Pool, endpoint: string, present: Place): Promise<Place> {
  const { rows } = await pool.query<{ told: string; position: string }>(
    `INSERT INTO webhooks.delivered (endpoint, told, position) VALUES ($1, $2, $3) ON CONFLICT (endpoint) DO UPDATE SET endpoint = excluded.endpoint RETURNING told, position`,
    [endpoint, present.told.toString(), present.position.toString()],
  );
  return { told: BigInt(rows[0]!.told), position: BigInt(rows[0]!.position) };
}

/** Never back: of two who deliver for a moment the further one counts. */
export const markDelivered = (pool: Pool, endpoint: string, { told, position }: Place): Promise<unknown> =>
  pool.query(
    `UPDATE webhooks.delivered SET told = $2, position = $3, failures = 0, failing_since = NULL, reason = NULL, updated_at = now() WHERE endpoint = $1 AND (told, position) < ($2, $3)`,
    [endpoint, told.toString(), position.toString()],
  );

export const markFailed = (pool: Pool, endpoint: string, failures: number, reason: string): Promise<unknown> =>
  pool.query('UPDATE webhooks.delivered SET failures = $2, reason = $3, failing_since = coalesce(failing_since, now()), updated_at = now() WHERE endpoint = $1', [endpoint, failures, reason.slice(0, 200)]);

export interface Failing {
  readonly since: Date;
  readonly attempts: number;
  readonly reason: string;
}

/** What an endpoint has not taken since when; undefined where all is well, or nothing was ever sent. */
export async function failingOf(pool: Pool, endpoint: string): Promise<Failing | undefined> {
  const { rows } = await pool.query<Failing>('SELECT failing_since AS since, failures AS attempts, reason FROM webhooks.delivered WHERE endpoint = $1 AND failing_since IS NOT NULL', [endpoint]);
  return rows[0];
}

/** One more attempt; `reason` undefined: it was taken. */
export const noteAttempt = (pool: Pool, endpoint: string, alert: { readonly id: string; readonly case: string }, reason: string | undefined, at: Date): Promise<unknown> =>
  pool.query(
    `INSERT INTO webhooks.deliveries AS d (endpoint, alert_id, case_id, attempts, reason, first_at, last_at, taken_at) VALUES ($1, $2, $3, 1, $4, $5, $5, $6)
     ON CONFLICT (endpoint, alert_id) DO UPDATE SET attempts = d.attempts + 1, reason = excluded.reason, last_at = excluded.last_at, taken_at = coalesce(d.taken_at, excluded.taken_at)`,
    [endpoint, alert.id, alert.case, reason?.slice(0, 200) ?? null, at, reason === undefined ? at : null],
  );

export const forgetDeliveries = (pool: Pool, before: Date): Promise<unknown> => pool.query('DELETE FROM webhooks.deliveries WHERE last_at < $1', [before]);

export interface DeliveryRow {
  readonly alert_id: string;
  readonly case_id: string;
  readonly attempts: number;
  readonly reason: string | null;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly taken_at: Date | null;
}

/** Newest first; `before`: the last of the page before, its time in microseconds as text. */
export async function findDeliveries(pool: Pool, endpoint: string, limit: number, before?: readonly [string, string]) {
  const { rows } = await pool.query<DeliveryRow & { readonly first: string }>(
    `SELECT alert_id, case_id, attempts, reason, first_at, last_at, taken_at, first_at::text AS first FROM webhooks.deliveries
     WHERE endpoint = $1 AND ($2::timestamptz IS NULL OR (first_at, alert_id) < ($2::timestamptz, $3::uuid)) ORDER BY first_at DESC, alert_id DESC LIMIT $4`,
    [endpoint, ...(before ?? [null, null]), limit + 1]);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, ...(rows.length > limit && last && { next: [last.first, last.alert_id] as const }) };
}
