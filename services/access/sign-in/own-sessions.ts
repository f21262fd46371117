import { decideAccess } from '../../../shared/access/rights.js';
import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import type { SignedInPrincipal } from './authentication.js';
import { NO_ROLE } from './directory.js';
import type { Origin, SignInParts } from './parts.js';
import { lacksSecondFactor, type SignedInAnswer } from './sign-in.js';
import { contextOf, endSessions, tell } from './telling.js';

/** Exchanges a refresh token. One that was exchanged before ends the session: it is in two hands, and nobody can tell whose are the right ones. */
export async function refreshSession(parts: SignInParts, refreshToken: string, origin: Origin): Promise<SignedInAnswer> {
  const { address: place, at } = origin;
  const refused = (): Refusal => new Refusal({ code: 'refresh_refused' });
  const exchanged = await parts.sessions.refresh(refreshToken, { kind: parts.people.kind, place, at });
  if (exchanged.outcome === 'refused') throw refused();
  const { session } = exchanged;
  const holder = await parts.directory.byId(session.holderId, at);
  if (exchanged.outcome === 'reused') {
    parts.onRevoked(session.id);
    if (exchanged.wasLive)
      await tell(parts, contextOf(origin, holder ?? { id: session.holderId, role: NO_ROLE }), session.holderId, {
        type: 'SessionRevoked', data: { ...parts.people.whose(session.holderId), sessionId: session.id, why: 'refresh-token-reused' },
      });
    throw refused();
  }
  if (holder === undefined) throw refused(); // suspended or gone: the exchange leads nowhere
  const { token: accessToken, expiresInSeconds } = await parts.tokens.issue(session, at);
  return { status: 'signed-in', sessionId: session.id, accessToken, tokenType: 'Bearer', expiresInSeconds, refreshToken: exchanged.refreshToken, ...(lacksSecondFactor(parts, holder, session) && { secondFactorMissing: true }) };
}

/** One's own, or anybody's with the permission. Throws Refusal `session_not_found`, also where one may not. */
export async function endSession(parts: SignInParts, sessionId: string, principal: SignedInPrincipal, context: CommandContext): Promise<void> {
  const session = await parts.sessions.find(sessionId, context.at);
  const own = session?.kind === parts.people.kind && session.holderId === principal.id;
  if (session?.kind !== parts.people.kind || (!own && decideAccess(principal.rights, { permission: 'sessions.revoke' }) !== undefined)) throw new Refusal({ code: 'session_not_found' });
  const ended = await endSessions(parts, { holderId: session.holderId, only: sessionId }, own ? 'ended-by-holder' : 'ended-by-other', context);
  if (ended === 0) throw new Refusal({ code: 'session_not_found' });
}
