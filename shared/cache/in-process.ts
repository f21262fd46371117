import { LRUCache } from 'lru-cache';
import { MAX_TTL_MS, type Cache, type Cached } from './port.js';

/** `value` is undefined where only the version is kept: older ones are refused. */
interface Entry {
  readonly version: bigint;
  readonly value: string | undefined;
}

const MAX_CHARACTERS = 32_000_000;

/** The embedded default. It knows only what its own process invalidates: others say it in notifications. */
export function createInProcessCache({ maxCharacters = MAX_CHARACTERS }: { readonly maxCharacters?: number } = {}): Cache {
  const entries = new LRUCache<string, Entry>({ maxSize: maxCharacters, sizeCalculation: ({ value }, key) => key.length + (value?.length ?? 0) + 50, ttl: MAX_TTL_MS });
  return {
    async get(key): Promise<Cached | undefined> {
      const entry = entries.get(key);
      return entry?.value === undefined ? undefined : { version: entry.version, value: entry.value };
    },
    async put(key, { version, value }, ttlMs) {
      const known = entries.get(key);
      if (!known || known.version <= version) entries.set(key, { version, value }, { ttl: Math.min(ttlMs, MAX_TTL_MS) });
    },
    async invalidate(invalidated) {
      for (const { key, version } of invalidated) {
        const known = entries.get(key);
        if (!known || known.version < version) entries.set(key, { version, value: undefined });
      }
      return true;
    },
    era: () => 0,
    async close() {
      entries.clear();
    },
  };
}
