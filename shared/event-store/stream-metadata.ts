/** Stream metadata between the port's names and EventStoreDB's JSON. */
import { StoreFailure } from './port.js';
import type { StreamMetadata } from './port.js';

/** The truncateBefore of a soft-deleted stream: 2^63-1, which JSON in JavaScript can only come near to. */
export const SOFT_DELETED = 2n ** 63n - 1n;

const KNOWN = new Set(['$maxCount', '$maxAge', '$tb']);

const positiveInteger = (name: string, value: number): number => {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new StoreFailure('invalid', `stream metadata: ${name} must be a positive whole number`);
};

export const metadataToJson = ({ maxCount, maxAgeSeconds, truncateBefore, custom }: StreamMetadata): Record<string, unknown> => {
  if (truncateBefore !== undefined && (truncateBefore < 0n || truncateBefore > BigInt(Number.MAX_SAFE_INTEGER))) {
    throw new StoreFailure('invalid', 'stream metadata: truncateBefore must be a revision');
  }
  if (Object.keys(custom ?? {}).some((key) => key.startsWith('$'))) throw new StoreFailure('invalid', 'stream metadata: names with $ belong to the store');
  return {
    ...(maxCount === undefined ? {} : { $maxCount: positiveInteger('maxCount', maxCount) }),
    ...(maxAgeSeconds === undefined ? {} : { $maxAge: positiveInteger('maxAgeSeconds', maxAgeSeconds) }),
    ...(truncateBefore === undefined ? {} : { $tb: Number(truncateBefore) }),
    ...custom,
  };
};

export const metadataFromJson = (json: object): StreamMetadata => {
  const { $maxCount, $maxAge, $tb } = json as { $maxCount?: number; $maxAge?: number; $tb?: number };
  const custom = Object.fromEntries(Object.entries(json).filter(([key]) => !KNOWN.has(key)));
  return {
    ...($maxCount === undefined ? {} : { maxCount: $maxCount }),
    ...($maxAge === undefined ? {} : { maxAgeSeconds: $maxAge }),
    ...($tb === undefined ? {} : { truncateBefore: $tb >= 2 ** 62 ? SOFT_DELETED : BigInt($tb) }),
    ...(Object.keys(custom).length === 0 ? {} : { custom }),
  };
};
