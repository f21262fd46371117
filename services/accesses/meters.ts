import type { Metrics } from '../../shared/telemetry/metrics.js';

/** What the access log counts. */
export interface AccessLogMeters {
  recorded(status: number): void;
  shipped(accesses: number): void;
  /** Refusals whose record failed. */
  lost(refusals: number): void;
}

export function accessLogMeters(metrics: Metrics | undefined, status: () => { readonly unshippedBytes: number; readonly waitingSeconds: number }): AccessLogMeters {
  metrics?.gauge({ name: 'bank_access_log_unstored_bytes', help: 'Bytes of the access log that wait in this process\' spool to be stored', read: () => status().unshippedBytes });
  metrics?.gauge({ name: 'bank_access_log_waiting_seconds', help: 'How long records have waited to be stored, 0 where there are none', read: () => status().waitingSeconds });
  const recorded = metrics?.counter({ name: 'bank_access_log_records_total', help: 'Records written into the spool', labels: ['kind'] });
  const shipped = metrics?.counter({ name: 'bank_access_log_stored_total', help: 'Records stored in the log' });
  const lost = metrics?.counter({ name: 'bank_access_log_lost_refusals_total', help: 'Refusals that could not be recorded' });
  return {
    recorded: (code) => recorded?.add(1, { kind: code >= 400 ? 'refusal' : 'read' }),
    shipped: (accesses) => shipped?.add(accesses),
    lost: (refusals) => lost?.add(refusals),
  };
}
