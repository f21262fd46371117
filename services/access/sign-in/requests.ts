import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { commandContext } from '../../../shared/http/command-context.js';
import { Refusal, type CommandContext } from '../../../shared/http/context.js';
import type { SignedInPrincipal } from './authentication.js';
import type { Holder } from './directory.js';
import { requireRecentSignIn } from './own-password.js';
import type { Origin, SignInParts } from './parts.js';

/** What the log and the sessions say of where a request came from; the device is what the client says it is. */
export function originOf(request: FastifyRequest): Origin {
  const agent = request.headers['user-agent'] ?? '';
  return { address: request.ip, device: agent.replace(/[^\x20-\x7e]/g, '').slice(0, 200) || 'unknown', correlationId: request.id, at: request.receivedAt };
}

export interface OwnRequest {
  readonly principal: SignedInPrincipal;
  readonly holder: Holder;
  readonly sessionId: string;
  readonly origin: Origin;
  readonly context: CommandContext;
}

/** Of whoever is signed in, for things of their own. Throws Refusal `sign_in_needed` for clients, which have no sessions. */
export async function ownRequest(request: FastifyRequest, { directory, people }: Pick<SignInParts, 'directory' | 'people'>): Promise<OwnRequest> {
  const { principal } = request as { principal: SignedInPrincipal };
  const origin = originOf(request);
  const holder = principal.session && (await directory.byId(principal.id, origin.at));
  if (!principal.session || !holder || (principal.kind ?? 'staff') !== people.kind || principal.actingAs !== undefined) throw new Refusal({ code: 'sign_in_needed', detail: 'this is for those who signed in themselves' });
  return { principal, holder, sessionId: principal.session.id, origin, context: onceOnly(commandContext(request)) };
}

/** The same, where the sign-in is not long ago. */
export async function recentRequest(request: FastifyRequest, parts: Pick<SignInParts, 'directory' | 'people'>): Promise<OwnRequest> {
  const own = await ownRequest(request, parts);
  requireRecentSignIn(own.principal.session!.signedInAt, own.origin.at);
  return own;
}

/** Bodies here hold secrets: they are not hashed into events, and no answer with a secret is given twice. */
export function onceOnly({ commandHash: _, ...context }: CommandContext): CommandContext {
  return { ...context, commandId: randomUUID(), repeatable: false };
}
