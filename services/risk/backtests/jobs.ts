import type { Logger } from 'pino';
import type { Formula } from '../../../shared/events/risk/rule-events.js';
import { Refusal } from '../../../shared/http/context.js';
import { migrate } from '../../../shared/read-store/migrate.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import type { BacktestResult } from './backtest.js';

export interface BacktestRequest {
  readonly id: string;
  readonly ruleId: string;
  readonly version: number;
  readonly candidate: Formula;
  /** What it is compared with; null: nothing is in force. */
  readonly published: Formula | null;
  readonly requestedBy: string;
}

interface Told extends Pick<BacktestRequest, 'id' | 'ruleId' | 'version' | 'requestedBy'> {
  readonly requestedAt: Date;
}
export type BacktestJob = Told & (
  /** `progress`: how much of the log has been read, 0 to 1. */
  | { readonly status: 'running'; readonly progress: number }
  | { readonly status: 'done'; readonly result: BacktestResult }
  | { readonly status: 'failed'; readonly reason: string }
  /** Its process ended before it did. */
  | { readonly status: 'interrupted' }
);

/** Reads the whole log, elsewhere than where requests are answered. */
export type RunBacktest = (formulas: Pick<BacktestRequest, 'candidate' | 'published'>, onProgress: (progress: number) => void) => Promise<BacktestResult>;

export interface Backtests {
  /** Resolves once it is under way. @throws Refusal backtest_running */
  start(request: BacktestRequest): Promise<void>;
  find(id: string): Promise<BacktestJob | undefined>;
}

const BEAT_MS = 2_000;
const LOST_AFTER_MS = 30_000;
const KEPT_DAYS = 30;

/** One backtest at a time in each process; where each stands is in the database `ops`, so that every instance can tell. */
export async function createBacktests({ pool, run, logger }: { readonly pool: Pool; readonly run: RunBacktest; readonly logger: Logger }): Promise<Backtests> {
  await migrate(pool, 'backtests', [{
    name: '1-jobs',
    sql: `CREATE TABLE jobs (
            id uuid PRIMARY KEY, rule_id uuid NOT NULL, version int NOT NULL, requested_by text NOT NULL, requested_at timestamptz NOT NULL DEFAULT now(),
            beaten_at timestamptz NOT NULL DEFAULT now(), progress real NOT NULL DEFAULT 0, result jsonb, failure text);
          COMMENT ON COLUMN jobs.beaten_at IS 'when its process last said that it was there';`,
  }]);
  let isRunning = false;

  async function finish({ id, candidate, published }: BacktestRequest): Promise<void> {
    let progress = 0;
    const beating = setInterval(() => {
      pool.query('UPDATE backtests.jobs SET beaten_at = now(), progress = $2 WHERE id = $1', [id, progress]).catch((error: unknown) => logger.warn({ err: error, backtest: id }, 'the progress of a backtest cannot be told'));
    }, BEAT_MS);
    try {
      const result = await run({ candidate, published }, (read) => void (progress = read));
      await pool.query('UPDATE backtests.jobs SET result = $2 WHERE id = $1', [id, JSON.stringify(result)]);
    } catch (error) {
      logger.error({ err: error, backtest: id }, 'a backtest failed');
      await pool.query('UPDATE backtests.jobs SET failure = $2 WHERE id = $1', [id, error instanceof Error ? error.message : String(error)]);
    } finally {
      clearInterval(beating);
    }
  }

  return {
    async start(request) {
      if (isRunning) throw new Refusal({ code: 'backtest_running' });
      isRunning = true;
      try {
        await pool.query(`DELETE FROM backtests.jobs WHERE requested_at < now() - make_interval(days => $1)`, [KEPT_DAYS]);
        await pool.query('INSERT INTO backtests.jobs (id, rule_id, version, requested_by) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET beaten_at = now(), progress = 0, result = NULL, failure = NULL',
          [request.id, request.ruleId, request.version, request.requestedBy]);
      } catch (error) {
        isRunning = false;
        throw error;
      }
      void finish(request)
        .catch((error: unknown) => logger.error({ err: error, backtest: request.id }, 'the end of a backtest cannot be told'))
        .finally(() => { isRunning = false; });
    },

    async find(id) {
      const { rows } = await pool.query<{
        rule_id: string; version: number; requested_by: string; requested_at: Date; progress: number; result: BacktestResult | null; failure: string | null; lost: boolean;
      }>(`SELECT rule_id, version, requested_by, requested_at, progress, result, failure, beaten_at < now() - make_interval(secs => $2) AS lost FROM backtests.jobs WHERE id = $1`, [id, LOST_AFTER_MS / 1_000]);
      const [row] = rows;
      if (!row) return undefined;
      const told: Told = { id, ruleId: row.rule_id, version: row.version, requestedBy: row.requested_by, requestedAt: row.requested_at };
      if (row.result) return { ...told, status: 'done', result: row.result };
      if (row.failure !== null) return { ...told, status: 'failed', reason: row.failure };
      return row.lost ? { ...told, status: 'interrupted' } : { ...told, status: 'running', progress: row.progress };
    },
  };
}
