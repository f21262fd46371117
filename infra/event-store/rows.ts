/** One row of the log: one append. */
export interface LogRow {
  readonly position: number;
  readonly lastPosition: number;
  readonly stream: string;
  /** Of the first event. A tombstone's is TOMBSTONE. */
  readonly revision: number;
  readonly lastRevision: number;
  readonly createdMs: number;
  readonly frames: Buffer;
}

/** 2^63-1 as far as a number can hold it; `revisionText` gives it exactly. */
export const TOMBSTONE = 2 ** 63;
const TOMBSTONE_TEXT = '9223372036854775807';

export const revisionText = (revision: number): string => (revision >= TOMBSTONE ? TOMBSTONE_TEXT : String(revision));

/** A row as node-postgres gives it: bigints are text. */
export interface RawRow {
  readonly position: string;
  readonly last_position: string;
  readonly stream: string;
  readonly revision: string;
  readonly last_revision: string;
  readonly created_ms: string;
  readonly frames: Buffer | null;
}

export const ROW_COLUMNS = 'position, last_position, stream, revision, last_revision, created_ms, frames';

const NOTHING = Buffer.alloc(0);

/** A row whose frames were not asked for has empty ones. */
export const rowOf = (raw: RawRow): LogRow => ({
  position: Number(raw.position),
  lastPosition: Number(raw.last_position),
  stream: raw.stream,
  revision: Number(raw.revision),
  lastRevision: Number(raw.last_revision),
  createdMs: Number(raw.created_ms),
  frames: raw.frames ?? NOTHING,
});
