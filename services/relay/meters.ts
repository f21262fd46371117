import { UNKNOWN_TOPIC } from '../../shared/event-bus/from-log.js';
import type { BusEvent, EventBus } from '../../shared/event-bus/port.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { traceOf, type Traces } from '../../shared/telemetry/traces.js';

interface Reading {
  readonly position: bigint;
  readonly halted: boolean;
}

/** Every event's trace is told of its publication. */
export function traceRelay(traces: Traces, events: readonly BusEvent[], startedAt: number): void {
  for (const topic of new Set(events.filter((event) => traceOf(event) !== undefined).map((event) => event.topic)))
    traces.did({
      name: `send ${topic}`, kind: 'producer', of: events.filter((event) => event.topic === topic).map(traceOf), startedAt,
      attributes: { 'messaging.operation.type': 'send', 'messaging.destination.name': topic, 'messaging.batch.message_count': events.length },
    });
}

export function relayMeters(metrics: Metrics | undefined, bus: EventBus, read: () => Reading): { published(events: readonly BusEvent[]): void } {
  if (!metrics) return { published: () => {} };
  const events = metrics.counter({ name: 'bank_relay_events_total', help: 'Events published', labels: ['type'] });
  metrics.gauge({ name: 'bank_relay_position', help: 'Log position of the last event published', read: () => Number(read().position) });
  metrics.gauge({ name: 'bank_relay_halted', help: '1 where the bus will never take the next event: a person must act', read: () => (read().halted ? 1 : 0) });
  metrics.gauge({
    name: 'bank_relay_duplicates_skipped_total',
    help: 'Events that the bus had already, not published again',
    read: () => (bus as { readonly duplicatesSkipped?: number }).duplicatesSkipped ?? 0,
  });
  return {
    published(batch) {
      for (const { type, topic } of batch) events.add(1, { type: topic === UNKNOWN_TOPIC ? 'unknown' : type });
    },
  };
}
