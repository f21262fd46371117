import type { HttpServer } from '../../../shared/http/route-module.js';
import { openIdBegunSchema, openIdSignInBody, signInAnswerSchema } from './bodies.js';
import { beginOpenIdSignIn, signInWithOpenId } from './openid-sign-in.js';
import type { SignInParts } from './parts.js';
import { originOf } from './requests.js';
import { mutable } from './sign-in-routes.js';

const guessed = { public: true, limit: 'sign-in' } as const;

/** Sign-in of staff through the OpenID provider, where the bank has one. The page carries what the provider answers: no cookies. */
export function openIdRoutes(server: HttpServer, parts: SignInParts): void {
  const { path, tags } = parts.people;

  server.post(`${path}/sign-in/openid-connect`, {
    config: guessed, schema: { tags, security: [], summary: 'Begin to sign in through the OpenID provider: where to send the browser', response: { 200: openIdBegunSchema } },
  }, async (request) => beginOpenIdSignIn(parts, request.receivedAt));

  server.post(`${path}/sign-in/openid-connect/answer`, {
    config: guessed, schema: { tags, security: [], summary: 'Sign in with what the OpenID provider sent back; says which second factor is wanted', body: openIdSignInBody, response: { 200: signInAnswerSchema } },
  }, async (request) => mutable(await signInWithOpenId(parts, request.body, originOf(request))));
}
