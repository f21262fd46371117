import type { HttpServer } from '../../../shared/http/route-module.js';
import { challengeBody, doneSchema, steppedUpSchema, stepUpAskedSchema, stepUpBody } from './bodies.js';
import type { SignInParts } from './parts.js';
import { ownRequest } from './requests.js';
import { beginStepUp, sendStepUpCode, stepUp } from './step-up.js';

/** A second factor proved again, for what a session that was left open, or stolen, is not enough for. */
export function stepUpRoutes(server: HttpServer, parts: SignInParts): void {
  const { path, tags, permission } = parts.people;
  const config = { access: { permission } } as const;

  server.post(`${path}/step-up`, {
    config, schema: { tags, summary: 'Begin to prove one\'s second factor again', response: { 200: stepUpAskedSchema } },
  }, async (request) => {
    const { kinds, ...asked } = await beginStepUp(parts, await ownRequest(request, parts));
    return { ...asked, kinds: [...kinds] };
  });

  server.post(`${path}/step-up/message`, {
    config, schema: { tags, summary: 'Have a code sent', body: challengeBody, response: { 200: doneSchema } },
  }, async (request) => {
    await sendStepUpCode(parts, await ownRequest(request, parts), request.body.challenge);
    return { status: 'sent' as const };
  });

  server.post(`${path}/step-up/confirm`, {
    config, schema: { tags, summary: 'Prove it; gives a token of this session that says so', body: stepUpBody, response: { 200: steppedUpSchema } },
  }, async (request) => stepUp(parts, await ownRequest(request, parts), request.body));
}
