import type { MigrationStep } from '../../../shared/read-store/migrate.js';

/** Schema `sign_in` of the database `vault`. Every envelope is sealed with a secret of the vault and bound to its row's id. */
export const credentialSteps: readonly MigrationStep[] = [
  {
    name: '001-credentials',
    sql: `
      CREATE TABLE credentials (
        credential_id uuid PRIMARY KEY,
        holder_id uuid NOT NULL,
        version integer NOT NULL DEFAULT 1,
        envelope jsonb NOT NULL,
        made_at timestamptz NOT NULL
      );
      CREATE INDEX ON credentials (made_at, credential_id);
      CREATE TABLE signing_keys (
        kid uuid PRIMARY KEY,
        envelope jsonb NOT NULL,
        signs_until timestamptz NOT NULL,
        verifies_until timestamptz NOT NULL
      );`,
  },
];

/** Schema `sign_in` of the database `ops`: of every token only a hash. */
export const signInSteps: readonly MigrationStep[] = [
  {
    name: '001-sessions',
    sql: `
      CREATE TABLE sessions (
        session_id uuid PRIMARY KEY,
        holder_id uuid NOT NULL,
        refresh_hash bytea NOT NULL UNIQUE,
        proofs text[] NOT NULL,
        device text NOT NULL,
        place text NOT NULL,
        opened_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        revoked_why text
      );
      CREATE INDEX ON sessions (holder_id);
      CREATE INDEX ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;
      CREATE INDEX ON sessions (expires_at);
      -- Tokens that were exchanged already: whoever shows one has stolen it, or was stolen from.
      CREATE TABLE spent_refresh_tokens (
        hash bytea PRIMARY KEY,
        session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE
      );
      CREATE INDEX ON spent_refresh_tokens (session_id);
      CREATE TABLE challenges (
        hash bytea PRIMARY KEY,
        kind text NOT NULL,
        content jsonb NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX ON challenges (expires_at);
      CREATE TABLE attempts (
        attempt_id uuid NOT NULL,
        subject bytea NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (subject, attempt_id)
      );
      CREATE INDEX ON attempts (attempt_id);
      CREATE INDEX ON attempts (at);`,
  },
  {
    name: '002-kinds-of-people',
    sql: `ALTER TABLE sessions ADD COLUMN holder_kind text NOT NULL DEFAULT 'staff';`,
  },
  { name: '003-step-up', sql: 'ALTER TABLE sessions ADD COLUMN stepped_up_at timestamptz;' },
  { name: '004-sealed-origin', sql: 'ALTER TABLE sessions DROP COLUMN device, DROP COLUMN place, ADD COLUMN origin jsonb;' },
];
