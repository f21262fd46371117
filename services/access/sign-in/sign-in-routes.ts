import type { HttpServer } from '../../../shared/http/route-module.js';
import { challengeBody, doneSchema, passkeyOptionsSchema, passkeySignInBody, secondFactorBody, signedInSchema, signInAnswerSchema, signInBody } from './bodies.js';
import type { SignInParts } from './parts.js';
import { originOf } from './requests.js';
import { begunWith, sendChallengeCode, signInWithSecondFactor } from './second-factor.js';
import { passkeySignInOptions, signInWithPasskey, signInWithPassword } from './sign-in.js';

const guessed = { public: true, limit: 'sign-in' } as const;

/** For whoever is not signed in yet. Nothing here takes or sets a cookie, so that no other site can act in somebody's name. */
export function signInRoutes(server: HttpServer, parts: SignInParts): void {
  const { path, tags } = parts.people;

  server.post(`${path}/sign-in`, {
    config: guessed, schema: { tags, security: [], summary: 'Sign in with name and password; says which second factor is wanted', body: signInBody, response: { 200: signInAnswerSchema } },
  }, async (request) => mutable(await signInWithPassword(parts, request.body, originOf(request))));

  server.post(`${path}/sign-in/second-factor`, {
    config: guessed, schema: { tags, security: [], summary: 'The second step', body: secondFactorBody, response: { 200: signedInSchema } },
  }, async (request) => signInWithSecondFactor(parts, request.body, originOf(request)));

  server.post(`${path}/sign-in/second-factor/message`, {
    config: guessed, schema: { tags, security: [], summary: 'Have a code sent', body: challengeBody, response: { 200: doneSchema } },
  }, async (request) => {
    const { body: { challenge }, receivedAt } = request;
    await sendChallengeCode(parts, challenge, await begunWith(parts, 'second-factor', challenge, receivedAt), receivedAt);
    return { status: 'sent' as const };
  });

  server.post(`${path}/sign-in/passkey/options`, {
    config: guessed, schema: { tags, security: [], summary: 'Begin to sign in with a passkey', response: { 200: passkeyOptionsSchema } },
  }, async (request) => passkeySignInOptions(parts, request.receivedAt));

  server.post(`${path}/sign-in/passkey`, {
    config: guessed, schema: { tags, security: [], summary: 'Sign in with a passkey', body: passkeySignInBody, response: { 200: signedInSchema } },
  }, async (request) => signInWithPasskey(parts, request.body, originOf(request)));
}

/** The serializer's types know no read-only lists. */
export const mutable = <T extends object>(answer: T): T & { kinds: never } => answer as T & { kinds: never };
