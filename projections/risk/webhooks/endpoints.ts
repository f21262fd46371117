import type { Severity } from '../../../shared/events/risk/values.js';

/** A program that is told of alerts, as it is registered at this moment. */
export interface Endpoint {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  /** Each signs: while one is replaced by another both are there. */
  readonly secrets: readonly Buffer[];
  /** Told from this severity on. */
  readonly severity: Severity;
  /** Null: all. */
  readonly kinds: readonly string[] | null;
}
