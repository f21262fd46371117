import type { Logger } from 'pino';
import type { Metrics } from '../telemetry/metrics.js';
import { listen, REACHED } from './listener.js';
import type { Pool } from './pool.js';
import { ProgressWatch } from './progress-watch.js';
import type { ReadStore } from './projection.js';

export interface ReadStoreOptions {
  /** Its owner is the read store: `close` ends it. */
  readonly pool: Pool;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

/** The read side over Postgres. */
export function createReadStore({ pool, logger, metrics }: ReadStoreOptions): ReadStore {
  const watches = new Map<string, ProgressWatch>();
  const listener = listen(pool, REACHED, (projection) => watches.get(projection)?.nudge(), logger);
  const waits = metrics?.histogram({
    name: 'bank_read_wait_seconds', help: 'How long a query waited for its projection', labels: ['projection', 'outcome'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
  });
  const watchOf = (projection: string): ProgressWatch => {
    let watch = watches.get(projection);
    if (!watch) watches.set(projection, (watch = new ProgressWatch(pool, projection)));
    return watch;
  };
  return {
    async query<Row extends object>(text: string, values?: readonly unknown[], name?: string) {
      const result = await pool.query({ text, ...(values && { values: [...values] }), ...(name !== undefined && { name }) });
      return result.rows as Row[];
    },
    async waitFor(projection, position, timeoutMs) {
      const startedAt = performance.now();
      const reached = await watchOf(projection).until(position, timeoutMs);
      waits?.observe((performance.now() - startedAt) / 1_000, { projection, outcome: reached ? 'reached' : 'late' });
      return reached;
    },
    async ping() {
      await pool.query('SELECT 1');
    },
    async close() {
      await listener.stop();
      await pool.end();
    },
  };
}
