import { z } from 'zod';
import { internal } from '../../shared/access/classified.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../shared/http/cursor.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import { findApprovals } from './queries.js';

const code = internal(z.string());
const statusSchema = z.enum(['pending', 'approved', 'executed', 'refused', 'rejected', 'withdrawn', 'expired']);
const itemSchema = z
  .object({
    id: z.uuid(), revision: z.int(), status: statusSchema, rule: code, permission: code, method: code, route: code,
    requester: z.object({ id: code, role: code, actingAs: code.optional() }),
    requestedAt: z.iso.datetime(), expiresAt: z.iso.datetime(), decidedBy: code.optional(), decidedAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'ApprovalItem', description: 'What it would change: GET /v1/approvals/{id}' });

/** Lists. One request, and deciding on it, is services/approvals. */
export function approvalQueryRoutes(store: ReadStore): RouteModule {
  return {
    name: 'approval-queries',
    description: 'Lists of requests for approval',
    rejections: [],
    routes(server) {
      server.get('/v1/approvals', {
        config: { projection: 'approvals', access: { permission: 'approvals.read' } },
        schema: {
          tags: ['approvals'], summary: 'Requests for approval within reach and one\'s own, newest first',
          querystring: z.strictObject({ status: statusSchema.optional(), mine: z.enum(['true', 'false']).optional().meta({ description: 'true: one\'s own alone' }), limit: limitSchema, cursor: cursorSchema }),
          response: { 200: z.object({ items: z.array(itemSchema), nextCursor: nextCursorSchema }) },
        },
      }, async (request) => {
        const { status, mine = 'false', limit = DEFAULT_LIMIT, cursor } = request.query;
        const { id, rights } = request.principal;
        const query = { status, mine };
        const place = cursor === undefined ? undefined : decodeCursor(request, z.tuple([z.string(), z.uuid()]), cursor, query);
        const { items, next } = await findApprovals(store, { status, ...(mine === 'true' && { requesterId: id }) }, rights, id, limit, place);
        return { items: items as z.output<typeof itemSchema>[], ...(next && { nextCursor: encodeCursor(request, next, query) }) };
      });
    },
  };
}
