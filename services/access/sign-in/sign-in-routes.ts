import type { HttpServer } from '../../../shared/http/route-module.js';
import {
  administratorSchema, challengeBody, doneSchema, firstAdministratorBody, jwksSchema, passkeyOptionsSchema, passkeySignInBody, secondFactorBody, signedInSchema, signInAnswerSchema, signInBody,
} from './bodies.js';
import { createFirstAdministrator, type FirstAdministratorOptions } from './first-administrator.js';
import type { SignInParts } from './parts.js';
import { originOf } from './requests.js';
import { sendSignInCode, signInWithSecondFactor } from './second-factor.js';
import { passkeySignInOptions, signInWithPasskey, signInWithPassword } from './sign-in.js';
import type { SigningKeys } from './signing-keys.js';
import { contextOf } from './telling.js';

const tags = ['sign-in'];
const config = { public: true };
const guessed = { public: true, limit: 'sign-in' } as const;

/** For whoever is not signed in yet. Nothing here takes or sets a cookie, so that no other site can act in somebody's name. */
export function signInRoutes(server: HttpServer, parts: SignInParts, keys: SigningKeys, first: FirstAdministratorOptions): void {
  server.post('/v1/sign-in', {
    config: guessed, schema: { tags, security: [], summary: 'Sign in with name and password; says which second factor is wanted', body: signInBody, response: { 200: signInAnswerSchema } },
  }, async (request) => mutable(await signInWithPassword(parts, request.body, originOf(request))));

  server.post('/v1/sign-in/second-factor', {
    config: guessed, schema: { tags, security: [], summary: 'The second step', body: secondFactorBody, response: { 200: signedInSchema } },
  }, async (request) => signInWithSecondFactor(parts, request.body, originOf(request)));

  server.post('/v1/sign-in/second-factor/message', {
    config: guessed, schema: { tags, security: [], summary: 'Have a code sent', body: challengeBody, response: { 200: doneSchema } },
  }, async (request) => {
    await sendSignInCode(parts, request.body.challenge, request.receivedAt);
    return { status: 'sent' as const };
  });

  server.post('/v1/sign-in/passkey/options', {
    config: guessed, schema: { tags, security: [], summary: 'Begin to sign in with a passkey', response: { 200: passkeyOptionsSchema } },
  }, async (request) => passkeySignInOptions(parts, request.receivedAt));

  server.post('/v1/sign-in/passkey', {
    config: guessed, schema: { tags, security: [], summary: 'Sign in with a passkey', body: passkeySignInBody, response: { 200: signedInSchema } },
  }, async (request) => signInWithPasskey(parts, request.body, originOf(request)));

  server.post('/v1/first-administrator', {
    config: guessed, schema: { tags, security: [], summary: 'The link of the first start: once, while nobody administers the bank', body: firstAdministratorBody, response: { 201: administratorSchema } },
  }, async (request, reply) => {
    const id = await createFirstAdministrator(parts, first, request.body, (staffId) => contextOf(originOf(request), { id: staffId, role: 'administrator' }));
    return reply.code(201).send({ id });
  });

  server.get('/.well-known/jwks.json', {
    config, schema: { tags, security: [], summary: 'The public keys of access tokens (RFC 7517)', response: { 200: jwksSchema } },
  }, async (request) => keys.publicKeys(request.receivedAt));
}

/** The serializer's types know no read-only lists. */
const mutable = <T extends object>(answer: T): T & { kinds: never } => answer as T & { kinds: never };
