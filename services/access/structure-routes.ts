import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { branchCodeSchema, roleNameSchema } from '../../shared/events/access/values.js';
import { commandContext } from '../../shared/http/command-context.js';
import { etagOf, requiredPrecondition } from '../../shared/http/conditional.js';
import { Refusal } from '../../shared/http/context.js';
import type { HttpServer } from '../../shared/http/route-module.js';
import { createdIdOf } from '../../shared/kernel/ids.js';
import { administers, afterQuery, answer, idParams, reads, readsAll, run, stateFor, tags, type AccessRoutes } from './access-routes.js';
import { changeBranchBody, changeClientBody, changeRoleBody, defineRoleBody, openBranchBody, registerClientBody, sent } from './bodies.js';
import type { ClientText } from './commands.js';
import { isBeyond, isKeyBeyond } from './raised-rights.js';
import { onceOnly } from './sign-in/requests.js';
import type { AccessState } from './state.js';
import { accessResultSchema, branchView, branchViewSchema, clientView, clientViewSchema, machineKeySchema, roleView, roleViewSchema } from './views.js';

const WEEK_MS = 7 * 86_400_000;
const BEYOND_OWN = { name: 'client-beyond-own', expiresAfterMs: WEEK_MS } as const;
const result = { 200: accessResultSchema };
const created = { 201: accessResultSchema };
const create = { idempotency: 'honoured', access: administers } as const;
const change = { ...create, ifMatch: true } as const;
const querystring = z.strictObject(afterQuery);
const listOf = <S extends z.ZodType>(item: S) => ({ 200: z.object({ items: z.array(item) }) });

export function branchRoutes(server: HttpServer, parts: AccessRoutes): void {
  const params = z.strictObject({ code: branchCodeSchema });
  server.get('/v1/branches', { config: { access: reads }, schema: { tags, summary: 'The tree of branches', querystring, response: listOf(branchViewSchema) } },
    async (request) => ({ items: [...(await stateFor(parts.model, request.query)).branches].map(([code, branch]) => branchView(code, branch)) }));

  server.get('/v1/branches/:code', { config: { access: reads }, schema: { tags, summary: 'A branch', params, querystring, response: { 200: branchViewSchema } } }, async (request, reply) => {
    const { code } = request.params;
    const branch = (await stateFor(parts.model, request.query)).branches.get(code);
    if (!branch) throw new Refusal({ code: 'branch_not_found' });
    return reply.header('etag', etagOf(branch.revision)).send(branchView(code, branch));
  });

  server.post('/v1/branches', { config: create, schema: { tags, summary: 'Open a branch', body: openBranchBody, response: created } }, async (request, reply) => {
    const { code, title, parent } = request.body;
    return run(parts, request, reply, code, { kind: 'open-branch', branch: code, title, parent }, `/v1/branches/${code}`);
  });

  server.patch('/v1/branches/:code', { config: change, schema: { tags, summary: 'Rename a branch, or move it with all below', params, body: changeBranchBody, response: result } }, async (request, reply) => {
    const { code } = request.params;
    return run(parts, request, reply, code, { kind: 'change-branch', branch: code, ...sent(request.body), precondition: requiredPrecondition(request) });
  });

  server.delete('/v1/branches/:code', { config: change, schema: { tags, summary: 'Close a branch, for good', params, response: result } }, async (request, reply) => {
    const { code } = request.params;
    return run(parts, request, reply, code, { kind: 'close-branch', branch: code, precondition: requiredPrecondition(request) });
  });
}

export function roleRoutes(server: HttpServer, parts: AccessRoutes): void {
  const params = z.strictObject({ name: roleNameSchema });
  server.get('/v1/roles', { config: { access: reads }, schema: { tags, summary: 'Roles', querystring, response: listOf(roleViewSchema) } },
    async (request) => ({ items: [...(await stateFor(parts.model, request.query)).roles].map(([name, role]) => roleView(name, role)) }));

  server.get('/v1/roles/:name', { config: { access: reads }, schema: { tags, summary: 'A role', params, querystring, response: { 200: roleViewSchema } } }, async (request, reply) => {
    const { name } = request.params;
    const role = (await stateFor(parts.model, request.query)).roles.get(name);
    if (!role) throw new Refusal({ code: 'role_not_found' });
    return reply.header('etag', etagOf(role.revision)).send(roleView(name, role));
  });

  server.post('/v1/roles', { config: create, schema: { tags, summary: 'Define a role', body: defineRoleBody, response: created } }, async (request, reply) => {
    const { name, title, permits, views } = request.body;
    return run(parts, request, reply, name, { kind: 'define-role', role: name, title, permits: permits.map(sent), views }, `/v1/roles/${name}`);
  });

  server.patch('/v1/roles/:name', { config: change, schema: { tags, summary: 'Change a role for everybody who has it', params, body: changeRoleBody, response: result } }, async (request, reply) => {
    const { name } = request.params;
    return run(parts, request, reply, name, { kind: 'change-role', role: name, ...sent(request.body), precondition: requiredPrecondition(request) });
  });

  server.delete('/v1/roles/:name', { config: change, schema: { tags, summary: 'Retire a role, for good', params, response: result } }, async (request, reply) => {
    const { name } = request.params;
    return run(parts, request, reply, name, { kind: 'retire-role', role: name, precondition: requiredPrecondition(request) });
  });
}

