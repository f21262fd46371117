import type { Logger } from 'pino';
import { Refusal } from '../../../shared/http/context.js';
import { listen } from '../../../shared/read-store/listener.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import { REVOKED } from './postgres-sessions.js';
import { REVOCATIONS_SHOWN_MS, type Sessions } from './sessions.js';

/** Which sessions were revoked while access tokens of theirs may still be good. */
export interface Revocations {
  /** Throws Refusal `outage` when it has not known for too long: then nobody is let in. */
  isRevoked(sessionId: string): boolean;
  stop(): Promise<void>;
}

const READ_EVERY_MS = 1_000;
export const BLIND_AT_MOST_MS = 10_000;

export interface RevocationsOptions {
  readonly sessions: Sessions;
  readonly now: () => Date;
}

/** Revocations of this very process are in it at once, those of others with Postgres' notification, and whatever was missed within a second. */
export class KnownRevocations {
  private revoked = new Map<string, number>();
  private readAt: number;

  constructor(private readonly options: RevocationsOptions) {
    this.readAt = Number.NEGATIVE_INFINITY;
  }

  hear(sessionId: string): void {
    this.revoked.set(sessionId, this.options.now().getTime());
  }

  async read(): Promise<void> {
    const at = this.options.now();
    const since = at.getTime() - REVOCATIONS_SHOWN_MS;
    const ids = await this.options.sessions.revokedSince(new Date(since));
    for (const id of ids) if (!this.revoked.has(id)) this.revoked.set(id, at.getTime());
    for (const [id, heardAt] of this.revoked) if (heardAt < since) this.revoked.delete(id);
    this.readAt = at.getTime();
  }

  isRevoked(sessionId: string): boolean {
    if (this.options.now().getTime() - this.readAt > BLIND_AT_MOST_MS) throw new Refusal({ code: 'outage', detail: 'whether the session still stands is not known at this moment' });
    return this.revoked.has(sessionId);
  }
}

/** `pool`: of the database `ops`. Knows what was revoked before it resolves. */
export async function watchRevocations({ pool, logger, ...options }: RevocationsOptions & { readonly pool: Pool; readonly logger: Logger }): Promise<Revocations & Pick<KnownRevocations, 'hear'>> {
  const known = new KnownRevocations(options);
  await known.read();
  const listener = listen(pool, REVOKED, (id) => known.hear(id), logger, { everyMs: READ_EVERY_MS, whileListening: () => known.read(), broken: () => {} });
  return { isRevoked: (id) => known.isRevoked(id), hear: (id) => known.hear(id), stop: () => listener.stop() };
}
