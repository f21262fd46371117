import { randomUUID } from 'node:crypto';
import { assertErasable, SubjectErased, type SubjectKey, type Vault } from './vault.js';
import { newKey } from './wrapping.js';

/** For tests without I/O: keys live and die with the object. */
export function createMemoryVault(): Vault {
  const bySubject = new Map<string, SubjectKey>();
  const erased = new Set<string>();
  const secrets = new Map<string, Buffer>();

  function keyOf(subject: string): SubjectKey {
    if (erased.has(subject)) throw new SubjectErased(subject);
    const key = bySubject.get(subject) ?? { keyId: randomUUID(), key: newKey() };
    bySubject.set(subject, key);
    return key;
  }

  return {
    async keysOf(subjects) {
      return new Map(subjects.map((subject) => [subject, keyOf(subject)]));
    },
    async keysById(keyIds) {
      const wanted = new Set(keyIds);
      return new Map([...bySubject.values()].filter(({ keyId }) => wanted.has(keyId)).map(({ keyId, key }) => [keyId, key]));
    },
    async secret(name) {
      const secret = secrets.get(name) ?? newKey();
      secrets.set(name, secret);
      return secret;
    },
    async rotateRoot() {},
    async erase(subject) {
      assertErasable(subject);
      erased.add(subject);
      bySubject.delete(subject);
    },
    async close() {},
  };
}
