import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { migrate } from './migrate.js';
import type { Pool, PoolClient } from './pool.js';

export interface LeaseOptions {
  readonly pool: Pool;
  /** What only one may do: "relay", "ledger-0" … */
  readonly name: string;
  /** Who asks, for the eyes of operators. */
  readonly holder: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const ASK_EVERY_MS = 500;
const PROVE_EVERY_MS = 2_000;

/**
 * Waits until the lease is ours, runs the work under it, and gives it back. The lease is a session's advisory lock, so it is free as soon as its
 * holder's connection is gone; the row beside it shows who holds it. A lease is only a hint for who should act: `work` is told by its signal when the
 * lease may be lost, and what it does must be harmless when done twice. Resolves when the work has ended; rejects with its error.
 */
export async function underLease(options: LeaseOptions, work: (signal: AbortSignal, epoch: bigint) => Promise<void>): Promise<void> {
  const { name, holder, logger, signal } = options;
  const client = await acquire(options);
  if (!client) return;
  const lost = new AbortController();
  const onError = (): void => lost.abort(new Error(`the lease ${name} is lost`));
  client.on('error', onError);
  client.on('end', onError);
  let proving: NodeJS.Timeout | undefined;
  try {
    const { rows } = await client.query<{ epoch: string }>(
      `INSERT INTO leases.leases (name, holder) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = leases.epoch + 1, since = now() RETURNING epoch`,
      [name, holder],
    );
    proving = setInterval(() => void client.query('SELECT 1').catch(onError), PROVE_EVERY_MS);
    logger.info({ lease: name, epoch: rows[0]!.epoch }, 'the lease is ours');
    await work(AbortSignal.any([signal, lost.signal]), BigInt(rows[0]!.epoch));
  } finally {
    clearInterval(proving);
    client.off('error', onError);
    client.off('end', onError);
    await client.query('SELECT pg_advisory_unlock_all()').catch(onError);
    client.release(lost.signal.aborted || undefined);
  }
}

/** Once per database, before the first lease is asked for. */
export const prepareLeases = (pool: Pool): Promise<void> =>
  migrate(pool, 'leases', [
    {
      name: 'leases',
      sql: `CREATE TABLE leases (
        name text PRIMARY KEY, holder text NOT NULL, epoch bigint NOT NULL DEFAULT 1, since timestamptz NOT NULL DEFAULT now())`,
    },
  ]);

async function acquire({ pool, name, logger, signal }: LeaseOptions): Promise<PoolClient | undefined> {
  while (!signal.aborted) {
    let client: PoolClient | undefined;
    try {
      client = await pool.connect();
      const { rows } = await client.query<{ ours: boolean }>(`SELECT pg_try_advisory_lock(hashtext('passbook lease'), hashtext($1)) AS ours`, [name]);
      if (rows[0]!.ours) return client;
      client.release();
    } catch (error) {
      client?.release(true);
      logger.warn({ err: error, lease: name }, 'the lease cannot be asked for');
    }
    await pause(ASK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
  return undefined;
}
