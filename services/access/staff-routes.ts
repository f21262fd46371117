import { z } from 'zod';
import { reachOf } from '../../shared/access/rights.js';
import { branchCodeSchema } from '../../shared/events/access/values.js';
import { commandContext } from '../../shared/http/command-context.js';
import { etagOf, requiredPrecondition } from '../../shared/http/conditional.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../shared/http/cursor.js';
import type { HttpServer } from '../../shared/http/route-module.js';
import { createdIdOf } from '../../shared/kernel/ids.js';
import { administers, afterQuery, answer, branchReach, idParams, notThere, reads, run, stateFor, tags, type AccessRoutes } from './access-routes.js';
import { actAsBody, assignBody, changeStaffBody, grantBody, hireBody, reasonBody, sent, timeOf, windowOf } from './bodies.js';
import { accessResultSchema, staffView, staffViewSchema } from './views.js';

const result = { 200: accessResultSchema };
const created = { 201: accessResultSchema };
const change = { idempotency: 'honoured', ifMatch: true, access: administers } as const;

/** Staff, where they work, and whether they work at all. */
export function staffRoutes(server: HttpServer, parts: AccessRoutes): void {
  const { model, administration } = parts;

  server.get('/v1/staff', {
    config: { access: reads },
    schema: {
      tags, summary: 'Staff within reach, by username',
      querystring: z.strictObject({ limit: limitSchema, cursor: cursorSchema, branch: branchCodeSchema.optional(), status: z.enum(['active', 'suspended', 'left']).optional(), ...afterQuery }),
      response: { 200: z.object({ items: z.array(staffViewSchema), nextCursor: nextCursorSchema }) },
    },
  }, async (request) => {
    const { limit = DEFAULT_LIMIT, cursor, branch, status, after } = request.query;
    const query = { branch, status };
    const { staff } = await stateFor(model, { after });
    const reaches = branchReach(request);
    const all = [...staff].filter(([, one]) => reaches(one.branch) && (branch === undefined || one.branch === branch) && (status === undefined || one.status === status))
      .sort(([, a], [, b]) => (a.username < b.username ? -1 : 1));
    const start = cursor === undefined ? 0 : all.findIndex(([id]) => id === decodeCursor(request, z.uuid(), cursor, query)) + 1;
    const page = all.slice(start, start + limit);
    const last = start + limit < all.length ? page.at(-1) : undefined;
    return { items: page.map(([id, one]) => staffView(id, one)), ...(last && { nextCursor: encodeCursor(request, last[0], query) }) };
  });

  server.get('/v1/staff/:id', {
    config: { access: reads }, schema: { tags, summary: 'A member of staff, with assignments and grants', params: idParams, querystring: z.strictObject(afterQuery), response: { 200: staffViewSchema } },
  }, async (request, reply) => {
    const { id } = request.params;
    const staff = (await stateFor(model, request.query)).staff.get(id);
    if (!staff || !branchReach(request)(staff.branch)) throw notThere(request, 'staff_not_found');
    return reply.header('etag', etagOf(staff.revision)).send(staffView(id, staff));
  });

  server.post('/v1/staff', {
    config: { idempotency: 'honoured', access: administers }, schema: { tags, summary: 'Hire', body: hireBody, response: created },
  }, async (request, reply) => {
    const context = commandContext(request);
    const staffId = createdIdOf(context.commandId, 'staff');
    return answer(reply, await administration.execute({ kind: 'hire', staffId, ...request.body, person: sent(request.body.person) }, staffId, context), `/v1/staff/${staffId}`);
  });

  server.patch('/v1/staff/:id', {
    config: change, schema: { tags, summary: 'Rename, transfer, or correct what is known about a person', params: idParams, body: changeStaffBody, response: result },
  }, async (request, reply) => {
    const { person, ...rest } = request.body;
    const command = { kind: 'change-staff', staffId: request.params.id, ...sent(rest), ...(person && { person: sent(person) }), precondition: requiredPrecondition(request) } as const;
    return run(parts, request, reply, request.params.id, command);
  });

  for (const [method, path, kind, summary] of [
    ['PUT', 'suspension', 'suspend', 'Suspend'], ['POST', 'reinstatement', 'reinstate', 'Lift a suspension'], ['PUT', 'departure', 'leave', 'Record that a person has left; for good'],
  ] as const)
    server.route({
      method, url: `/v1/staff/:id/${path}`, config: change, schema: { tags, summary, params: idParams, body: reasonBody.optional(), response: result },
      handler: async (request, reply) => {
        const { id } = request.params as z.output<typeof idParams>;
        const body = request.body as z.output<typeof reasonBody> | undefined;
        return run(parts, request, reply, id, { kind, staffId: id, ...sent(body ?? {}), precondition: requiredPrecondition(request) });
      },
    });
}

