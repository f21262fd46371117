import { randomUUID } from 'node:crypto';
import { open, seal, type Envelope } from '../../../shared/crypto/envelope.js';
import { migrate } from '../../../shared/read-store/migrate.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import type { CredentialContent, Credentials } from './credentials.js';
import { credentialSteps } from './tables.js';

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** `pool`: of the database `vault`. `secret`: `vault.secret('credentials')`. */
export async function postgresCredentials({ pool, secret }: { readonly pool: Pool; readonly secret: Buffer }): Promise<Credentials> {
  await migrate(pool, 'sign_in', credentialSteps);
  const sealed = (id: string, content: CredentialContent) => JSON.stringify(seal(content, { keyId: 'credentials', key: secret }, bindingOf(id)));

  return {
    async add(holderId, content, at) {
      const id = randomUUID();
      await pool.query('INSERT INTO sign_in.credentials (credential_id, holder_id, envelope, made_at) VALUES ($1, $2, $3, $4)', [id, holderId, sealed(id, content), at]);
      return id;
    },

    async read(ids) {
      if (ids.length === 0) return [];
      const { rows } = await pool.query<{ credential_id: string; holder_id: string; version: number; envelope: Envelope }>(
        'SELECT credential_id, holder_id, version, envelope FROM sign_in.credentials WHERE credential_id = ANY ($1::uuid[])', [ids]);
      return rows.map(({ credential_id: id, holder_id: holderId, version, envelope }) =>
        ({ id, holderId, version, content: open(envelope, secret, bindingOf(id)) as CredentialContent }));
    },

    async replace(id, version, content) {
      const { rowCount } = await pool.query(
        'UPDATE sign_in.credentials SET envelope = $3, version = version + 1 WHERE credential_id = $1 AND version = $2', [id, version, sealed(id, content)]);
      return rowCount === 1;
    },

    async remove(ids) {
      await pool.query('DELETE FROM sign_in.credentials WHERE credential_id = ANY ($1::uuid[])', [ids]);
    },

    async forget(holderId) {
      await pool.query('DELETE FROM sign_in.credentials WHERE holder_id = $1', [holderId]);
    },

    async madeBefore(at, after, limit) {
      const { rows } = await pool.query<{ credential_id: string; holder_id: string }>(
        'SELECT credential_id, holder_id FROM sign_in.credentials WHERE made_at < $1 AND credential_id > $2 ORDER BY credential_id LIMIT $3', [at, after ?? NO_ID, limit]);
      return rows.map(({ credential_id: id, holder_id: holderId }) => ({ id, holderId }));
    },
  };
}

/** A row moved to another id does not open. */
const bindingOf = (id: string): string => `credential ${id}`;
