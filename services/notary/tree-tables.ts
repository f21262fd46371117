import { migrate } from '../../shared/read-store/migrate.js';
import type { Pool } from '../../shared/read-store/pool.js';

/** In the database `ops`; all of it can be had again from the log and the exported heads. */
export const prepareTreeTables = (pool: Pool): Promise<void> =>
  migrate(pool, 'notary', [{
    name: 'tree',
    sql: `
      CREATE TABLE progress (
        one boolean PRIMARY KEY DEFAULT true CHECK (one), size bigint NOT NULL, commit_position bigint NOT NULL, prepare_position bigint NOT NULL);
      COMMENT ON TABLE progress IS 'How many events are in the tree, and where the log is read on.';
      CREATE TABLE tiles (level smallint, tile bigint, hashes bytea NOT NULL, PRIMARY KEY (level, tile));
      ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
      CREATE TABLE leaves (tile bigint PRIMARY KEY, first_position bigint NOT NULL, events text NOT NULL);
      COMMENT ON TABLE leaves IS 'Which events the leaves of a tile are: a JSON array of [position, stream, revision].';
      CREATE INDEX leaves_by_position ON leaves (first_position);
      CREATE TABLE heads (number bigint PRIMARY KEY, size bigint NOT NULL UNIQUE, root bytea NOT NULL);
      COMMENT ON TABLE heads IS 'Heads that were signed or are about to be; written before the signature is made.';`,
  }]);
