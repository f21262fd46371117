import type { Recorded } from '../../shared/events/definition.js';
import type { LaneId } from '../../shared/event-bus/port.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';
import { traceNow, traceOf, type Traces } from '../../shared/telemetry/traces.js';

export interface ProjectorMeters {
  batch(batch: { applied: readonly Recorded[]; duplicates: number; parked: number; seconds: number; lane: LaneId; position: bigint }): void;
  duplicates(count: number): void;
  gap(): void;
  rebuilding(ratio: number): void;
}

/** Every event's trace is told when a read model shows it. */
export const tracedProjector = (meters: ProjectorMeters, projection: string, traces: Traces): ProjectorMeters => ({
  ...meters,
  batch(batch) {
    meters.batch(batch);
    traces.did({
      name: `process ${batch.lane.topic}`, kind: 'consumer', of: batch.applied.map(traceOf), startedAt: traceNow() - batch.seconds * 1_000,
      attributes: {
        'messaging.operation.type': 'process', 'messaging.destination.name': batch.lane.topic, 'messaging.destination.partition.id': String(batch.lane.partition),
        'messaging.consumer.group.name': projection, 'messaging.batch.message_count': batch.applied.length,
      },
    });
  },
});

const NONE: ProjectorMeters = { batch: () => {}, duplicates: () => {}, gap: () => {}, rebuilding: () => {} };

export function projectorMeters(metrics: Metrics | undefined, projection: string): ProjectorMeters {
  if (!metrics) return NONE;
  const labels = ['projection'];
  const of = { projection };
  const events = metrics.counter({ name: 'bank_projection_events_total', help: 'Events applied', labels });
  const duplicates = metrics.counter({ name: 'bank_projection_duplicates_total', help: 'Events seen before and dropped', labels });
  const gaps = metrics.counter({ name: 'bank_projection_gaps_total', help: 'Holes in a stream on the bus, healed from the log', labels });
  const parked = metrics.counter({ name: 'bank_projection_parked_total', help: 'Events set aside with their streams', labels });
  const seconds = metrics.histogram({
    name: 'bank_projection_batch_duration_seconds',
    help: 'One batch, from the bus to the commit',
    labels,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  });
  const position = metrics.gauge({ name: 'bank_projection_position', help: 'Log position of a lane', labels: ['projection', 'topic', 'partition'] });
  const delay = metrics.histogram({
    name: 'bank_projection_delay_seconds',
    help: 'Age of a batch\'s last event when it was applied',
    labels,
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
  });
  const ratio = metrics.gauge({ name: 'bank_projection_rebuild_progress_ratio', help: 'Part of the log that a build being loaded has read', labels });
  return {
    batch(batch) {
      events.add(batch.applied.length, of);
      duplicates.add(batch.duplicates, of);
      parked.add(batch.parked, of);
      seconds.observe(batch.seconds, of);
      position.set(Number(batch.position), { ...of, topic: batch.lane.topic, partition: batch.lane.partition });
      const last = batch.applied[batch.applied.length - 1];
      if (last) delay.observe(Math.max(0, Date.now() - Date.parse(last.metadata.recordedAt)) / 1_000, of);
    },
    duplicates: (count) => duplicates.add(count, of),
    gap: () => gaps.add(1, of),
    rebuilding: (value) => ratio.set(value, of),
  };
}
