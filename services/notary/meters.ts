import type { Metrics } from '../../shared/telemetry/metrics.js';
import type { NotaryStatus } from './notary.js';

export function notaryMeters(metrics: Metrics | undefined, read: () => NotaryStatus): void {
  if (!metrics) return;
  const gauge = (name: string, help: string, of: (status: NotaryStatus) => number): void =>
    void metrics.gauge({ name: `bank_notary_${name}`, help, read: () => of(read()) });
  gauge('size', 'Events in the tree', ({ size }) => size);
  gauge('lag_seconds', 'Age of the last event taken into the tree while more is waiting, 0 when caught up', ({ lagSeconds }) => lagSeconds);
  gauge('signed_size', 'Events under the last head that was signed and exported', ({ signedSize }) => signedSize);
  gauge('last_signed_timestamp_seconds', 'When this process last exported a head, 0 for never', ({ signedAtMs = 0 }) => signedAtMs / 1_000);
  gauge('halted', '1 where the log contradicts a signed head: nothing more is signed until a person has looked', ({ state }) => (state === 'halted' ? 1 : 0));
}
