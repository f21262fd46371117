import { migrate } from '../../../shared/read-store/migrate.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import type { Place } from '../stream/alerts-after.js';

/** How far each endpoint has been told; in the database `ops`. What is lost with it is told again from the present on. */
export const prepareDelivered = (pool: Pool): Promise<void> =>
  migrate(pool, 'webhooks', [{
    name: 'delivered',
    sql: `CREATE TABLE delivered (
      endpoint text PRIMARY KEY, told bigint NOT NULL, position bigint NOT NULL, failures int NOT NULL DEFAULT 0, failing_since timestamptz, reason text, updated_at timestamptz NOT NULL DEFAULT now())`,
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
