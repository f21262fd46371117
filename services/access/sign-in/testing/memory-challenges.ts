import { isDeepStrictEqual } from 'node:util';
import type { Challenge, ChallengeOf, Challenges } from '../challenges.js';
import { newOpaqueToken } from '../opaque-token.js';

/** For tests without I/O. */
export function memoryChallenges(): Challenges {
  const rows = new Map<string, { content: Challenge; expiresAt: Date }>();
  const look = <Kind extends Challenge['kind']>(kind: Kind, token: string, at: Date): ChallengeOf<Kind> | undefined => {
    const row = rows.get(token);
    return row !== undefined && row.content.kind === kind && row.expiresAt > at ? (structuredClone(row.content) as ChallengeOf<Kind>) : undefined;
  };
  return {
    async open(content, expiresAt) {
      const token = newOpaqueToken('pbc');
      rows.set(token, { content, expiresAt });
      return token;
    },
    look: async (kind, token, at) => look(kind, token, at),
    async take(kind, token, at) {
      const found = look(kind, token, at);
      if (found !== undefined) rows.delete(token);
      return found;
    },
    async replace(token, seen, content) {
      const row = rows.get(token);
      if (!isDeepStrictEqual(row?.content, seen)) return false;
      row!.content = content;
      return true;
    },
    async withdraw(kind, holderId) {
      for (const [token, { content }] of rows)
        if (content.kind === kind && (holderId === undefined || ('holderId' in content && content.holderId === holderId))) rows.delete(token);
    },
    async sweep(at) {
      for (const [token, { expiresAt }] of rows) if (expiresAt <= at) rows.delete(token);
    },
  };
}
