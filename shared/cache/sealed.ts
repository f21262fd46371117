import { createHmac } from 'node:crypto';
import { open, seal, type Envelope } from '../crypto/envelope.js';
import type { Cache, Cached } from './port.js';

/** For a cache outside this process: every value is sealed under the bank's own key, bound to its key and version. One that does not open is a miss. */
export function sealedCache(cache: Cache, secret: Buffer): Cache {
  const key = createHmac('sha256', secret).update('values in the cache').digest();
  const bindingOf = (name: string, version: bigint): string => `cache ${name} ${version}`;
  return {
    ...cache,
    async get(name): Promise<Cached | undefined> {
      const found = await cache.get(name);
      if (!found) return undefined;
      try {
        return { version: found.version, value: open(JSON.parse(found.value) as Envelope, key, bindingOf(name, found.version)) as string };
      } catch {
        return undefined;
      }
    },
    put: (name, { version, value }, ttlMs) => cache.put(name, { version, value: JSON.stringify(seal(value, { keyId: 'cache', key }, bindingOf(name, version))) }, ttlMs),
  };
}
