import { randomUUID } from 'node:crypto';
import { open, seal, type Envelope } from '../../../shared/crypto/envelope.js';
import type { Vault } from '../../../shared/crypto/vault.js';
import { migrate } from '../../../shared/read-store/migrate.js';
import { withTransaction, type Pool, type Queryable } from '../../../shared/read-store/pool.js';
import { HOLDER_KINDS, type HolderKind, type Proof } from '../../../shared/events/access/sign-in-events.js';
import { hashOfToken, newOpaqueToken } from './opaque-token.js';
import { isLive, REVOCATIONS_SHOWN_MS, SESSION_IDLES_MS, SESSION_LASTS_MS, type Session, type Sessions } from './sessions.js';
import { signInSteps } from './tables.js';

/** Revoked session ids are told here. */
export const REVOKED = 'passbook_session_revoked';

interface SessionRow {
  readonly session_id: string;
  readonly holder_kind: HolderKind;
  readonly holder_id: string;
  readonly proofs: Proof[];
  readonly origin: Envelope | null;
  readonly opened_at: Date;
  readonly last_used_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly stepped_up_at: Date | null;
}

const COLUMNS = 's.session_id, s.holder_kind, s.holder_id, s.proofs, s.origin, s.opened_at, s.last_used_at, s.expires_at, s.revoked_at, s.stepped_up_at';
const LIVE = 's.revoked_at IS NULL AND s.expires_at > $2 AND s.last_used_at > $2::timestamptz - $3 * interval \'1 ms\'';

/** What identifies people beside their id: sealed under the holder's own key, so that it goes with it. */
interface SessionOrigin {
  readonly device: string;
  readonly place: string;
}

