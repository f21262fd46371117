import type { FastifyRequest } from 'fastify';
import type { Permit, Rights } from '../../../shared/access/rights.js';
import { viewsFrom } from '../../../shared/access/data-classes.js';
import type { Authenticate } from '../../../shared/http/authentication.js';
import { Refusal, type Principal } from '../../../shared/http/context.js';
import { RequestInvalid } from '../../../shared/http/validation.js';
import type { AccessClaims, AccessTokens } from './access-tokens.js';
import type { Client, Directory, Holder } from './directory.js';
import { looksLikeMachineKey } from './machine-keys.js';
import { CUSTOMERS, STAFF, type People } from './people.js';
import type { Revocations } from './revocations.js';

/** Whether staff without a second factor may do more than enrol one. */
export type SecondFactorPolicy = 'required' | 'when-enrolled';

/** A principal that signed in, or a client with its key. */
export type SignedInPrincipal = Principal;

export interface AuthenticationOptions {
  readonly tokens: AccessTokens;
  readonly revocations: Pick<Revocations, 'isRevoked'>;
  readonly directory: Directory;
  /** Customers who sign in for themselves; where absent there are none. */
  readonly customers?: Pick<Directory, 'byId' | 'rightsOf'>;
  /** So long a customer's second factor counts as fresh. */
  readonly stepUpLastsMs?: number;
  readonly clientOf: (token: string, at: Date) => Promise<Client | undefined>;
  /** Asked about tokens that are neither: the fixed ones of founding clients. */
  readonly fixed?: Authenticate;
  readonly secondFactor: SecondFactorPolicy;
  readonly now: () => Date;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Says who sends a request: by an access token, a client's key, or one of the fixed tokens. Rights are those of this moment, never those of the token. */
export function createAuthenticate({ tokens, revocations, directory, customers, stepUpLastsMs = 5 * 60_000, clientOf, fixed, secondFactor, now }: AuthenticationOptions): Authenticate {
  return async (request) => {
    const token = bearerOf(request);
    const at = now();
    if (looksLikeMachineKey(token)) return clientPrincipal((await clientOf(token, at)) ?? refuse());
    const claims = JWT.test(token) ? await tokens.verify(token, at) : undefined;
    if (claims === undefined) return fixed === undefined ? refuse() : fixed(request);
    if (revocations.isRevoked(claims.sessionId)) return refuse();
    if (claims.kind === 'customer') return customerPrincipal({ customers, stepUpLastsMs }, claims, request, at);
    const holder = (await directory.byId(claims.holderId, at)) ?? refuse();
    const actingAs = actingAsOf(request);
    const rights = (await (actingAs === undefined ? directory.rightsOf(holder.id, at) : directory.actingRightsOf(holder.id, actingAs, at))) ?? refuseActing(actingAs);
    const principal = staffPrincipal(holder, claims, secondFactor === 'required' && holder.passwordSuffices !== true && !isTwofold(claims) ? enrolmentOnly(rights, STAFF) : rights);
    return actingAs === undefined ? principal : { ...principal, actingAs };
  };
}

/** A passkey is two at once: the device, and the finger, face or PIN that unlocks it. */
export const isTwofold = ({ proofs }: Pick<AccessClaims, 'proofs'>): boolean => proofs.includes('hwk') || proofs.length > 1;

function bearerOf({ headers }: FastifyRequest): string {
  const token = /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw new Refusal({ code: 'unauthenticated', detail: 'send Authorization: Bearer <token>' });
  return token;
}

/** `X-Act-As: <staff id>`: in that person's place, where it was begun. */
function actingAsOf({ headers }: FastifyRequest): string | undefined {
  const sent = headers['x-act-as'];
  if (sent === undefined) return undefined;
  if (typeof sent !== 'string' || !UUID.test(sent)) throw new RequestInvalid([{ pointer: 'header:X-Act-As', code: 'format', detail: 'must be the id of a member of staff' }]);
  return sent.toLowerCase();
}

function refuseActing(actingAs: string | undefined): never {
  if (actingAs === undefined) return refuse();
  throw new Refusal({ code: 'permission_missing', detail: 'you do not act in that person\'s place' });
}

function refuse(): never {
  throw new Refusal({ code: 'unauthenticated', detail: 'the token is not valid' });
}

/** Of whoever has only a password where more is required: nothing but one's own factors. */
function enrolmentOnly({ holder, permits }: Rights, { permission }: People): Rights {
  const own: readonly Permit[] | undefined = permits.get(permission);
  return { holder, permits: new Map(own === undefined ? [] : [[permission, own]]), views: viewsFrom({}) };
}

/** Of a customer a second factor is always asked for, and nobody acts in their place. */
async function customerPrincipal({ customers, stepUpLastsMs }: Pick<AuthenticationOptions, 'customers'> & { readonly stepUpLastsMs: number }, claims: AccessClaims, request: FastifyRequest, at: Date): Promise<SignedInPrincipal> {
  const holder = (await customers?.byId(claims.holderId, at)) ?? refuse();
  if (actingAsOf(request) !== undefined) return refuseActing(holder.id);
  const rights = (await customers!.rightsOf(holder.id, at)) ?? refuse();
  const principal = staffPrincipal(holder, claims, isTwofold(claims) ? rights : enrolmentOnly(rights, CUSTOMERS));
  return { ...principal, kind: 'customer', ...(claims.steppedUp && { steppedUpUntil: new Date(claims.signedInAt.getTime() + stepUpLastsMs) }) };
}

const staffPrincipal = ({ id, role, branch }: Holder, { sessionId, signedInAt }: AccessClaims, rights: Rights): SignedInPrincipal =>
  ({ id, role, ...(branch !== undefined && { branch }), channel: 'online', rights, session: { id: sessionId, signedInAt } });

const clientPrincipal = ({ id, role, branch, rights }: Client): SignedInPrincipal => ({ id, role, ...(branch !== undefined && { branch }), channel: 'system', rights });
