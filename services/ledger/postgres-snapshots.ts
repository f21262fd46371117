import { migrate } from '../../shared/read-store/migrate.js';
import { withTransaction, type Pool } from '../../shared/read-store/pool.js';
import type { SnapshotHead, Snapshots } from './snapshot-port.js';

/** Snapshots in the disposable database (`read`), schema `ledger_snapshots`: a chunk a row, so that neither side holds a whole one. */
export async function postgresSnapshots(pool: Pool): Promise<Snapshots> {
  await migrate(pool, 'ledger_snapshots', [{
    name: 'heads and chunks',
    sql: `
      CREATE TABLE heads (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shard int NOT NULL, log_id text NOT NULL, revision bigint NOT NULL,
        hash text, chunks int NOT NULL DEFAULT 0, begun_at timestamptz NOT NULL DEFAULT now());
      CREATE TABLE chunks (head bigint NOT NULL REFERENCES heads ON DELETE CASCADE, number int NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (head, number));`,
  }]);
  return {
    async begin(shard, logId, revision) {
      const { rows } = await pool.query<{ id: string }>('INSERT INTO ledger_snapshots.heads (shard, log_id, revision) VALUES ($1, $2, $3) RETURNING id', [shard, logId, revision]);
      const id = rows[0]!.id;
      let number = 0;
      return {
        async write(chunk) {
          await pool.query({ name: 'snapshot-chunk', text: 'INSERT INTO ledger_snapshots.chunks (head, number, bytes) VALUES ($1, $2, $3)', values: [id, number++, chunk] });
        },
        complete: (hash, keep) =>
          withTransaction(pool, async (client) => {
            await client.query('UPDATE ledger_snapshots.heads SET hash = $2, chunks = $3 WHERE id = $1', [id, hash, number]);
            // Older ones, and those that a crash left unfinished.
            await client.query(
              `DELETE FROM ledger_snapshots.heads WHERE shard = $1 AND id < $2 AND id NOT IN
                 (SELECT id FROM ledger_snapshots.heads WHERE shard = $1 AND hash IS NOT NULL ORDER BY id DESC LIMIT $3)`, [shard, id, keep]);
          }),
        async discard() {
          await pool.query('DELETE FROM ledger_snapshots.heads WHERE id = $1', [id]);
        },
      };
    },

    async list(shard, logId) {
      const { rows } = await pool.query<{ id: string; revision: string; hash: string; chunks: number }>(
        'SELECT id, revision, hash, chunks FROM ledger_snapshots.heads WHERE shard = $1 AND log_id = $2 AND hash IS NOT NULL ORDER BY revision DESC, id DESC', [shard, logId]);
      return rows.map(({ id, revision, hash, chunks }): SnapshotHead => ({ id, shard, logId, revision: Number(revision), hash, chunks }));
    },

    async *read(head) {
      for (let number = 0; number < head.chunks; number++) {
        const { rows } = await pool.query<{ bytes: Buffer }>({ name: 'snapshot-read', text: 'SELECT bytes FROM ledger_snapshots.chunks WHERE head = $1 AND number = $2', values: [head.id, number] });
        if (rows[0]) yield rows[0].bytes;
      }
    },
  };
}
