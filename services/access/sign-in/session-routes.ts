import { z } from 'zod';
import type { HttpServer } from '../../../shared/http/route-module.js';
import { doneSchema, passwordAnswerSchema, passwordBody, refreshBody, sessionsSchema, signedInSchema } from './bodies.js';
import { changePassword } from './own-password.js';
import { endSession, refreshSession } from './own-sessions.js';
import type { SignInParts } from './parts.js';
import { originOf, ownRequest } from './requests.js';
import { endSessions } from './telling.js';
import type { SignedInPrincipal } from './authentication.js';

const done = { status: 'done' } as const;

/** Sessions and the password of whoever is signed in. */
export function sessionRoutes(server: HttpServer, parts: SignInParts): void {
  const { path, tags, permission } = parts.people;
  const config = { access: { permission } } as const;

  server.post(`${path}/sessions/refresh`, {
    config: { public: true },
    schema: { tags, security: [], summary: 'New tokens for a refresh token, which is good once; shown again it ends the session', body: refreshBody, response: { 200: signedInSchema } },
  }, async (request) => refreshSession(parts, request.body.refreshToken, originOf(request)));

  server.get(`${path}/sessions`, { config, schema: { tags, summary: 'One\'s own sessions', response: { 200: sessionsSchema } } }, async (request) => {
    const { holder, sessionId, origin } = await ownRequest(request, parts);
    const sessions = await parts.sessions.list(holder.id, origin.at);
    return {
      items: sessions.map(({ id, device, place, proofs, openedAt, lastUsedAt, expiresAt }) => ({
        id, current: id === sessionId, device, place, proofs: [...proofs], openedAt: openedAt.toISOString(), lastUsedAt: lastUsedAt.toISOString(), expiresAt: expiresAt.toISOString(),
      })),
    };
  });

  server.delete(`${path}/sessions/:id`, {
    config, schema: { tags, summary: 'End a session: one\'s own, or with sessions.revoke anybody\'s', params: z.strictObject({ id: z.uuid() }), response: { 200: doneSchema } },
  }, async (request) => {
    const { context } = await ownRequest(request, parts);
    await endSession(parts, request.params.id.toLowerCase(), request.principal as SignedInPrincipal, context);
    return done;
  });

  server.post(`${path}/sign-out`, { config, schema: { tags, summary: 'End this session', response: { 200: doneSchema } } }, async (request) => {
    const { holder, sessionId, context } = await ownRequest(request, parts);
    await endSessions(parts, { holderId: holder.id, only: sessionId }, 'signed-out', context);
    return done;
  });

  server.post(`${path}/password`, {
    config, schema: { tags, summary: 'Change one\'s password; every other session ends', body: passwordBody, response: { 200: passwordAnswerSchema } },
  }, async (request) => {
    const { holder, sessionId, origin, context } = await ownRequest(request, parts);
    return { ...done, sessionsEnded: await changePassword(parts, { holder, sessionId, ...request.body }, origin, context) };
  });
}
