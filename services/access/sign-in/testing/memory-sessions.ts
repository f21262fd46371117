import { randomUUID } from 'node:crypto';
import { HOLDER_KINDS } from '../../../../shared/events/access/sign-in-events.js';
import { hashOfToken, newOpaqueToken } from '../opaque-token.js';
import { isLive, REVOCATIONS_SHOWN_MS, SESSION_LASTS_MS, type Session, type Sessions } from '../sessions.js';

interface Row {
  session: Session;
  hash: string;
  revokedAt: Date | undefined;
  readonly spent: Set<string>;
}

/** For tests without I/O. `onRevoked` stands for the notification of other processes. */
export function memorySessions(onRevoked: (id: string) => void = () => {}): Sessions {
  const rows = new Map<string, Row>();
  const hashOf = (token: string): string => hashOfToken(token).toString('hex');
  const live = (row: Row, at: Date): boolean => row.revokedAt === undefined && isLive(row.session, at);
  const revokeRow = (row: Row, at: Date): boolean => {
    const was = live(row, at);
    row.revokedAt ??= at;
    onRevoked(row.session.id);
    return was;
  };
  return {
    async open({ at, ...opening }) {
      const refreshToken = newOpaqueToken('pbr');
      const session = { id: randomUUID(), ...opening, openedAt: at, lastUsedAt: at, expiresAt: new Date(at.getTime() + SESSION_LASTS_MS) };
      rows.set(session.id, { session, hash: hashOf(refreshToken), revokedAt: undefined, spent: new Set() });
      return { session, refreshToken };
    },
    async refresh(token, { kind, place, at }) {
      const hash = hashOf(token);
      for (const row of rows.values()) {
        if (row.session.kind !== kind) continue;
        if (row.hash === hash) {
          if (!live(row, at)) return { outcome: 'refused' };
          const refreshToken = newOpaqueToken('pbr');
          row.spent.add(hash);
          row.hash = hashOf(refreshToken);
          row.session = { ...row.session, place, lastUsedAt: at };
          return { outcome: 'refreshed', session: row.session, refreshToken };
        }
        if (row.spent.has(hash)) return { outcome: 'reused', session: row.session, wasLive: row.revokedAt === undefined && revokeRow(row, at) };
      }
      return { outcome: 'refused' };
    },
    async list(holderId, at) {
      return [...rows.values()].filter((row) => row.session.holderId === holderId && live(row, at)).map(({ session }) => session)
        .sort((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime() || (a.id < b.id ? -1 : 1));
    },
    async find(id, at) {
      const row = rows.get(id);
      return row && live(row, at) ? row.session : undefined;
    },
    async addProof(id, proof) {
      const row = rows.get(id);
      if (row && !row.session.proofs.includes(proof)) row.session = { ...row.session, proofs: [...row.session.proofs, proof] };
    },
    async stepUp(id, proof, at) {
      const row = rows.get(id);
      if (!row || !live(row, at)) return undefined;
      row.session = { ...row.session, proofs: [...new Set([...row.session.proofs, proof])], steppedUpAt: at };
      return row.session;
    },
    count: async (at) => HOLDER_KINDS.map((kind) => ({ kind, live: [...rows.values()].filter((row) => row.session.kind === kind && live(row, at)).length })),
    async forget(holderId) {
      for (const [id, { session }] of rows) if (session.holderId === holderId) rows.delete(id);
    },
    async revoke({ holderId, only, except }, _why, at) {
      return [...rows.values()]
        .filter(({ session, revokedAt }) => revokedAt === undefined && session.holderId === holderId && (only === undefined || session.id === only) && session.id !== except)
        .filter((row) => revokeRow(row, at))
        .map(({ session }) => session.id);
    },
    async revokedSince(at) {
      return [...rows.values()].filter(({ revokedAt }) => revokedAt !== undefined && revokedAt > at).map(({ session }) => session.id);
    },
    async sweep(at) {
      for (const [id, { session }] of rows) if (session.expiresAt.getTime() < at.getTime() - REVOCATIONS_SHOWN_MS) rows.delete(id);
    },
  };
}
