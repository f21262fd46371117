import type { Metrics } from '../../shared/telemetry/metrics.js';
import type { NotaryStatus } from './notary.js';

export function notaryMeters(metrics: Metrics | undefined, read: () => NotaryStatus): void {
  if (!metrics) return;
  metrics.gauge({ name: 'bank_notary_size', help: 'Events in the tree', read: () => read().size });
  metrics.gauge({ name: 'bank_notary_lag_seconds', help: 'Age of the last event taken into the tree while more is waiting, 0 when caught up', read: () => read().lagSeconds });
  metrics.gauge({ name: 'bank_notary_signed_size', help: 'Events under the last head that was signed and exported', read: () => read().signedSize });
  metrics.gauge({ name: 'bank_notary_last_signed_timestamp_seconds', help: 'When this process last exported a head, 0 for never', read: () => (read().signedAtMs ?? 0) / 1_000 });
  metrics.gauge({ name: 'bank_notary_halted', help: '1 where the log contradicts a signed head: nothing more is signed until a person has looked', read: () => (read().state === 'halted' ? 1 : 0) });
}
