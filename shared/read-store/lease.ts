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
  readonly times?: LeaseTimes;
}

export interface LeaseTimes {
  readonly askEveryMs: number;
  readonly proveEveryMs: number;
  /** A holder that has not proved itself for so long by the database's clock is frozen: whoever waits ends its session. */
  readonly frozenAfterMs: number;
}

const TIMES: LeaseTimes = { askEveryMs: 500, proveEveryMs: 2_000, frozenAfterMs: 10_000 };

/**
 * Waits until the lease is ours, runs the work under it, and gives it back. The lease is a session's advisory lock, so it is free as soon as its
 * holder's connection is gone, or ended by another because the holder is frozen; the row beside it shows who holds it. A lease is only a hint for who should act: `work` is told by its signal when the
 * lease may be lost, and what it does must be harmless when done twice. Resolves when the work has ended; rejects with its error.
 */
export async function underLease(options: LeaseOptions, work: (signal: AbortSignal, epoch: bigint) => Promise<void>): Promise<void> {
  const { name, holder, logger, signal, times = TIMES } = options;
  const client = await acquire(options);
  if (!client) return;
  const lost = new AbortController();
  const onError = (): void => lost.abort(new Error(`the lease ${name} is lost`));
  client.on('error', onError);
  client.on('end', onError);
  let proving: NodeJS.Timeout | undefined;
  try {
    const { rows } = await client.query<{ epoch: string }>(
      `INSERT INTO leases.leases (name, holder, backend, proved_at) VALUES ($1, $2, pg_backend_pid(), now())
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = leases.epoch + 1, since = now(), backend = excluded.backend, proved_at = now() RETURNING epoch`,
      [name, holder],
    );
    const { epoch } = rows[0]!;
    proving = setInterval(() => void client.query('UPDATE leases.leases SET proved_at = now() WHERE name = $1 AND epoch = $2', [name, epoch]).catch(onError), times.proveEveryMs);
    logger.info({ lease: name, epoch }, 'the lease is ours');
    await work(AbortSignal.any([signal, lost.signal]), BigInt(epoch));
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
    { name: 'frozen holders', sql: 'ALTER TABLE leases ADD backend int, ADD proved_at timestamptz' },
  ]);

async function acquire({ pool, name, logger, signal, times = TIMES }: LeaseOptions): Promise<PoolClient | undefined> {
  while (!signal.aborted) {
    let client: PoolClient | undefined;
    try {
      client = await pool.connect();
      const { rows } = await client.query<{ ours: boolean }>(`SELECT pg_try_advisory_lock(hashtext('passbook lease'), hashtext($1)) AS ours`, [name]);
      if (rows[0]!.ours) return client;
      await endFrozenHolder(client, name, times.frozenAfterMs, logger);
      client.release();
    } catch (error) {
      client?.release(true);
      logger.warn({ err: error, lease: name }, 'the lease cannot be asked for');
    }
    await pause(times.askEveryMs, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

/** The row must be that of the session which holds the lock: a new holder that has not written its own yet is left alone. */
async function endFrozenHolder(client: PoolClient, name: string, afterMs: number, logger: Logger): Promise<void> {
  const { rows } = await client.query<{ holder: string }>(
    `SELECT holder, pg_terminate_backend(backend) FROM leases.leases JOIN pg_locks ON pid = backend
     WHERE name = $1 AND proved_at < now() - $2::int * interval '1 millisecond' AND granted AND locktype = 'advisory' AND objsubid = 2
       AND classid::bigint = hashtext('passbook lease')::bigint & 4294967295 AND objid::bigint = hashtext($1)::bigint & 4294967295
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [name, afterMs],
  );
  for (const { holder } of rows) logger.warn({ lease: name, holder }, 'the holder of the lease is frozen, its session was ended');
}