/** `pool`: of the database `ops`. Migrates it for challenges and attempts as well. */
export async function postgresSessions(pool: Pool, vault: Pick<Vault, 'keysOf' | 'keysById'>): Promise<Sessions> {
  await migrate(pool, 'sign_in', signInSteps);
  const sealed = async (holderId: string, id: string, origin: SessionOrigin): Promise<string> => JSON.stringify(seal(origin, (await vault.keysOf([holderId])).get(holderId)!, bindingOf(id)));
  const sessionsOf = async (found: readonly SessionRow[]): Promise<Session[]> => {
    const keyIds = [...new Set(found.flatMap(({ origin }) => (origin ? [origin.keyId] : [])))];
    const keys = keyIds.length > 0 ? await vault.keysById(keyIds) : new Map<string, Buffer>();
    return found.map((row) => {
      const key = row.origin && keys.get(row.origin.keyId);
      return sessionOf(row, row.origin && key ? (open(row.origin, key, bindingOf(row.session_id)) as SessionOrigin) : unknown);
    });
  };
  const rows = async (on: Queryable, text: string, values: unknown[]): Promise<SessionRow[]> => (await on.query<SessionRow>(text, values)).rows;

  return {
    async open({ kind, holderId, proofs, device, place, at }) {
      const refreshToken = newOpaqueToken('pbr');
      const id = randomUUID();
      const origin = { device, place };
      const [row] = await rows(pool, `
        INSERT INTO sign_in.sessions AS s (session_id, holder_id, refresh_hash, proofs, origin, opened_at, last_used_at, expires_at, holder_kind)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8) RETURNING ${COLUMNS}`,
        [id, holderId, hashOfToken(refreshToken), proofs, await sealed(holderId, id, origin), at, new Date(at.getTime() + SESSION_LASTS_MS), kind]);
      return { session: sessionOf(row!, origin), refreshToken };
    },

    refresh: (token, { kind, place, at }) =>
      withTransaction(pool, async (client) => {
        const hash = hashOfToken(token);
        const [row] = await rows(client, `SELECT ${COLUMNS} FROM sign_in.sessions s WHERE refresh_hash = $1 AND holder_kind = $2 FOR UPDATE`, [hash, kind]);
        if (row !== undefined) {
          const [before] = await sessionsOf([row]);
          if (row.revoked_at !== null || !isLive(before!, at)) return { outcome: 'refused' };
          const origin = { device: before!.device, place };
          const refreshToken = newOpaqueToken('pbr');
          await client.query('INSERT INTO sign_in.spent_refresh_tokens (hash, session_id) VALUES ($1, $2)', [hash, row.session_id]);
          const [next] = await rows(client, `UPDATE sign_in.sessions s SET refresh_hash = $2, origin = $3, last_used_at = $4 WHERE session_id = $1 RETURNING ${COLUMNS}`,
            [row.session_id, hashOfToken(refreshToken), await sealed(row.holder_id, row.session_id, origin), at]);
          return { outcome: 'refreshed', session: sessionOf(next!, origin), refreshToken };
        }
        const [family] = await rows(client, `SELECT ${COLUMNS} FROM sign_in.sessions s JOIN sign_in.spent_refresh_tokens USING (session_id) WHERE hash = $1 AND holder_kind = $2 FOR UPDATE OF s`, [hash, kind]);
        if (family === undefined) return { outcome: 'refused' };
        const revoked = await revokeWhere(client, 's.session_id = $4', [family.session_id], 'refresh-token-reused', at);
        return { outcome: 'reused', session: (await sessionsOf([family]))[0]!, wasLive: revoked.length > 0 };
      }),

    async list(holderId, at) {
      return sessionsOf(await rows(pool, `SELECT ${COLUMNS} FROM sign_in.sessions s WHERE holder_id = $1 AND ${LIVE} ORDER BY last_used_at DESC, session_id`, [holderId, at, SESSION_IDLES_MS]));
    },

    async find(id, at) {
      return (await sessionsOf(await rows(pool, `SELECT ${COLUMNS} FROM sign_in.sessions s WHERE session_id = $1 AND ${LIVE}`, [id, at, SESSION_IDLES_MS])))[0];
    },

    async addProof(id, proof) {
      await pool.query('UPDATE sign_in.sessions SET proofs = array_append(proofs, $2) WHERE session_id = $1 AND NOT ($2 = ANY (proofs))', [id, proof]);
    },

    async stepUp(id, proof, at) {
      const proofs = 'CASE WHEN $4 = ANY (proofs) THEN proofs ELSE array_append(proofs, $4) END';
      return (await sessionsOf(await rows(pool, `UPDATE sign_in.sessions s SET stepped_up_at = $2, proofs = ${proofs} WHERE session_id = $1 AND ${LIVE} RETURNING ${COLUMNS}`, [id, at, SESSION_IDLES_MS, proof])))[0];
    },

    async count(at) {
      const { rows: found } = await pool.query<{ kind: HolderKind; live: number }>(
        `SELECT kind, count(s.session_id)::int AS live FROM unnest($1::text[]) AS kind LEFT JOIN sign_in.sessions s ON s.holder_kind = kind AND ${LIVE} GROUP BY kind`, [[...HOLDER_KINDS], at, SESSION_IDLES_MS]);
      return found;
    },

    async forget(holderId) {
      await pool.query('DELETE FROM sign_in.sessions WHERE holder_id = $1', [holderId]);
    },

    revoke: ({ holderId, only, except }, why, at) =>
      withTransaction(pool, (client) =>
        revokeWhere(client, 's.holder_id = $4 AND ($5::uuid IS NULL OR s.session_id = $5) AND ($6::uuid IS NULL OR s.session_id <> $6)', [holderId, only ?? null, except ?? null], why, at)),

    async revokedSince(at) {
      return (await rows(pool, `SELECT ${COLUMNS} FROM sign_in.sessions s WHERE revoked_at > $1`, [at])).map(({ session_id }) => session_id);
    },

    async sweep(at) {
      await pool.query('DELETE FROM sign_in.sessions WHERE expires_at < $1', [new Date(at.getTime() - REVOCATIONS_SHOWN_MS)]);
    },
  };
}

/** The ids of those that were live. What idled out is revoked as well: it must never come back. */
async function revokeWhere(client: Queryable, condition: string, values: readonly unknown[], why: string, at: Date): Promise<string[]> {
  const { rows } = await client.query<{ session_id: string; live: boolean }>(
    `UPDATE sign_in.sessions s SET revoked_at = $1, revoked_why = $2 WHERE s.revoked_at IS NULL AND ${condition}
     RETURNING s.session_id, s.expires_at > $1 AND s.last_used_at > $1::timestamptz - $3 * interval '1 ms' AS live`,
    [at, why, SESSION_IDLES_MS, ...values]);
  if (rows.length > 0) await client.query('SELECT pg_notify($1, id) FROM unnest($2::text[]) AS id', [REVOKED, rows.map(({ session_id }) => session_id)]);
  return rows.filter(({ live }) => live).map(({ session_id }) => session_id);
}

const bindingOf = (sessionId: string): string => `session ${sessionId}`;
/** Of whose key is destroyed. */
const unknown: SessionOrigin = { device: '', place: '' };

const sessionOf = (row: SessionRow, { device, place }: SessionOrigin): Session => ({
  id: row.session_id, kind: row.holder_kind, holderId: row.holder_id, proofs: row.proofs, device, place,
  openedAt: row.opened_at, lastUsedAt: row.last_used_at, expiresAt: row.expires_at, ...(row.stepped_up_at && { steppedUpAt: row.stepped_up_at }),
});
