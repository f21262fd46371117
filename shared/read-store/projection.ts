import type { Recorded } from '../events/definition.js';
import type { Topic } from '../event-bus/port.js';
import type { StaleView } from './view-news.js';

/** One open transaction of the read store; unqualified table names are this build's own. */
export interface ReadTransaction {
  /** `name` makes it a prepared statement; constant text per name. */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]>;
}

/**
 * A read model. Each build (a version, or a rebuild beside the live one) has its own Postgres schema `<name>_b<build>`; queries read the
 * stable schema `<name>`, whose views point at the live build.
 */
export interface Projection {
  /** Lower case, letters and underscores: also the stable schema's name. */
  readonly name: string;
  /** Raise it when shape or meaning changes: the runtime then builds beside and switches. */
  readonly version: number;
  readonly topics: readonly Topic[];
  /** Event types it applies and those it knowingly does not; together all types of its topics, else the program refuses to start. */
  readonly handles: readonly string[];
  readonly ignores: readonly string[];
  /** Whether `apply` wants personal fields opened. */
  readonly opens: boolean;
  /** DDL of its tables, run in the build's own schema. */
  readonly tables: string;
  /** Secondary indexes: made after a rebuild's bulk load, at once otherwise. */
  readonly indexes: string;
  /** The tables to publish as views in the stable schema. */
  readonly views: readonly string[];
  /** Columns that each build seals for itself: an envelope is never the same twice, so they are left out where two builds are compared. `verify` opens them. */
  readonly sealedAnew?: readonly string[];
  /** Applies a batch in order, each event exactly once (doubles were dropped before). Set-based: `unnest`, not a statement per event. */
  apply(tx: ReadTransaction, events: readonly Recorded[]): Promise<void>;
  /** The cached views that the batch made stale, each once, with the revision that replaces them. */
  cacheKeys?(events: readonly Recorded[]): readonly StaleView[];
}

/** The read side of the read store: for queries. */
export interface ReadStore {
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[], name?: string): Promise<Row[]>;
  /** Waits until the live build of the projection has reached the log position; false when it has not by the deadline. */
  waitFor(projection: string, position: bigint, timeoutMs: number): Promise<boolean>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
