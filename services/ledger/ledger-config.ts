/** How a shard works; every field has a default that suits a bank on one machine. */
export interface LedgerConfig {
  /** IANA name of the bank's time zone; only the founding uses it, later the log's own is in force. */
  readonly timeZone: string;
  /** Appends under way at once. With 2, `LedgerClaimed` fences off late groups of an earlier writer (see README). */
  readonly groupsInFlight: 1 | 2;
  readonly maxGroupEvents: number;
  /** Bound of an append's data and metadata. */
  readonly maxGroupBytes: number;
  /** Commands that may wait to be decided; more are answered with `overloaded`. */
  readonly intakeCapacity: number;
  /** After this a waiting command is told that its outcome is open. */
  readonly answerTimeoutMs: number;
  /** Commands kept in memory once the index has them. */
  readonly rememberedCommands: number;
  /** Commands kept in memory while the index is away; beyond it new commands are answered with `outage`. */
  readonly maxRememberedCommands: number;
  /** Events between two snapshots. */
  readonly snapshotEvery: number;
  /** How often holds and the business date are looked at; 0 for never (a test calls `tick`). */
  readonly tickMs: number;
  readonly indexIntervalMs: number;
}

/** Data and metadata of one append, in bytes; below every store's limit of 1 MiB. */
export const MAX_GROUP_BYTES = 900_000;

export const defaultLedgerConfig: LedgerConfig = {
  timeZone: 'Asia/Shanghai',
  groupsInFlight: 1,
  maxGroupEvents: 256,
  maxGroupBytes: MAX_GROUP_BYTES,
  intakeCapacity: 10_000,
  answerTimeoutMs: 10_000,
  rememberedCommands: 200_000,
  maxRememberedCommands: 2_000_000,
  snapshotEvery: 100_000,
  tickMs: 1_000,
  indexIntervalMs: 250,
};

/** A group with another in flight behind it holds at most this many events; a claim is one more. */
export const PIPELINED_EVENTS = 64;
