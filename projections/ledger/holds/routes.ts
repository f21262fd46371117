import { z } from 'zod';
import { moneySchema } from '../../../shared/events/values.js';
import { etagOf } from '../../../shared/http/conditional.js';
import { Refusal } from '../../../shared/http/context.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema } from '../../../shared/http/cursor.js';
import type { HttpServer } from '../../../shared/http/route-module.js';
import { requireAccount } from '../accounts/routes.js';
import { idParams, isId } from '../views.js';
import { holdById, holdsOf, type HoldSource } from './queries.js';

const statusSchema = z.enum(['active', 'captured', 'released', 'expired']);

const holdSchema = z
  .object({
    id: z.uuid(),
    accountId: z.uuid(),
    money: moneySchema,
    captured: moneySchema,
    status: statusSchema,
    placedAt: z.string(),
    expiresAt: z.string().optional(),
    endedAt: z.string().optional(),
    to: z.string().optional().meta({ description: 'Where a capture pays to; the bank\'s clearing account where absent' }),
    movementId: z.string().optional().meta({ description: 'What it was captured by' }),
    memo: z.string().optional(),
    revision: z.int(),
  })
  .meta({ id: 'Hold' });

const listSchema = z.strictObject({ status: statusSchema.optional(), limit: limitSchema, cursor: cursorSchema });
const placeSchema = z.string().regex(/^\d{1,19}$/);

export function addHoldRoutes(server: HttpServer, source: HoldSource): void {
  const config = { projection: 'ledger' };

  server.get('/v1/holds/:id', {
    config,
    schema: { tags: ['accounts'], summary: 'A hold', params: idParams, response: { 200: holdSchema } },
  }, async (request, reply) => {
    const { id } = request.params;
    const hold = isId(id) ? await holdById(source, id) : undefined;
    if (!hold) throw new Refusal({ code: 'hold_not_found' });
    return reply.header('etag', etagOf(hold.revision)).send(hold);
  });

  server.get('/v1/accounts/:id/holds', {
    config,
    schema: {
      tags: ['accounts'], summary: 'An account\'s holds, newest first', params: idParams, querystring: listSchema,
      response: { 200: z.object({ items: z.array(holdSchema), nextCursor: z.string().optional() }) },
    },
  }, async (request) => {
    const { id } = request.params;
    const { status, limit = DEFAULT_LIMIT, cursor } = request.query;
    const query = { id: id.toLowerCase(), status };
    const before = cursor === undefined ? undefined : decodeCursor(placeSchema, cursor, query);
    await requireAccount(source.store, id);
    const { items, next } = await holdsOf(source, id, status, limit, before);
    return { items, ...(next !== undefined && { nextCursor: encodeCursor(next, query) }) };
  });
}
