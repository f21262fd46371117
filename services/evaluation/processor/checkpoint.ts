import { BEGINNING, type OrderedProgress } from '../../../shared/event-bus/lane-merge.js';
import { migrate } from '../../../shared/read-store/migrate.js';
import { quoteName, withTransaction, type Pool, type PoolClient } from '../../../shared/read-store/pool.js';

/** Somebody else processes now: nothing of this step was stored. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

export interface Saved<State> {
  readonly progress: OrderedProgress;
  /** Null before the first step. */
  readonly state: State | null;
}

/** How far a processor is: place in the log and state in one row, which moves in the transaction of what came of the events. */
export class Checkpoint<State extends object> {
  readonly #table: string;

  private constructor(private readonly pool: Pool, schema: string, readonly turn: string, readonly saved: Saved<State>) {
    this.#table = `${quoteName(schema)}.checkpoint`;
  }

  /** Takes the turn: whoever had it before stores nothing any more. */
  static async take<State extends object>(pool: Pool, schema: string): Promise<Checkpoint<State>> {
    await migrate(pool, schema, [{
      name: 'checkpoint',
      sql: `CREATE TABLE checkpoint (
              only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), turn bigint NOT NULL DEFAULT 1, progress jsonb, state jsonb, saved_at timestamptz);
            COMMENT ON COLUMN checkpoint.progress IS 'position in the log, and the bus''s cursors';
            COMMENT ON COLUMN checkpoint.turn IS 'who may store: rises whenever somebody begins';`,
    }]);
    const { rows } = await pool.query<{ turn: string; progress: OrderedProgress | null; state: State | null }>(
      `INSERT INTO ${quoteName(schema)}.checkpoint AS c DEFAULT VALUES ON CONFLICT (only_one) DO UPDATE SET turn = c.turn + 1 RETURNING turn, progress, state`);
    const { turn, progress, state } = rows[0]!;
    return new Checkpoint(pool, schema, turn, { progress: progress ?? BEGINNING, state });
  }

  /** Stores what `effects` does, and what is given of state and progress, or nothing of it. @throws Overtaken */
  async save({ state, progress }: { readonly state?: State; readonly progress?: OrderedProgress }, effects?: (client: PoolClient) => Promise<void>): Promise<void> {
    await withTransaction(this.pool, async (client) => {
      const { rowCount } = await client.query(
        `UPDATE ${this.#table} SET state = coalesce($2, state), progress = coalesce($3, progress), saved_at = now() WHERE turn = $1`, [this.turn, textOf(state), textOf(progress)]);
      if (rowCount !== 1) throw new Overtaken('another process has begun to process');
      await effects?.(client);
    });
  }
}

/** How far a processor is, whoever runs it: everything up to here; -1n before the first step. */
export async function processedUpTo(pool: Pool, schema: string): Promise<bigint> {
  const table = `${quoteName(schema)}.checkpoint`;
  const { rows: there } = await pool.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [table]);
  if (!there[0]?.found) return -1n;
  const { rows } = await pool.query<{ position: string | null }>(`SELECT progress->>'position' AS position FROM ${table}`);
  return BigInt(rows[0]?.position ?? -1);
}

const textOf = (value: object | undefined): string | null => (value === undefined ? null : JSON.stringify(value));
