/**
 * A version-guarded cache of hot views. Adapters: `redis.ts` (ioredis) and `in-process.ts`; `contract.ts` runs on both. It may be slow, hung or gone:
 * every call answers within its own deadline and a failure is a miss. Nothing is ever authorised from it, and what identifies a person enters only sealed.
 */
export interface Cache {
  /** The value with its version, or undefined (absent, expired, or the cache is away). */
  get(key: string): Promise<Cached | undefined>;
  /** Stores unless a newer version is stored already. */
  put(key: string, value: Cached, ttlMs: number): Promise<void>;
  /** Makes every version below `version` unusable, so that a slow reader's late fill is refused. */
  invalidate(entries: readonly { readonly key: string; readonly version: bigint }[]): Promise<void>;
  close(): Promise<void>;
}

export interface Cached {
  readonly version: bigint;
  readonly value: string;
}
