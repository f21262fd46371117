import { migrate } from '../../shared/read-store/migrate.js';
import { withTransaction, type Pool } from '../../shared/read-store/pool.js';
import type { LedgerIndex } from './index-port.js';

/** The index in the disposable database (`read`), schema `ledger_index`. */
export async function postgresIndex(pool: Pool): Promise<LedgerIndex> {
  await migrate(pool, 'ledger_index', [{
    name: 'commands and checkpoints',
    sql: `
      CREATE TABLE checkpoints (shard int PRIMARY KEY, log_id text NOT NULL, checkpoint bigint NOT NULL);
      CREATE TABLE commands (shard int NOT NULL, command_id uuid NOT NULL, revision bigint NOT NULL, PRIMARY KEY (shard, command_id));`,
  }]);
  return {
    async find(shard, commandIds) {
      // One statement is one snapshot: what is found and how far the index goes belong together.
      const { rows } = await pool.query<{ checkpoint: string; command_id: string | null; revision: string | null }>({
        name: 'ledger-index-find',
        text: `SELECT coalesce(p.checkpoint, -1) AS checkpoint, c.command_id, c.revision
          FROM (SELECT 1) one LEFT JOIN ledger_index.checkpoints p ON p.shard = $1
          LEFT JOIN ledger_index.commands c ON c.shard = $1 AND c.command_id = ANY($2::uuid[])`,
        values: [shard, commandIds],
      });
      const found = rows.flatMap(({ command_id, revision }) => (command_id === null ? [] : [[command_id, Number(revision)] as const]));
      return { checkpoint: Number(rows[0]!.checkpoint), revisions: new Map(found) };
    },

    checkpoint: (shard, logId) =>
      withTransaction(pool, async (client) => {
        const { rows } = await client.query<{ log_id: string; checkpoint: string }>('SELECT log_id, checkpoint FROM ledger_index.checkpoints WHERE shard = $1 FOR UPDATE', [shard]);
        if (rows[0]?.log_id === logId) return Number(rows[0].checkpoint);
        await client.query('DELETE FROM ledger_index.commands WHERE shard = $1', [shard]);
        await client.query(
          'INSERT INTO ledger_index.checkpoints (shard, log_id, checkpoint) VALUES ($1, $2, -1) ON CONFLICT (shard) DO UPDATE SET log_id = excluded.log_id, checkpoint = -1', [shard, logId]);
        return -1;
      }),

    advance: (shard, from, to, commands) =>
      withTransaction(pool, async (client) => {
        const moved = await client.query('UPDATE ledger_index.checkpoints SET checkpoint = $3 WHERE shard = $1 AND checkpoint = $2', [shard, from, to]);
        if (moved.rowCount !== 1) return false;
        // A command of several events: its last revision counts.
        const latest = new Map(commands.map(({ commandId, revision }) => [commandId, revision]));
        await client.query({
          name: 'ledger-index-add',
          text: `INSERT INTO ledger_index.commands (shard, command_id, revision) SELECT $1, c, r FROM unnest($2::uuid[], $3::bigint[]) AS n (c, r)
            ON CONFLICT (shard, command_id) DO UPDATE SET revision = excluded.revision`,
          values: [shard, [...latest.keys()], [...latest.values()]],
        });
        return true;
      }),

    async reset(shard) {
      await withTransaction(pool, async (client) => {
        await client.query('DELETE FROM ledger_index.commands WHERE shard = $1', [shard]);
        await client.query('DELETE FROM ledger_index.checkpoints WHERE shard = $1', [shard]);
      });
    },
  };
}
