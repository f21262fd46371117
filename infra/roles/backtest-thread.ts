import { parentPort, workerData } from 'node:worker_threads';
import { bankCatalogue } from '../../services/evaluation/catalogue.js';
import { backtest } from '../../services/risk/backtests/backtest.js';
import { loadConfig } from '../../shared/config/config.js';
import { createCodec, UnreadableEvent } from '../../shared/events/codec.js';
import type { Codec } from '../../shared/events/codec.js';
import type { Recorded } from '../../shared/events/definition.js';
import { bookedAt } from '../../shared/events/ledger/booked-at.js';
import { lastPosition } from '../../shared/event-store/last-position.js';
import type { EventStore, StoredEvent } from '../../shared/event-store/port.js';
import { firstMomentOf } from '../../shared/kernel/calendar.js';
import { createLogger } from '../../shared/telemetry/logger.js';
import { createMetrics } from '../../shared/telemetry/metrics.js';
import { Parts } from './parts.js';
import type { BacktestMessage, BacktestTask } from './run-backtest.js';

/** One backtest, from the log's beginning to where it ended when this began. */
const BATCH = 500;
const CATEGORIES = ['customer-', 'ledger-', 'clock-'];
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
    bookedAt: ({ metadata }) => bookedAt(metadata, config.timeZone).getTime(),
    startOfDay: (date) => firstMomentOf(config.timeZone, date).getTime(),
    log: logOf(eventStore, codec, end),
  });
  say({ kind: 'result', result });
} finally {
  await parts.close();
}

async function* logOf(eventStore: EventStore, codec: Codec, end: bigint): AsyncGenerator<readonly Recorded[], void, undefined> {
  let batch: StoredEvent[] = [];
  for await (const stored of eventStore.readAll()) {
    if (stored.position > end) break;
    if (!CATEGORIES.some((category) => stored.stream.startsWith(category))) continue;
    batch.push(stored);
    if (batch.length < BATCH) continue;
    yield await opened(codec, batch);
    say({ kind: 'progress', progress: Number(stored.position) / Math.max(1, Number(end)) });
    batch = [];
  }
  if (batch.length > 0) yield await opened(codec, batch);
}

/** What cannot be read is left out, as the live evaluation leaves it out. */
async function opened(codec: Codec, batch: readonly StoredEvent[]): Promise<readonly Recorded[]> {
  try {
    return await codec.read(batch, { open: true });
  } catch (error) {
    if (!(error instanceof UnreadableEvent)) throw error;
    const each = await Promise.all(batch.map((one) => codec.read([one], { open: true }).catch((failure: unknown) => { if (failure instanceof UnreadableEvent) return []; throw failure; })));
    return each.flat();
  }
}
