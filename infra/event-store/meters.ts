import type { Metrics } from '../../shared/telemetry/metrics.js';
import type { Outcome } from './decide-write.js';

export interface LogMeters {
  /** A group of writes is stored and answered. */
  stored(group: { readonly outcomes: readonly Outcome[]; readonly appends: number; readonly seconds: number }): void;
}

export const NO_METERS: LogMeters = { stored: () => {} };

export function logMeters(metrics: Metrics | undefined, log: () => { readonly lastPosition: number; readonly available: boolean }): LogMeters {
  if (!metrics) return NO_METERS;
  const writes = metrics.counter({ name: 'bank_event_store_writes_total', help: 'Writes answered; outcome: written, or why not', labels: ['outcome'] });
  const appends = metrics.counter({ name: 'bank_event_store_appends_total', help: 'Appends stored; a repeat is answered and not stored again' });
  const seconds = metrics.histogram({
    name: 'bank_event_store_group_duration_seconds', help: 'Writes that were stored together, from deciding them to the commit', buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  });
  metrics.gauge({ name: 'bank_event_store_position', help: 'Position of the last event stored', read: () => log().lastPosition });
  metrics.gauge({ name: 'bank_event_store_available', help: '1 while the log can be written', read: () => (log().available ? 1 : 0) });
  return {
    stored(group) {
      for (const { kind } of group.outcomes) writes.add(1, { outcome: kind });
      appends.add(group.appends);
      seconds.observe(group.seconds);
    },
  };
}
