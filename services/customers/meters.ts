import type { Logger } from 'pino';
import type { Metrics } from '../../shared/telemetry/metrics.js';

/** For `onDuplicateSearchSkipped`: counts and logs registrations that went on without a search for probable duplicates. */
export function skippedDuplicateSearches({ metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger }): (why: unknown) => void {
  const skipped = metrics.counter({
    name: 'bank_customer_duplicate_searches_skipped_total',
    help: 'Registrations that went on without a search for probable duplicates, because the read model did not answer',
  });
  return (why) => {
    skipped.add(1);
    logger.warn({ err: why }, 'a customer was registered without a search for probable duplicates');
  };
}
