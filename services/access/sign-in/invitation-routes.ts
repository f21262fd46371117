import { z } from 'zod';
import { commandContext } from '../../../shared/http/command-context.js';
import { EVERYTHING } from '../../../shared/http/route-access.js';
import type { HttpServer } from '../../../shared/http/route-module.js';
import { acceptInvitationBody, invitationSchema, passwordAnswerSchema } from './bodies.js';
import { acceptInvitation, invite } from './invitations.js';
import type { SignInParts } from './parts.js';
import { onceOnly, originOf } from './requests.js';

const tags = ['sign-in'];

/** How staff come by a first password, or by another where theirs is lost. */
export function invitationRoutes(server: HttpServer, parts: SignInParts): void {
  server.post('/v1/staff/:id/invitation', {
    config: { access: { permission: 'access.administer', about: () => EVERYTHING, runsAtOnce: true } },
    schema: {
      tags, summary: 'Invite somebody else to set their password, the first or another; the token is shown once, and voids those before',
      params: z.strictObject({ id: z.uuid().toLowerCase() }), response: { 201: invitationSchema },
    },
  }, async (request, reply) => {
    const { expiresAt, ...invitation } = await invite(parts, request.params.id, request.principal, onceOnly(commandContext(request)));
    return reply.code(201).send({ ...invitation, expiresAt: expiresAt.toISOString() });
  });

  server.post('/v1/invitations', {
    config: { public: true, limit: 'sign-in' },
    schema: { tags, security: [], summary: 'Set the password that one was invited to set; every session ends', body: acceptInvitationBody, response: { 200: passwordAnswerSchema } },
  }, async (request) => ({ status: 'done' as const, sessionsEnded: await acceptInvitation(parts, request.body, originOf(request)) }));
}
