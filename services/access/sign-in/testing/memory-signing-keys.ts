import type { SigningKeyStore, StoredSigningKey } from '../signing-keys.js';

/** For tests without I/O. */
export function memorySigningKeys(): SigningKeyStore {
  let keys: StoredSigningKey[] = [];
  return {
    list: async (at) => keys.filter(({ verifiesUntil }) => verifiesUntil > at),
    async addUnlessOneSigns(key, at) {
      if (!keys.some(({ signsUntil }) => signsUntil > at)) keys.push(key);
    },
    async sweep(at) {
      keys = keys.filter(({ verifiesUntil }) => verifiesUntil > at);
    },
  };
}
