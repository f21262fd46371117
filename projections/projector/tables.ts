import type { MigrationStep } from '../../shared/read-store/migrate.js';
import { quoteName } from '../../shared/read-store/pool.js';
import type { Projection } from '../../shared/read-store/projection.js';

/** The runtime's own tables, in schema `projector` of the read database. */
export const steps: readonly MigrationStep[] = [
  {
    name: 'builds and lanes',
    sql: `
      CREATE TABLE builds (
        projection text NOT NULL, build int NOT NULL, version int NOT NULL,
        state text NOT NULL CHECK (state IN ('loading', 'following', 'live', 'retired')),
        loaded bigint NOT NULL DEFAULT -1,           -- log position that the bulk load has reached
        indexed boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(), changed_at timestamptz NOT NULL DEFAULT now(),
        comparison jsonb,                            -- what the build found when it was compared with the one before it
        PRIMARY KEY (projection, build));
      CREATE UNIQUE INDEX one_live_build ON builds (projection) WHERE state = 'live';
      CREATE TABLE lanes (
        projection text COLLATE "C" NOT NULL, build int NOT NULL, topic text COLLATE "C" NOT NULL, partition int NOT NULL,
        position bigint NOT NULL, cursor text, halted text,
        PRIMARY KEY (projection, build, topic, partition)) WITH (fillfactor = 40);
      CREATE TABLE parked (
        projection text NOT NULL, build int NOT NULL, topic text NOT NULL, stream text COLLATE "C" NOT NULL, revision bigint NOT NULL,
        position bigint NOT NULL, id uuid NOT NULL, type text NOT NULL, data json NOT NULL, metadata json NOT NULL,
        reason text NOT NULL, parked_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (projection, build, stream, revision));`,
  },
  {
    name: 'cached views',
    sql: `
      ALTER TABLE builds
        ADD COLUMN view_space uuid NOT NULL DEFAULT gen_random_uuid(), -- a cached view of another space is not served
        ADD COLUMN stale_views_via text                                -- how caches learn what is stale; null: they do not`,
  },
];

export const schemaOf = (projection: string, build: number): string => `${projection}_b${build}`;

/** The revision guard stands in each build's own schema and goes with it. */
export const buildTables = (projection: Projection, build: number): string => `
  CREATE SCHEMA ${quoteName(schemaOf(projection.name, build))};
  SET LOCAL search_path = ${quoteName(schemaOf(projection.name, build))}, public;
  CREATE TABLE stream_revisions (
    stream text COLLATE "C" PRIMARY KEY, revision bigint NOT NULL, parked boolean NOT NULL DEFAULT false) WITH (fillfactor = 80);
  ${projection.tables}`;
