import { Worker } from 'node:worker_threads';
import type { Formula } from '../../shared/events/risk/rule-events.js';
import type { BacktestResult } from '../../services/risk/backtests/backtest.js';
import type { RunBacktest } from '../../services/risk/backtests/jobs.js';

export interface BacktestTask {
  readonly candidate: Formula;
  readonly published: Formula | null;
}
export type BacktestMessage = { readonly kind: 'progress'; readonly progress: number } | { readonly kind: 'result'; readonly result: BacktestResult };

/** On a thread of its own, with connections of its own: this one answers requests and keeps the ledger. It keeps no process alive. */
export const runBacktest: RunBacktest = (task, onProgress) =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL('backtest-thread.js', import.meta.url), { workerData: task satisfies BacktestTask });
    thread.unref();
    thread.on('message', (message: BacktestMessage) => (message.kind === 'progress' ? onProgress(message.progress) : resolve(message.result)));
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`the thread of the backtest ended with ${code}`)));
  });
