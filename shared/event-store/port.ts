/**
 * The event store as Passbook sees it. Adapters: `esdb.ts` over @eventstore/db-client (a real EventStoreDB or the embedded server),
 * `memory.ts` for deciders' tests. `contract.ts` is the suite that every adapter and every server must pass.
 * Source of the semantics: EventStoreDB 24.6.
 */

/** A position in the log: the event's commit position. Opaque but ordered; only ever stored exactly as received. */
export type Position = bigint;

/** Where a subscription may resume, exactly as the store gave it (a filtered checkpoint's commit and prepare may differ). */
export interface Checkpoint {
  readonly commit: bigint;
  readonly prepare: bigint;
}

export type ExpectedRevision = bigint | 'no-stream' | 'stream-exists' | 'any';

/** JSON in and out: data and metadata are plain JSON values (no bigint, no Date). */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly data: object;
  readonly metadata: object;
}

/** What is stored, byte for byte: JSON as its writer wrote it. */
export interface EventBytes {
  readonly data: Uint8Array;
  /** Empty where the event has no metadata. */
  readonly metadata: Uint8Array;
}

export interface StoredEvent extends NewEvent {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: Position;
  /** The store's own clock; the bank's is `metadata.recordedAt`. */
  readonly created: Date;
  /** Only where the read or subscription asked for `bytes`. */
  readonly bytes?: EventBytes;
}

export interface AppendResult {
  /** Revision of the last event written. */
  readonly revision: bigint;
  readonly position: Position;
}

export interface StreamRead {
  /** Inclusive. Forwards from the start, or backwards from the end, where absent. */
  readonly from?: bigint;
  readonly direction?: 'forwards' | 'backwards';
  readonly limit?: number;
  /** The stored bytes beside what they say. */
  readonly bytes?: boolean;
}

export interface AllRead {
  /** Forwards: inclusive. Backwards: exclusive. Must be a position that the store gave. */
  readonly from?: Position;
  readonly direction?: 'forwards' | 'backwards';
  readonly limit?: number;
  /** The stored bytes beside what they say. */
  readonly bytes?: boolean;
}

export type SubscriptionItem =
  | { readonly kind: 'event'; readonly event: StoredEvent; readonly checkpoint: Checkpoint }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'caught-up' };

export interface SubscribeAll {
  /** Exclusive. From the very start where absent. */
  readonly after?: Checkpoint;
  /** Only events of streams whose name begins with one of these. System events are never delivered. */
  readonly streamPrefixes?: readonly string[];
  /** The stored bytes beside what they say. */
  readonly bytes?: boolean;
  readonly signal: AbortSignal;
}

export interface StreamMetadata {
  readonly maxCount?: number;
  readonly maxAgeSeconds?: number;
  readonly truncateBefore?: bigint;
  readonly custom?: Readonly<Record<string, unknown>>;
}

export interface EventStore {
  /**
   * Writes all events or none, at consecutive revisions. With an exact revision (or 'no-stream') an unknown outcome is resolved
   * inside, by sending the same again until the answer is definite or the deadline has passed (then OutcomeUnknown).
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<AppendResult>;
  /** Throws StreamNotFound for a stream that never existed or was deleted, StreamTombstoned for a tombstoned one. */
  readStream(stream: string, read?: StreamRead): AsyncIterable<StoredEvent>;
  /** System events ($…) are left out. */
  readAll(read?: AllRead): AsyncIterable<StoredEvent>;
  /** Live and endless: survives drops by resuming after the last item it delivered. Ends only by `signal`. */
  subscribeAll(options: SubscribeAll): AsyncIterable<SubscriptionItem>;
  metadataOf(stream: string): Promise<StreamMetadata | undefined>;
  setMetadata(stream: string, metadata: StreamMetadata): Promise<void>;
  /** Soft: the stream may be written again and then continues its numbering. */
  deleteStream(stream: string, expected: ExpectedRevision): Promise<void>;
  /** For ever. */
  tombstoneStream(stream: string, expected: ExpectedRevision): Promise<void>;
  /** One cheap round trip; throws when the store does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Every failure an adapter may throw, told apart by `kind`. */
export type StoreFailureKind =
  | 'wrong-expected-version' // definite: nothing was written
  | 'stream-not-found'
  | 'stream-tombstoned'
  | 'too-large' // definite: nothing was written
  | 'access-denied'
  | 'unavailable' // definite for reads; for an append it means nothing was sent
  | 'outcome-unknown' // an append that may or may not be stored: send the identical one again
  | 'invalid';

export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
  constructor(
    readonly kind: StoreFailureKind,
    message: string,
    readonly options: { readonly cause?: unknown; readonly actualRevision?: bigint | 'no-stream' } = {},
  ) {
    super(message, { cause: options.cause });
  }
  get actualRevision(): bigint | 'no-stream' | undefined {
    return this.options.actualRevision;
  }
}
