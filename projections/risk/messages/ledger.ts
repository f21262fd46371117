import type { Way } from '../../../shared/events/alerting/events.js';
import { commandIdOf } from '../../../shared/kernel/ids.js';
import { migrate } from '../../../shared/read-store/migrate.js';
import { withTransaction, type Pool } from '../../../shared/read-store/pool.js';
import type { Severity } from '../../../shared/events/risk/values.js';
import type { Place } from '../stream/alerts-after.js';

export interface Recipient {
  readonly staff: string;
  readonly by: Way;
}

/** What is to be told, and was: in the database `ops`, so that no rebuild of a read model tells anybody anything again. */
export const prepareMessages = (pool: Pool): Promise<void> =>
  migrate(pool, 'alert_messages', [{
    name: 'messages',
    sql: `CREATE TABLE place (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), told bigint NOT NULL, position bigint NOT NULL);
          CREATE TABLE messages (
            id uuid PRIMARY KEY, alert_id uuid NOT NULL, case_id uuid NOT NULL, kind text NOT NULL, severity text NOT NULL, staff text NOT NULL, way text NOT NULL, queued_at timestamptz NOT NULL,
            attempts int NOT NULL DEFAULT 0, next_try_at timestamptz NOT NULL, last_error text, sent_at timestamptz, given_up_at timestamptz);
          CREATE INDEX ON messages (case_id, queued_at);
          CREATE INDEX ON messages (next_try_at) WHERE sent_at IS NULL AND given_up_at IS NULL`,
  }]);

/** Where telling is; in a bank that begins with it, at `present`. */
export async function placeOfMessages(pool: Pool, present: Place): Promise<Place> {
  const { rows } = await pool.query<{ told: string; position: string }>(
    'INSERT INTO alert_messages.place (told, position) VALUES ($1, $2) ON CONFLICT (only_one) DO UPDATE SET only_one = true RETURNING told, position', [present.told.toString(), present.position.toString()]);
  return { told: BigInt(rows[0]!.told), position: BigInt(rows[0]!.position) };
}

export interface Told {
  readonly id: string;
  readonly case: string;
  readonly kind: string;
  readonly severity: Severity;
}

/** All that an alert gives, and that it has been looked at, or nothing: an alert that is looked at again gives the same ids. */
export async function queueMessages(pool: Pool, alert: Told, place: Place, recipients: readonly Recipient[], at: Date): Promise<void> {
  await withTransaction(pool, async (client) => {
    for (const { staff, by } of recipients) {
      await client.query(
        `INSERT INTO alert_messages.messages (id, alert_id, case_id, kind, severity, staff, way, queued_at, next_try_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (id) DO NOTHING`,
        [commandIdOf('alert-messages', `${staff} ${by}`, alert.id), alert.id, alert.case, alert.kind, alert.severity, staff, by, at]);
    }
    await client.query('UPDATE alert_messages.place SET told = $1, position = $2 WHERE (told, position) < ($1, $2)', [place.told.toString(), place.position.toString()]);
  });
}

export interface Waiting extends Told, Recipient {
  readonly attempts: number;
}

export async function dueMessages(pool: Pool, at: Date, limit: number): Promise<readonly Waiting[]> {
  const { rows } = await pool.query<{ id: string; case_id: string; kind: string; severity: Severity; staff: string; way: Way; attempts: number }>(
    'SELECT * FROM alert_messages.messages WHERE sent_at IS NULL AND given_up_at IS NULL AND next_try_at <= $1 ORDER BY next_try_at, id LIMIT $2', [at, limit]);
  return rows.map(({ case_id, way, ...row }) => ({ ...row, case: case_id, by: way }));
}

export const markSent = (pool: Pool, id: string, at: Date): Promise<unknown> =>
  pool.query('UPDATE alert_messages.messages SET attempts = attempts + 1, sent_at = $2, last_error = NULL WHERE id = $1', [id, at]);

/** `next` null: it is given up. */
export const markUnsent = (pool: Pool, id: string, reason: string, at: Date, next: Date | null): Promise<unknown> =>
  pool.query(
    'UPDATE alert_messages.messages SET attempts = attempts + 1, last_error = $2, next_try_at = coalesce($4, next_try_at), given_up_at = CASE WHEN $4::timestamptz IS NULL THEN $3::timestamptz END WHERE id = $1',
    [id, reason.slice(0, 200), at, next]);

/** Of a case, the newest first. */
export async function messagesOfCase(pool: Pool, caseId: string, limit: number) {
  const { rows } = await pool.query<{ id: string; alert_id: string; staff: string; way: Way; attempts: number; queued_at: Date; sent_at: Date | null; given_up_at: Date | null; last_error: string | null }>(
    'SELECT * FROM alert_messages.messages WHERE case_id = $1 ORDER BY queued_at DESC, id LIMIT $2', [caseId, limit]);
  return rows.map((row) => ({
    id: row.id, alert: row.alert_id, to: row.staff, by: row.way, attempts: row.attempts, queuedAt: row.queued_at.toISOString(), ...(row.sent_at && { sentAt: row.sent_at.toISOString() }),
    ...(row.given_up_at && { givenUpAt: row.given_up_at.toISOString() }), ...(row.last_error !== null && { lastError: row.last_error }),
  }));
}
