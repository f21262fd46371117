import { z } from 'zod';
import { classified, internal, subjectId } from '../../../shared/access/classified.js';
import { moneySchema } from '../../../shared/events/values.js';
import { etagOf } from '../../../shared/http/conditional.js';
import { Refusal } from '../../../shared/http/context.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../../shared/http/cursor.js';
import { idParams } from '../../../shared/http/id-params.js';
import { aboutParam } from '../../../shared/http/route-access.js';
import type { HttpServer } from '../../../shared/http/route-module.js';
import { requireAccount } from '../accounts/routes.js';
import { holdById, holdsOf, type HoldSource } from './queries.js';

const statusSchema = z.enum(['active', 'captured', 'released', 'expired']);

const amount = classified(moneySchema, 'balances');

export const holdSchema = z
  .object({
    id: z.uuid(),
    accountId: subjectId(z.uuid(), 'account'),
    money: amount,
    captured: amount,
    status: statusSchema,
    placedAt: internal(z.string()),
    expiresAt: internal(z.string()).optional(),
    endedAt: internal(z.string()).optional(),
    to: internal(z.string()).optional().meta({ description: 'Where a capture pays to; the bank\'s clearing account where absent' }),
    movementId: internal(z.string()).optional().meta({ description: 'What it was captured by' }),
    memo: classified(z.string(), 'free-text').optional(),
    revision: z.int(),
  })
  .meta({ id: 'Hold' });

const listSchema = z.strictObject({ status: statusSchema.optional(), limit: limitSchema, cursor: cursorSchema });
const placeSchema = z.string().regex(/^\d{1,19}$/);

export function addHoldRoutes(server: HttpServer, source: HoldSource): void {
  const projection = 'ledger';

  server.get('/v1/holds/:id', {
    config: { projection, sends: ['ETag'], access: { permission: 'accounts.read', about: aboutParam('hold') } },
    schema: { tags: ['accounts'], summary: 'A hold', params: idParams, response: { 200: holdSchema } },
  }, async (request, reply) => {
    const { id } = request.params;
    const hold = await holdById(source, id);
    if (!hold) throw new Refusal({ code: 'hold_not_found' });
    return reply.header('etag', etagOf(hold.revision)).send(hold);
  });

  server.get('/v1/accounts/:id/holds', {
    config: { projection, access: { permission: 'accounts.read', about: aboutParam('account') } },
    schema: {
      tags: ['accounts'], summary: 'An account\'s holds, newest first', params: idParams, querystring: listSchema,
      response: { 200: z.object({ items: z.array(holdSchema), nextCursor: nextCursorSchema }) },
    },
  }, async (request) => {
    const { id } = request.params;
    const { status, limit = DEFAULT_LIMIT, cursor } = request.query;
    const query = { id, status };
    const before = cursor === undefined ? undefined : decodeCursor(request, placeSchema, cursor, query);
    await requireAccount(source.store, id);
    const { items, next } = await holdsOf(source, id, status, limit, before);
    return { items, ...(next !== undefined && { nextCursor: encodeCursor(request, next, query) }) };
  });
}
