import { UNKNOWN_TOPIC } from '../../shared/event-bus/from-log.js';
import type { BusEvent, EventBus } from '../../shared/event-bus/port.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';

interface Reading {
  readonly position: bigint;
  /** Events read from the log and not yet published. */
  readonly waiting: number;
  readonly caughtUp: boolean;
}

export function relayMeters(metrics: Metrics | undefined, bus: EventBus, read: () => Reading): { published(events: readonly BusEvent[]): void } {
  if (!metrics) return { published: () => {} };
  let lastRecordedAt = Date.now();
  const events = metrics.counter({ name: 'bank_relay_events_total', help: 'Events published', labels: ['type'] });
  metrics.gauge({ name: 'bank_relay_position', help: 'Log position of the last event published', read: () => Number(read().position) });
  metrics.gauge({ name: 'bank_relay_lag_events', help: 'Events read from the log and not yet published', read: () => read().waiting });
  metrics.gauge({
    name: 'bank_relay_lag_seconds',
    help: 'Age of the last event published while more is waiting, 0 when caught up',
    read: () => (read().caughtUp && read().waiting === 0 ? 0 : (Date.now() - lastRecordedAt) / 1_000),
  });
  metrics.gauge({
    name: 'bank_relay_duplicates_skipped_total',
    help: 'Events that the bus had already, not published again',
    read: () => (bus as { readonly duplicatesSkipped?: number }).duplicatesSkipped ?? 0,
  });
  return {
    published(batch) {
      for (const { type, topic } of batch) events.add(1, { type: topic === UNKNOWN_TOPIC ? 'unknown' : type });
      const recordedAt = (batch[batch.length - 1]?.metadata as { readonly recordedAt?: unknown } | undefined)?.recordedAt;
      if (typeof recordedAt === 'string') lastRecordedAt = Date.parse(recordedAt);
    },
  };
}