/** What they may do: roles at branches, temporary grants, and acting as others. */
export function assignmentRoutes(server: HttpServer, parts: AccessRoutes): void {
  const { model, administration } = parts;
  const itemParams = z.strictObject({ id: z.uuid().toLowerCase(), item: z.uuid().toLowerCase() });

  server.post('/v1/staff/:id/assignments', {
    config: change, schema: { tags, summary: 'Give a role at a branch and those below it', params: idParams, body: assignBody, response: created },
  }, async (request, reply) => {
    const { id: staffId } = request.params;
    const context = commandContext(request);
    const { role, branch } = request.body;
    const assignmentId = createdIdOf(context.commandId, 'assignment');
    const command = { kind: 'assign', staffId, assignmentId, role, branch, ...windowOf(request.body), precondition: requiredPrecondition(request) } as const;
    return answer(reply, { ...(await administration.execute(command, staffId, context)), id: assignmentId }, `/v1/staff/${staffId}/assignments/${assignmentId}`);
  });

  server.post('/v1/staff/:id/grants', {
    config: change, schema: { tags, summary: 'Give a permission or a role for a time', params: idParams, body: grantBody, response: created },
  }, async (request, reply) => {
    const { id: staffId } = request.params;
    const context = commandContext(request);
    const { body } = request;
    const grantId = createdIdOf(context.commandId, 'grant');
    const granted = body.kind === 'role' ? { kind: body.kind, role: body.role } : { kind: body.kind, permit: sent(body.permit) };
    const command = { kind: 'grant', staffId, grantId, granted, branch: body.branch, reason: body.reason, ...windowOf(body), until: timeOf(body.until), precondition: requiredPrecondition(request) } as const;
    return answer(reply, { ...(await administration.execute(command, staffId, context)), id: grantId }, `/v1/staff/${staffId}/grants/${grantId}`);
  });

  server.delete('/v1/staff/:id/assignments/:item', {
    config: change, schema: { tags, summary: 'End an assignment', params: itemParams, response: result },
  }, async (request, reply) => {
    const { id: staffId, item: assignmentId } = request.params;
    return run(parts, request, reply, staffId, { kind: 'end-assignment', staffId, assignmentId, precondition: requiredPrecondition(request) });
  });

  server.delete('/v1/staff/:id/grants/:item', {
    config: change, schema: { tags, summary: 'End a grant before its time', params: itemParams, response: result },
  }, async (request, reply) => {
    const { id: staffId, item: grantId } = request.params;
    return run(parts, request, reply, staffId, { kind: 'end-grant', staffId, grantId, precondition: requiredPrecondition(request) });
  });

  server.post('/v1/act-as', {
    config: { idempotency: 'honoured', access: { permission: 'access.act-as' } },
    schema: { tags, summary: 'Begin to act as another member of staff, for hours', description: 'Whatever is then done so names both. Rights to administer and to decide on requests are never lent.', body: actAsBody, response: created },
  }, async (request, reply) => {
    const { staffId: asStaffId, until, reason } = request.body;
    const other = (await model.current()).staff.get(asStaffId);
    const { everything, branches } = reachOf(request.principal.rights, 'access.act-as');
    if (!everything && !(other && branches.includes(other.branch))) throw notThere(request, 'staff_not_found');
    const context = commandContext(request);
    const actAsId = createdIdOf(context.commandId, 'act-as');
    const done = await administration.execute({ kind: 'act-as', actAsId, asStaffId, until: timeOf(until), reason }, request.principal.id, context);
    return answer(reply, { ...done, id: actAsId }, `/v1/act-as/${actAsId}`);
  });

  server.delete('/v1/act-as/:id', {
    config: { idempotency: 'honoured', access: { permission: 'access.act-as' } }, schema: { tags, summary: 'Stop acting as another', params: idParams, response: result },
  }, async (request, reply) => run(parts, request, reply, request.principal.id, { kind: 'end-act-as', actAsId: request.params.id }));
}
