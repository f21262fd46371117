import { open, seal, type Envelope } from '../../../shared/crypto/envelope.js';
import { withTransaction, type Pool } from '../../../shared/read-store/pool.js';
import type { SigningKeyStore, StoredSigningKey } from './signing-keys.js';

/** `pool`: of the database `vault`, migrated by `postgresCredentials`. `secret`: `vault.secret('credentials')`. */
export function postgresSigningKeys({ pool, secret }: { readonly pool: Pool; readonly secret: Buffer }): SigningKeyStore {
  return {
    async list(at) {
      const { rows } = await pool.query<{ kid: string; envelope: Envelope; signs_until: Date; verifies_until: Date }>(
        'SELECT kid, envelope, signs_until, verifies_until FROM sign_in.signing_keys WHERE verifies_until > $1', [at]);
      return rows.map(({ kid, envelope, signs_until: signsUntil, verifies_until: verifiesUntil }) =>
        ({ kid, privateJwk: open(envelope, secret, bindingOf(kid)) as StoredSigningKey['privateJwk'], signsUntil, verifiesUntil }));
    },

    addUnlessOneSigns: ({ kid, privateJwk, signsUntil, verifiesUntil }, at) =>
      withTransaction(pool, async (client) => {
        await client.query(`SELECT pg_advisory_xact_lock(hashtext('passbook signing key'))`);
        await client.query(
          `INSERT INTO sign_in.signing_keys (kid, envelope, signs_until, verifies_until)
           SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM sign_in.signing_keys WHERE signs_until > $5)`,
          [kid, JSON.stringify(seal(privateJwk, { keyId: 'credentials', key: secret }, bindingOf(kid))), signsUntil, verifiesUntil, at]);
      }),

    async sweep(at) {
      await pool.query('DELETE FROM sign_in.signing_keys WHERE verifies_until <= $1', [at]);
    },
  };
}

const bindingOf = (kid: string): string => `signing key ${kid}`;
