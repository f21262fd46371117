import type { HttpServer } from '../../../shared/http/route-module.js';
import { administratorSchema, firstAdministratorBody, jwksSchema } from './bodies.js';
import { createFirstAdministrator, type FirstAdministratorOptions } from './first-administrator.js';
import type { SignInParts } from './parts.js';
import { originOf } from './requests.js';
import type { SigningKeys } from './signing-keys.js';
import { contextOf } from './telling.js';

const tags = ['sign-in'];
const config = { public: true };
const guessed = { public: true, limit: 'sign-in' } as const;

/** What the bank has once, whoever signs in. */
export function bankRoutes(server: HttpServer, parts: SignInParts, keys: SigningKeys, first: FirstAdministratorOptions): void {
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
