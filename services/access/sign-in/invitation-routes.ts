import { z } from 'zod';
import { commandAnswer, commandResultSchema } from '../../../shared/http/answers.js';
import { commandContext } from '../../../shared/http/command-context.js';
import { EVERYTHING } from '../../../shared/http/route-access.js';
import type { HttpServer } from '../../../shared/http/route-module.js';
import { acceptInvitationBody, invitationSchema, lostFactorsBody, passwordAnswerSchema } from './bodies.js';
import { acceptInvitation, invite } from './invitations.js';
import { refuseLost, removeLostFactors } from './lost-factors.js';
import type { SignInParts } from './parts.js';
import { onceOnly, originOf } from './requests.js';

const tags = ['sign-in'];
const params = z.strictObject({ id: z.uuid().toLowerCase() });
const DAY_MS = 86_400_000;

/** How staff come by a first password, or by another where theirs is lost, and what becomes of lost second factors. */
export function invitationRoutes(server: HttpServer, parts: SignInParts): void {
  server.post('/v1/staff/:id/invitation', {
    config: { access: { permission: 'access.administer', about: () => EVERYTHING, runsAtOnce: true } },
    schema: {
      tags, summary: 'Invite somebody else to set their password, the first or another; the token is shown once, and voids those before',
      params, response: { 201: invitationSchema },
    },
  }, async (request, reply) => {
    const { expiresAt, ...invitation } = await invite(parts, request.params.id, request.principal, onceOnly(commandContext(request)));
    return reply.code(201).send({ ...invitation, expiresAt: expiresAt.toISOString() });
  });

  server.post('/v1/staff/:id/lost-factors', {
    config: {
      idempotency: 'honoured',
      access: {
        permission: 'access.administer', about: () => EVERYTHING,
        async policy(request) {
          await refuseLost(parts, (request.params as { id: string }).id, request.principal, request.receivedAt);
          return { name: 'lost-factors', expiresAfterMs: DAY_MS };
        },
      },
    },
    schema: {
      tags, summary: 'Remove every second factor of somebody who lost them; another administrator approves', params, body: lostFactorsBody, response: { 200: commandResultSchema },
      description: 'Every session of theirs ends. The password alone then opens a session that can do nothing but enrol another factor, where one is required.',
    },
  }, async (request) => commandAnswer(await removeLostFactors(parts, { holderId: request.params.id, reason: request.body.reason }, commandContext(request))));

  server.post('/v1/invitations', {
    config: { public: true, limit: 'sign-in' },
    schema: { tags, security: [], summary: 'Set the password that one was invited to set; every session ends', body: acceptInvitationBody, response: { 200: passwordAnswerSchema } },
  }, async (request) => ({ status: 'done' as const, sessionsEnded: await acceptInvitation(parts, request.body, originOf(request)) }));
}
