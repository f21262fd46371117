/**
 * A version-guarded cache of hot views. Adapters: `redis.ts` (ioredis) and `in-process.ts`; `contract.ts` runs on both. It may be slow, hung or gone:
 * every call answers within its own deadline and a failure is a miss. Nothing is ever authorised from it, and what identifies a person enters only sealed.
 */
export interface Cache {
  /** The value with its version, or undefined (absent, expired, or the cache is away). */
  get(key: string): Promise<Cached | undefined>;
  /** Stores unless a newer version is stored already. Kept for `ttlMs`, at most MAX_TTL_MS. */
  put(key: string, value: Cached, ttlMs: number): Promise<void>;
  /** Makes every version below `version` unusable, so that a slow reader's late fill is refused. False: it is not certain, older ones may still be got. */
  invalidate(entries: readonly { readonly key: string; readonly version: bigint }[]): Promise<boolean>;
  /** Another number than before: what was refused may have been forgotten meanwhile. */
  era(): number;
  close(): Promise<void>;
}

/** `version` is not negative: a stream's revision or a position. */
export interface Cached {
  readonly version: bigint;
  readonly value: string;
}

/** How long a stale view can last at most when its invalidation was lost with the cache, in ms. */
export const MAX_TTL_MS = 60_000;
