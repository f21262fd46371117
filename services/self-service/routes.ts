import { z } from 'zod';
import { commandContext } from '../../shared/http/command-context.js';
import { aboutParam } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { factorRoutes } from '../access/sign-in/factor-routes.js';
import { onceOnly, originOf, ownRequest } from '../access/sign-in/requests.js';
import { sessionRoutes } from '../access/sign-in/session-routes.js';
import { signInRoutes } from '../access/sign-in/sign-in-routes.js';
import { stepUpRoutes } from '../access/sign-in/step-up-routes.js';
import { beginOnlineBody, begunOnlineSchema, confirmOnlineBody, endedSchema, enrolBody, enrolledSchema, enrolmentCodeSchema, giveCodeBody, meSchema } from './bodies.js';
import { endSessionsOf, enrolWithCode, giveEnrolmentCode } from './enrolment.js';
import { beginOnlineEnrolment, confirmOnlineEnrolment, type OnlineEnrolmentParts } from './online-enrolment.js';
import { selfServiceRejections } from './rejections.js';

const params = z.strictObject({ id: z.uuid().toLowerCase() });
const about = aboutParam('customer');
const toEnrol = { access: { permission: 'customers.enrol', about, runsAtOnce: true } } as const;
const open = { public: true, limit: 'sign-in' } as const;

/** What customers do for themselves, and what staff do so that they can. */
export const selfServiceModule = (parts: OnlineEnrolmentParts): RouteModule => ({
  name: 'self-service',
  description: 'Customers enrol, sign in and see what is their own',
  rejections: selfServiceRejections,
  routes(server) {
    const { signIn } = parts;
    const { path, tags, permission } = signIn.people;

    server.post('/v1/customers/:id/enrolment', {
      config: toEnrol,
      schema: { tags, summary: 'Give a customer whose identity was seen a code to enrol with; shown once', params, body: giveCodeBody, response: { 201: enrolmentCodeSchema } },
    }, async (request, reply) => {
      const { token: code, why, expiresAt } = await giveEnrolmentCode(parts, request.params.id, request.principal, onceOnly(commandContext(request)), request.body?.removeFactors ?? false);
      return reply.code(201).send({ code, why, expiresAt: expiresAt.toISOString() });
    });

    server.delete('/v1/customers/:id/sessions', {
      config: toEnrol, schema: { tags, summary: 'End every session of a customer', params, response: { 200: endedSchema } },
    }, async (request) => ({ status: 'done' as const, sessionsEnded: await endSessionsOf(parts, request.params.id, onceOnly(commandContext(request))) }));

    server.post(`${path}/enrolment`, {
      config: open, schema: { tags, security: [], summary: 'Enrol with a code from the counter; every session ends', body: enrolBody, response: { 200: enrolledSchema } },
    }, async (request) => ({ status: 'done' as const, sessionsEnded: await enrolWithCode(parts, request.body, originOf(request)) }));

    server.post(`${path}/enrolment/online`, {
      config: open, schema: { tags, security: [], summary: 'Begin to enrol without the counter, where the identity was verified', body: beginOnlineBody, response: { 200: begunOnlineSchema } },
    }, async (request) => beginOnlineEnrolment(parts, request.body, originOf(request)));

    server.post(`${path}/enrolment/online/confirm`, {
      config: open, schema: { tags, security: [], summary: 'Enrol with the code that came', body: confirmOnlineBody, response: { 200: enrolledSchema } },
    }, async (request) => {
      await confirmOnlineEnrolment(parts, request.body, originOf(request));
      return { status: 'done' as const, sessionsEnded: 0 };
    });

    server.get(path, { config: { access: { permission } }, schema: { tags, summary: 'Who one is', response: { 200: meSchema } } }, async (request) => {
      const { holder } = await ownRequest(request, signIn);
      return { customerId: holder.id, username: holder.username };
    });

    signInRoutes(server, signIn);
    sessionRoutes(server, signIn);
    factorRoutes(server, signIn);
    stepUpRoutes(server, signIn);
  },
});
