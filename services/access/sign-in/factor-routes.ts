import { z } from 'zod';
import type { HttpServer } from '../../../shared/http/route-module.js';
import {
  beginFactorBody, confirmCodeBody, confirmPasskeyBody, doneSchema, enrolledSchema, enrolmentSchema, factorsSchema, passkeyEnrolmentSchema, recoveryCodesSchema, totpEnrolmentSchema,
} from './bodies.js';
import { beginMessages, beginPasskey, beginTotp, confirmMessages, confirmPasskey, confirmTotp, giveRecoveryCodes, removeFactor } from './own-factors.js';
import type { SignInParts } from './parts.js';
import { ownRequest, recentRequest } from './requests.js';
import { stateOf } from './standing.js';


/** Second factors of whoever is signed in. All but the list need a sign-in of the last ten minutes. */
export function factorRoutes(server: HttpServer, parts: SignInParts): void {
  const { path, tags, permission } = parts.people;
  const config = { access: { permission } } as const;

  server.get(`${path}/factors`, { config, schema: { tags, summary: 'One\'s own factors', response: { 200: factorsSchema } } }, async (request) => {
    const { factors } = await stateOf(parts, (await ownRequest(request, parts)).holder.id);
    const contents = new Map((await parts.credentials.read(factors.map(({ credentialId }) => credentialId))).map(({ id, content }) => [id, content]));
    return {
      items: factors.map(({ id, kind, credentialId, enrolledAt }) => {
        const content = contents.get(credentialId);
        return { id, kind, enrolledAt, ...(content && 'label' in content && { label: content.label }), ...(content?.kind === 'recovery-codes' && { left: content.unused.length }) };
      }),
    };
  });

  server.post(`${path}/factors/totp`, {
    config, schema: { tags, summary: 'Begin to enrol an authenticator app', body: beginFactorBody, response: { 200: totpEnrolmentSchema } },
  }, async (request) => beginTotp(parts, await recentRequest(request, parts), request.body.label ?? ''));

  server.post(`${path}/factors/totp/confirm`, {
    config, schema: { tags, summary: 'Enrol it, with a code that it shows', body: confirmCodeBody, response: { 201: enrolledSchema } },
  }, async (request, reply) => reply.code(201).send({ id: await confirmTotp(parts, await recentRequest(request, parts), request.body) }));

  server.post(`${path}/factors/passkey/options`, {
    config, schema: { tags, summary: 'Begin to enrol a passkey', response: { 200: passkeyEnrolmentSchema } },
  }, async (request) => beginPasskey(parts, await recentRequest(request, parts)));

  server.post(`${path}/factors/passkey`, {
    config, schema: { tags, summary: 'Enrol a passkey', body: confirmPasskeyBody, response: { 201: enrolledSchema } },
  }, async (request, reply) => {
    const { enrolment, response, label = '' } = request.body;
    return reply.code(201).send({ id: await confirmPasskey(parts, await recentRequest(request, parts), { enrolment, response, label }) });
  });

  server.post(`${path}/factors/message`, {
    config, schema: { tags, summary: 'Begin to have codes sent', response: { 200: enrolmentSchema } },
  }, async (request) => beginMessages(parts, await recentRequest(request, parts)));

  server.post(`${path}/factors/message/confirm`, {
    config, schema: { tags, summary: 'Enrol it, with the code that came', body: confirmCodeBody, response: { 201: enrolledSchema } },
  }, async (request, reply) => reply.code(201).send({ id: await confirmMessages(parts, await recentRequest(request, parts), request.body) }));

  server.post(`${path}/factors/recovery-codes`, {
    config, schema: { tags, summary: 'Ten new recovery codes, shown once; those before are void', response: { 201: recoveryCodesSchema } },
  }, async (request, reply) => {
    const { id, codes } = await giveRecoveryCodes(parts, await recentRequest(request, parts));
    return reply.code(201).send({ id, codes: [...codes] });
  });

  server.delete(`${path}/factors/:id`, {
    config, schema: { tags, summary: 'Remove a factor; every other session ends', params: z.strictObject({ id: z.uuid() }), response: { 200: doneSchema } },
  }, async (request) => {
    await removeFactor(parts, await recentRequest(request, parts), request.params.id.toLowerCase());
    return { status: 'done' as const };
  });
}
