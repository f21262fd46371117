import { createHmac, randomUUID } from 'node:crypto';
import { withTransaction, type Pool } from '../../../shared/read-store/pool.js';
import { ATTEMPT_LIMITS, closedUntil, LONGEST_WINDOW_MS, type AttemptSubject } from './attempt-limits.js';
import type { Attempts } from './attempts.js';

/** `pool`: of the database `ops`, migrated with `signInSteps`. `secret`: `vault.secret('sign-in')`, so that rows name nobody. */
export function postgresAttempts({ pool, secret }: { readonly pool: Pool; readonly secret: Buffer }): Attempts {
  const hashOf = ({ kind, name }: AttemptSubject): Buffer => createHmac('sha256', secret).update(JSON.stringify(['attempt', kind, name])).digest();

  return {
    begin: (subjects, at) =>
      withTransaction(pool, async (client) => {
        const hashes = subjects.map(hashOf);
        // One after the other per subject, in one order for all.
        await client.query(`SELECT pg_advisory_xact_lock(lock) FROM (SELECT DISTINCT hashtextextended(encode(subject, 'hex'), 0) AS lock FROM unnest($1::bytea[]) AS subject ORDER BY 1) AS locks`, [hashes]);
        const { rows } = await client.query<{ subject: Buffer; at: Date }>(
          'SELECT subject, at FROM sign_in.attempts WHERE subject = ANY ($1::bytea[]) AND at > $2 ORDER BY at', [hashes, new Date(at.getTime() - LONGEST_WINDOW_MS)]);
        const times = hashes.map((hash) => rows.filter(({ subject }) => subject.equals(hash)).map((row) => row.at.getTime()));
        const closed = subjects.map(({ kind }, index) => closedUntil(ATTEMPT_LIMITS[kind], times[index]!, at.getTime()) ?? 0);
        const until = Math.max(...closed);
        if (until > 0) return { allowed: false, until: new Date(until) };
        const id = randomUUID();
        await client.query('INSERT INTO sign_in.attempts (attempt_id, subject, at) SELECT DISTINCT $1::uuid, subject, $3::timestamptz FROM unnest($2::bytea[]) AS subject', [id, hashes, at]);
        return { allowed: true, id, failures: times.map(({ length }) => length + 1) };
      }),

    async succeeded(id, forgotten) {
      await pool.query('DELETE FROM sign_in.attempts WHERE attempt_id = $1 OR subject = ANY ($2::bytea[])', [id, forgotten.map(hashOf)]);
    },

    async sweep(at) {
      await pool.query('DELETE FROM sign_in.attempts WHERE at <= $1', [new Date(at.getTime() - LONGEST_WINDOW_MS)]);
    },
  };
}
