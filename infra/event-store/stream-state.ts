/** What the writer must know of a stream before it accepts an append, and a reader before it shows one. */
import { eventDataOf } from './frames.js';

export interface Truncation {
  readonly maxCount?: number;
  readonly maxAgeSeconds?: number;
  readonly truncateBefore?: number;
}

export interface StreamState {
  /** The last event's revision; -1 where none was ever written. Meaningless once tombstoned. */
  readonly last: number;
  readonly tombstoned: boolean;
  /** The metadata's JSON as stored, undefined where the metastream was never written. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

/** The truncateBefore that means "deleted, may be written again". Written literally: JSON numbers in JS cannot hold it. */
export const SOFT_DELETE_METADATA = '{"$tb":9223372036854775807}';
const BEYOND_EVERY_REVISION = 2 ** 62;

export const NEVER_WRITTEN: StreamState = { last: -1, tombstoned: false, metadata: undefined };

export const metastreamOf = (stream: string): string => `$$${stream}`;
export const isMetastream = (stream: string): boolean => stream.startsWith('$$');
export const originalOf = (metastream: string): string => metastream.slice(2);

const METASTREAM_TRUNCATION: Truncation = { maxCount: 1 };

/** Metadata that is no JSON object counts as empty: the stream then has no limits. */
export const metadataOf = (frame: Buffer): Readonly<Record<string, unknown>> => parseMetadata(eventDataOf(frame));

export const parseMetadata = (data: Buffer): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(data.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

const numberAt = (metadata: StreamState['metadata'], key: string): number | undefined => {
  const value = metadata?.[key];
  return typeof value === 'number' ? value : undefined;
};

export const truncationOf = (stream: string, state: StreamState): Truncation => {
  if (isMetastream(stream)) return METASTREAM_TRUNCATION;
  const maxCount = numberAt(state.metadata, '$maxCount');
  const maxAgeSeconds = numberAt(state.metadata, '$maxAge');
  const truncateBefore = numberAt(state.metadata, '$tb');
  return {
    ...(maxCount === undefined ? {} : { maxCount }),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    ...(truncateBefore === undefined ? {} : { truncateBefore }),
  };
};

export const isSoftDeleted = (state: StreamState): boolean => (numberAt(state.metadata, '$tb') ?? 0) >= BEYOND_EVERY_REVISION;

/** The first revision a reader may see. */
export const firstVisible = (truncation: Truncation, last: number): number =>
  Math.max(0, truncation.truncateBefore ?? 0, truncation.maxCount === undefined ? 0 : last - truncation.maxCount + 1);
