import type { MigrationStep } from '../read-store/migrate.js';

/** Tables of database `vault`, schema `vault`. Every `wrapped` is AES-256-GCM under the next key up the tree, bound to what the row says it is. */
export const vaultSteps: readonly MigrationStep[] = [
  {
    name: '001-key-tree',
    sql: `
      CREATE TABLE root (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        vault_id uuid NOT NULL,
        generation integer NOT NULL,
        fingerprint bytea NOT NULL
      );
      CREATE TABLE buckets (
        bucket_id uuid PRIMARY KEY,
        generation integer NOT NULL,
        wrapped bytea NOT NULL,
        made_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE INDEX ON buckets (made_at);
      -- An erased subject keeps its row without a key, so that no key is ever made for it again.
      CREATE TABLE subjects (
        subject text PRIMARY KEY,
        key_id text UNIQUE,
        bucket_id uuid REFERENCES buckets,
        wrapped bytea,
        erased_at timestamptz,
        CHECK ((erased_at IS NULL) = (wrapped IS NOT NULL AND key_id IS NOT NULL AND bucket_id IS NOT NULL))
      );
      CREATE INDEX ON subjects (bucket_id);
      CREATE TABLE secrets (name text PRIMARY KEY, wrapped bytea NOT NULL);`,
  },
];

export interface RootRow {
  readonly vault_id: string;
  readonly generation: number;
  readonly fingerprint: Buffer;
}

export interface BucketRow {
  readonly bucket_id: string;
  readonly generation: number;
  readonly wrapped: Buffer;
}

/** A subject with its bucket; the key columns are null where it was erased. */
export interface SubjectRow {
  readonly subject: string;
  readonly key_id: string | null;
  readonly bucket_id: string | null;
  readonly wrapped: Buffer | null;
  readonly bucket_generation: number | null;
  readonly bucket_wrapped: Buffer | null;
}

/** What a wrapped key is bound to. */
export const bindings = {
  bucket: (vaultId: string, bucketId: string, generation: number) => JSON.stringify(['bucket', vaultId, bucketId, generation]),
  subject: (bucketId: string, subject: string, keyId: string) => JSON.stringify(['subject', bucketId, subject, keyId]),
  secret: (vaultId: string, name: string) => JSON.stringify(['secret', vaultId, name]),
};

const withSubjects = (condition: string): string => `
  SELECT r.vault_id, r.generation, r.fingerprint, s.subject, s.key_id, s.bucket_id, s.wrapped, s.bucket_generation, s.bucket_wrapped
    FROM vault.root r
    LEFT JOIN (SELECT s.*, b.generation AS bucket_generation, b.wrapped AS bucket_wrapped FROM vault.subjects s LEFT JOIN vault.buckets b USING (bucket_id)
                WHERE ${condition}) s ON true`;

export const statements = {
  root: 'SELECT vault_id, generation, fingerprint FROM vault.root',
  subjects: withSubjects('s.subject = ANY ($1::text[])'),
  keyIds: withSubjects('s.key_id = ANY ($1::text[])'),
  newestBucket: `
    SELECT r.vault_id, r.generation, r.fingerprint, b.bucket_id, b.generation AS bucket_generation, b.wrapped,
           (SELECT count(*)::integer FROM vault.subjects s WHERE s.bucket_id = b.bucket_id) AS subjects
      FROM vault.root r LEFT JOIN (SELECT * FROM vault.buckets ORDER BY made_at DESC LIMIT 1) b ON true`,
  /** Nothing is written when the root was replaced meanwhile. */
  addBucket: 'INSERT INTO vault.buckets (bucket_id, generation, wrapped) SELECT $1, 1, $2 FROM vault.root WHERE generation = $3 FOR SHARE',
  /** Nothing is written when the bucket's key was replaced meanwhile; a subject that has a row already keeps it. */
  addSubjects: `
    WITH bucket AS (SELECT bucket_id FROM vault.buckets WHERE bucket_id = $1 AND generation = $2 FOR SHARE)
    INSERT INTO vault.subjects (subject, key_id, bucket_id, wrapped)
    SELECT made.subject, made.key_id, bucket.bucket_id, made.wrapped
      FROM bucket, unnest($3::text[], $4::text[], $5::bytea[]) AS made (subject, key_id, wrapped)
    ON CONFLICT (subject) DO NOTHING RETURNING subject, (SELECT generation FROM vault.root) AS root_generation`,
  secret: 'SELECT r.vault_id, r.generation, r.fingerprint, s.wrapped FROM vault.root r LEFT JOIN vault.secrets s ON s.name = $1',
  addSecret: 'INSERT INTO vault.secrets (name, wrapped) SELECT $1, $2 FROM vault.root WHERE generation = $3 FOR SHARE ON CONFLICT (name) DO NOTHING',
} as const;
