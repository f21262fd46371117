import type { Pool } from '../../../shared/read-store/pool.js';
import type { Challenge, ChallengeOf, Challenges } from './challenges.js';
import { hashOfToken, newOpaqueToken } from './opaque-token.js';

/** `pool`: of the database `ops`, migrated with `signInSteps`. */
export function postgresChallenges(pool: Pool): Challenges {
  const contentOf = <Kind extends Challenge['kind']>(rows: { content: Challenge }[]): ChallengeOf<Kind> | undefined => rows[0]?.content as ChallengeOf<Kind> | undefined;
  return {
    async open(content, expiresAt) {
      const token = newOpaqueToken('pbc');
      await pool.query('INSERT INTO sign_in.challenges (hash, kind, content, expires_at) VALUES ($1, $2, $3, $4)', [hashOfToken(token), content.kind, JSON.stringify(content), expiresAt]);
      return token;
    },
    async look(kind, token, at) {
      return contentOf((await pool.query<{ content: Challenge }>('SELECT content FROM sign_in.challenges WHERE hash = $1 AND kind = $2 AND expires_at > $3', [hashOfToken(token), kind, at])).rows);
    },
    async take(kind, token, at) {
      return contentOf((await pool.query<{ content: Challenge }>('DELETE FROM sign_in.challenges WHERE hash = $1 AND kind = $2 AND expires_at > $3 RETURNING content', [hashOfToken(token), kind, at])).rows);
    },
    async replace(token, seen, content) {
      const { rowCount } = await pool.query('UPDATE sign_in.challenges SET content = $3 WHERE hash = $1 AND content = $2::jsonb', [hashOfToken(token), JSON.stringify(seen), JSON.stringify(content)]);
      return rowCount === 1;
    },
    async withdraw(kind, holderId) {
      await pool.query("DELETE FROM sign_in.challenges WHERE kind = $1 AND ($2::text IS NULL OR content->>'holderId' = $2)", [kind, holderId ?? null]);
    },
    async sweep(at) {
      await pool.query('DELETE FROM sign_in.challenges WHERE expires_at <= $1', [at]);
    },
  };
}
