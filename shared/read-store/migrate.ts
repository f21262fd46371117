import { createHash } from 'node:crypto';
import { quoteName, withTransaction, type Pool } from './pool.js';

export interface MigrationStep {
  readonly name: string;
  /** Unqualified names are the schema's own. */
  readonly sql: string;
}

/**
 * Applies the steps that the schema has not seen, in order and each once, whoever else starts at the same time. A step that was applied with
 * another text is refused: steps are added, never edited.
 */
export async function migrate(pool: Pool, schema: string, steps: readonly MigrationStep[]): Promise<void> {
  await withTransaction(pool, async (client) => {
    await client.query('SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0');
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('passbook migrate'), hashtext($1))`, [schema]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`);
    await client.query(`SET LOCAL search_path = ${quoteName(schema)}, public`);
    await client.query(
      `CREATE TABLE IF NOT EXISTS applied_steps (name text PRIMARY KEY, hash text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const applied = await client.query<{ name: string; hash: string }>('SELECT name, hash FROM applied_steps');
    const hashes = new Map(applied.rows.map((row) => [row.name, row.hash]));
    for (const step of steps) {
      const hash = createHash('sha256').update(step.sql).digest('hex');
      const before = hashes.get(step.name);
      if (before === hash) continue;
      if (before !== undefined) throw new Error(`migration step ${schema}.${step.name} was applied with another text; add a new step instead`);
      await client.query(step.sql);
      await client.query('INSERT INTO applied_steps (name, hash) VALUES ($1, $2)', [step.name, hash]);
    }
  });
}
