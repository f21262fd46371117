import { z } from 'zod';
import { internal } from '../../../shared/access/classified.js';
import { reachOf } from '../../../shared/access/rights.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../../shared/http/cursor.js';
import { idParams } from '../../../shared/http/id-params.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import type { Pool } from '../../../shared/read-store/pool.js';
import { failingOf, findDeliveries, type DeliveryRow } from './delivered.js';

const time = z.iso.datetime();
const deliverySchema = z.object({
  alert: z.uuid(), case: z.uuid(), attempts: z.int(), firstAt: time, lastAt: time, takenAt: time.optional(), reason: internal(z.string()).optional().meta({ description: 'Why it was not taken when it was sent last' }),
}).meta({ id: 'WebhookDelivery' });
const failingSchema = z.object({ since: time, attempts: z.int().meta({ description: 'Of the alert that it does not take' }), reason: internal(z.string()) }).meta({ id: 'WebhookFailing' });

/** `pool`: of the database `ops`, whose tables are there. */
export function webhookDeliveriesRoutes(pool: Pool): RouteModule {
  return {
    name: 'webhook-deliveries',
    description: 'What programs outside were told, and what they did not take',
    rejections: [],
    routes(server) {
      server.get('/v1/risk/webhooks/:id/deliveries', {
        config: { access: { permission: 'risk.tell' } },
        schema: {
          tags: ['risk'], summary: 'What a program was sent in the last 90 days, newest first, taken or not; nothing for one that is not there', params: idParams,
          description: 'For readers whose reach is the whole bank, nothing for others: it speaks of everybody.', querystring: z.strictObject({ limit: limitSchema, cursor: cursorSchema }),
          response: { 200: z.object({ failing: failingSchema.optional().meta({ description: 'Absent while it takes what it is sent' }), items: z.array(deliverySchema), nextCursor: nextCursorSchema }) },
        },
      }, async (request) => {
        const { id } = request.params;
        if (!reachOf(request.principal.rights, 'risk.tell').everything) return { items: [] };
        const { limit = DEFAULT_LIMIT, cursor } = request.query;
        const place = cursor === undefined ? undefined : decodeCursor(request, z.tuple([z.string(), z.uuid()]), cursor, { id });
        const [failing, { items, next }] = await Promise.all([failingOf(pool, id), findDeliveries(pool, id, limit, place)]);
        return { ...(failing && { failing: { ...failing, since: failing.since.toISOString() } }), items: items.map(deliveryView), ...(next && { nextCursor: encodeCursor(request, next, { id }) }) };
      });
    },
  };
}

const deliveryView = (row: DeliveryRow): z.output<typeof deliverySchema> => ({
  alert: row.alert_id, case: row.case_id, attempts: row.attempts, firstAt: row.first_at.toISOString(), lastAt: row.last_at.toISOString(), ...(row.taken_at && { takenAt: row.taken_at.toISOString() }),
  ...(row.reason !== null && { reason: row.reason }),
});
