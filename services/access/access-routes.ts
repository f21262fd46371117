import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Permission } from '../../shared/access/permissions.js';
import { reachOf } from '../../shared/access/rights.js';
import { commandContext } from '../../shared/http/command-context.js';
import { commandAnswer, type CommandResult } from '../../shared/http/answers.js';
import { etagOf } from '../../shared/http/conditional.js';
import { Refusal, type CommandContext } from '../../shared/http/context.js';
import { EVERYTHING, type RouteAccess } from '../../shared/http/route-access.js';
import type { AccessModel } from './access-model.js';
import type { Administration } from './administration.js';
import type { AccessCommand } from './commands.js';

/** What the route files of this module share. */
export interface AccessRoutes {
  readonly model: AccessModel;
  readonly administration: Administration;
  /** Opens nothing until `add-client-key` names it. */
  readonly issueMachineKey: (clientId: string, at: Date) => Promise<{ readonly keyId: string; readonly key: string }>;
  /** Where staff may sign in through an OpenID provider. */
  readonly openIdSubjects?: OpenIdSubjects;
}

export interface OpenIdSubjects {
  readonly issuer: string;
  digestOf(subject: string): string;
  /** Whoever got in by what is not linked any more is out. */
  endSessions(staffId: string, context: CommandContext): Promise<void>;
}

/** Changes of who there is need a permission that reaches all: whoever rules one branch only could otherwise raise somebody above it. */
export const administers: RouteAccess = { permission: 'access.administer', about: () => EVERYTHING };
export const readsAll: RouteAccess = { permission: 'access.read', about: () => EVERYTHING };
/** The handler narrows it. */
export const reads: RouteAccess = { permission: 'access.read' };

export const tags = ['access'];
export const idParams = z.strictObject({ id: z.uuid().toLowerCase() });
export const afterQuery = { after: z.string().regex(/^\d{1,19}$/, 'must be the position that a command answered').optional().meta({ description: 'Position that a command answered: the answer can see it' }) };

/** The state to answer from; with `after`, whatever was recorded up to now. */
export async function stateFor(model: AccessModel, { after }: { readonly after?: string | undefined }) {
  if (after !== undefined) await model.refresh();
  return model.current();
}

/** Which branches' staff the reader may see. */
export function branchReach({ principal: { rights } }: FastifyRequest, permission: Permission = 'access.read'): (branch: string) => boolean {
  const { everything, branches } = reachOf(rights, permission);
  return (branch) => everything || branches.includes(branch);
}

/** Whoever does not reach all is told the same of what is beyond reach and of what is not there. */
export const notThere = (request: FastifyRequest, code: 'staff_not_found'): Refusal =>
  reachOf(request.principal.rights, 'access.read').everything ? new Refusal({ code }) : new Refusal({ code: 'outside_scope', detail: 'there is no such record that your access.read reaches' });

export async function run(
  { administration }: AccessRoutes, request: FastifyRequest, reply: FastifyReply, about: string, command: AccessCommand, location?: string,
) {
  return answer(reply, await administration.execute(command, about, commandContext(request)), location);
}

export function answer(reply: FastifyReply, result: CommandResult, location?: string) {
  if (location !== undefined) reply.header('location', location);
  return reply.code(location === undefined ? 200 : 201).header('etag', etagOf(result.revision)).send(commandAnswer(result));
}
