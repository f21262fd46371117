import { parentPort, workerData } from 'node:worker_threads';
import { bankTimes } from '../../services/evaluation/bank-times.js';
import { bankCatalogue } from '../../services/evaluation/catalogue.js';
import { EVALUATED, openedLog } from '../../services/evaluation/whole-log.js';
import { SEGMENT_STREAMS } from '../../services/marketing/asked-segments.js';
import { backtest } from '../../services/risk/backtests/backtest.js';
import { loadConfig } from '../../shared/config/config.js';
import { createCodec } from '../../shared/events/codec.js';
import { lastPosition } from '../../shared/event-store/last-position.js';
import type { EventStore, StoredEvent } from '../../shared/event-store/port.js';
import { createLogger } from '../../shared/telemetry/logger.js';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { Parts } from './parts.js';
import type { BacktestMessage, BacktestTask } from './run-backtest.js';

/** One backtest, from the log's beginning to where it ended when this began. */
const TELL_EVERY = 500;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
const say = (message: BacktestMessage): void => parentPort!.postMessage(message);

const config = loadConfig(process.env);
const parts = new Parts(config, createLogger(config, 'backtest'), createMetrics());
try {
  const { candidate, published } = workerData as BacktestTask;
  const eventStore = parts.eventStore();
  const codec = createCodec(await parts.vault());
  const end = (await lastPosition(eventStore)) ?? -1n;
  const result = await backtest({
    catalogue: bankCatalogue, candidate, published,
    ...bankTimes(config.timeZone),
    log: openedLog(upTo(end, eventStore), codec, [...EVALUATED, ...SEGMENT_STREAMS]),
  });
  say({ kind: 'result', result });
} finally {
  await parts.close();
}

async function* upTo(end: bigint, eventStore: EventStore): AsyncGenerator<StoredEvent, void, undefined> {
  let told = 0;
  for await (const stored of eventStore.readAll()) {
    if (stored.position > end) return;
    yield stored;
    if (++told % TELL_EVERY === 0) say({ kind: 'progress', progress: Number(stored.position) / Math.max(1, Number(end)) });
  }
}