/** Keys are made where secrets are: services/access/sign-in. */
export function clientRoutes(server: HttpServer, parts: AccessRoutes): void {
  server.get('/v1/clients', { config: { access: readsAll }, schema: { tags, summary: 'Machine clients', querystring, response: listOf(clientViewSchema) } },
    async (request) => ({ items: [...(await stateFor(parts.model, request.query)).clients].map(([id, client]) => clientView(id, client)) }));

  server.get('/v1/clients/:id', { config: { access: readsAll }, schema: { tags, summary: 'A machine client', params: idParams, querystring, response: { 200: clientViewSchema } } }, async (request, reply) => {
    const { id } = request.params;
    const client = (await stateFor(parts.model, request.query)).clients.get(id);
    if (!client) throw new Refusal({ code: 'client_not_found' });
    return reply.header('etag', etagOf(client.revision)).send(clientView(id, client));
  });

  /** Its key is shown to whoever asks for it: more than they may do themselves, one alone gives to no client. */
  const beyondOwn = (textOf: (request: FastifyRequest, state: AccessState) => ClientText | undefined) => async (request: FastifyRequest) => {
    const state = await parts.model.current();
    const text = textOf(request, state);
    return text && isBeyond(state, (request.params as { id?: string }).id, text, request.principal.rights) ? BEYOND_OWN : undefined;
  };
  const registers = { ...create, access: { ...administers, policy: beyondOwn(({ body }) => body as ClientText) } } as const;
  const changes = { ...change, access: { ...administers, policy: beyondOwn(({ params, body }, { clients }) => {
    const client = clients.get((params as { id: string }).id);
    return client && { ...client, ...(body as object) };
  }) } } as const;

  server.post('/v1/clients', { config: registers, schema: { tags, summary: 'Register a machine client', body: registerClientBody, response: created } }, async (request, reply) => {
    const context = commandContext(request);
    const clientId = createdIdOf(context.commandId, 'client');
    return answer(reply, await parts.administration.execute({ kind: 'register-client', clientId, ...request.body, within: request.principal.rights }, clientId, context), `/v1/clients/${clientId}`);
  });

  server.patch('/v1/clients/:id', { config: changes, schema: { tags, summary: 'Change what a client may do', params: idParams, body: changeClientBody, response: result } }, async (request, reply) => {
    const { id: clientId } = request.params;
    return run(parts, request, reply, clientId, { kind: 'change-client', clientId, ...sent(request.body), within: request.principal.rights, precondition: requiredPrecondition(request) });
  });

  server.delete('/v1/clients/:id', { config: change, schema: { tags, summary: 'Revoke a client with all its keys, for good', params: idParams, response: result } }, async (request, reply) => {
    const { id: clientId } = request.params;
    return run(parts, request, reply, clientId, { kind: 'revoke-client', clientId, precondition: requiredPrecondition(request) });
  });

  const allows = { ...change, access: { ...administers, policy: async ({ params, principal }: FastifyRequest) =>
    (isKeyBeyond(await parts.model.current(), (params as { id: string }).id, principal.rights) ? BEYOND_OWN : undefined) } } as const;

  server.post('/v1/clients/:id/key-allowance', {
    config: allows,
    schema: { tags, summary: 'Ask for leave to be shown a key', description: 'Of a client that can do more than who asks: waits for another administrator, and then lets who asked have one key within a day. For any other client it changes nothing.', params: idParams, response: result },
  }, async (request, reply) => {
    const { id: clientId } = request.params;
    return run(parts, request, reply, clientId, { kind: 'allow-client-key', clientId, within: request.principal.rights, precondition: requiredPrecondition(request) });
  });

  server.post('/v1/clients/:id/keys', {
    config: { access: { ...administers, runsAtOnce: true }, ifMatch: true },
    schema: { tags, summary: 'Give a client another key; it is shown once', description: 'Sent again it gives another one: retire those that are not used. Of a client that can do more than who asks, only to whom another administrator gave leave.', params: idParams, response: { 201: machineKeySchema } },
  }, async (request, reply) => {
    const { id: clientId } = request.params;
    const precondition = requiredPrecondition(request);
    const context = onceOnly(commandContext(request));
    const { keyId, key } = await parts.issueMachineKey(clientId, context.at);
    const { revision, position } = await parts.administration.execute({ kind: 'add-client-key', clientId, keyId, within: request.principal.rights, precondition }, clientId, context);
    return reply.code(201).header('etag', etagOf(revision)).header('location', `/v1/clients/${clientId}/keys/${keyId}`)
      .send({ id: clientId, revision: Number(revision), position: position.toString(), keyId, key });
  });

  server.delete('/v1/clients/:id/keys/:key', {
    config: change, schema: { tags, summary: 'Retire a key of a client', params: z.strictObject({ id: z.uuid().toLowerCase(), key: z.uuid().toLowerCase() }), response: result },
  }, async (request, reply) => {
    const { id: clientId, key: keyId } = request.params;
    return run(parts, request, reply, clientId, { kind: 'retire-client-key', clientId, keyId, precondition: requiredPrecondition(request) });
  });
}
