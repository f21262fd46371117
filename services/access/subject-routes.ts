import { commandContext } from '../../shared/http/command-context.js';
import { requiredPrecondition } from '../../shared/http/conditional.js';
import { Refusal } from '../../shared/http/context.js';
import type { HttpServer } from '../../shared/http/route-module.js';
import { administers, answer, idParams, tags, type AccessRoutes, type OpenIdSubjects } from './access-routes.js';
import { subjectBody } from './bodies.js';
import { accessResultSchema } from './views.js';

const DAY_MS = 86_400_000;
const response = { 200: accessResultSchema };
const change = { idempotency: 'honoured', ifMatch: true } as const;

/** Which subject of the OpenID provider is which member of staff. */
export function subjectRoutes(server: HttpServer, { administration, openIdSubjects }: AccessRoutes): void {
  const subjects = (): OpenIdSubjects => {
    if (openIdSubjects === undefined) throw new Refusal({ code: 'route_not_found', detail: 'the bank has no OpenID provider' });
    return openIdSubjects;
  };

  server.put('/v1/staff/:id/openid-subject', {
    config: { ...change, access: { ...administers, policy: async () => ({ name: 'openid-subject', expiresAfterMs: DAY_MS }) } },
    schema: { tags, summary: 'Let somebody sign in as this subject of the OpenID provider; another administrator approves', params: idParams, body: subjectBody, response },
  }, async (request, reply) => {
    const { issuer, digestOf, endSessions } = subjects();
    const { id: staffId } = request.params;
    const context = commandContext(request);
    const done = await administration.execute({ kind: 'link-subject', staffId, issuer, subjectDigest: digestOf(request.body.subject), precondition: requiredPrecondition(request) }, staffId, context);
    await endSessions(staffId, context);
    return answer(reply, done);
  });

  server.delete('/v1/staff/:id/openid-subject', {
    config: { ...change, access: administers },
    schema: { tags, summary: 'Nobody signs in through the OpenID provider as this person any more; every session ends', params: idParams, response },
  }, async (request, reply) => {
    const { id: staffId } = request.params;
    const context = commandContext(request);
    const done = await administration.execute({ kind: 'unlink-subject', staffId, precondition: requiredPrecondition(request) }, staffId, context);
    await openIdSubjects?.endSessions(staffId, context);
    return answer(reply, done);
  });
}
