import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { allRights } from '../access/rights.js';
import type { Principal } from './context.js';
import { Refusal } from './context.js';

/** Says who sends a request or throws Refusal `unauthenticated`. */
export type Authenticate = (request: FastifyRequest) => Promise<Principal> | Principal;

/** The machine client that founds a bank: it may do everything. */
export const bootstrapPrincipal: Principal = { id: 'bootstrap', role: 'administrator', channel: 'system', rights: allRights('bootstrap') };

/** `Authorization: Bearer <token>` against a fixed list, compared in constant time. */
export function bearerAuthentication(clients: readonly { readonly token: string; readonly principal: Principal }[]): Authenticate {
  const known = clients.map(({ token, principal }) => ({ digest: digestOf(token), principal }));
  return (request) => {
    const token = /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw new Refusal({ code: 'unauthenticated', detail: 'send Authorization: Bearer <token>' });
    const digest = digestOf(token);
    let found: Principal | undefined;
    for (const client of known) if (timingSafeEqual(client.digest, digest)) found = client.principal;
    if (!found) throw new Refusal({ code: 'unauthenticated', detail: 'the token is not valid' });
    return found;
  };
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
