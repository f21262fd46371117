import { randomUUID } from 'node:crypto';
import type { Credential, Credentials } from '../credentials.js';

/** For tests without I/O. */
export function memoryCredentials(): Credentials {
  const rows = new Map<string, Credential & { readonly madeAt: Date }>();
  return {
    async add(holderId, content, at) {
      const id = randomUUID();
      rows.set(id, { id, holderId, version: 1, content: structuredClone(content), madeAt: at });
      return id;
    },
    async read(ids) {
      return [...new Set(ids)].flatMap((id) => {
        const row = rows.get(id);
        return row === undefined ? [] : [{ id, holderId: row.holderId, version: row.version, content: structuredClone(row.content) }];
      });
    },
    async replace(id, version, content) {
      const row = rows.get(id);
      if (row?.version !== version) return false;
      rows.set(id, { ...row, version: version + 1, content: structuredClone(content) });
      return true;
    },
    async remove(ids) {
      for (const id of ids) rows.delete(id);
    },
    async forget(holderId) {
      for (const [id, row] of rows) if (row.holderId === holderId) rows.delete(id);
    },
    async madeBefore(at, after = '', limit) {
      return [...rows.values()]
        .filter(({ id, madeAt }) => madeAt < at && id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map(({ id, holderId }) => ({ id, holderId }));
    },
  };
}
