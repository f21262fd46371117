import type { Way } from '../../../shared/events/alerting/events.js';
import type { Severity } from '../../../shared/events/risk/values.js';

/** Who holds the role, at that branch or (null) at any, is told of alerts from a severity on, of these kinds or (null) all. */
export interface Subscription {
  readonly role: string;
  readonly branch: string | null;
  readonly severity: Severity;
  readonly kinds: readonly string[] | null;
  readonly by: readonly Way[];
}
