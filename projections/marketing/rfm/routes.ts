import { z } from 'zod';
import { classified, subjectId } from '../../../shared/access/classified.js';
import { breakpointsSchema, scoreSchema, valueTierSchema } from '../../../shared/events/marketing/rfm-events.js';
import { moneySchema } from '../../../shared/events/values.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../../shared/http/cursor.js';
import { idParams } from '../../../shared/http/id-params.js';
import { aboutParam } from '../../../shared/http/route-access.js';
import type { RouteModule } from '../../../shared/http/route-module.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import { findRuns, ratingsOf } from './queries.js';

const count = z.int().min(0);
const id = z.uuid();
const date = z.iso.date();
const time = z.iso.datetime();
const ofMarketing = <S extends z.ZodType>(schema: S): S => classified(schema, 'marketing');
const ofMovements = <S extends z.ZodType>(schema: S): S => classified(schema, 'movements');
const breakpoints = ofMarketing(breakpointsSchema).optional().meta({ description: 'Frozen with the run; left out where fewer than ten customers were rated: they would tell what one of them did' });

const runSchema = z.object({
  id, date, from: date, at: time, cause: id, customers: count, begunAt: time, breakpoints,
  completed: z.object({ at: time, rated: count, lapsed: count, tiers: z.object({ top: count, high: count, middle: count, low: count }) }).optional(),
}).meta({ id: 'RfmRun', description: 'Customers scored by what they did from `from` up to, and not with, `date`, a month\'s first day by the bank\'s calendar; `cause`: the event by which it was known that the month had turned' });

/** Each score with what it was given for. */
export const ratingItemSchema = z.object({
  customer: subjectId(z.string(), 'customer'), run: id, date, from: date,
  rating: z.object({
    recency: z.object({ score: ofMarketing(scoreSchema), days: ofMovements(count) }), frequency: z.object({ score: ofMarketing(scoreSchema), movements: ofMovements(count) }),
    monetary: z.object({ score: ofMarketing(scoreSchema), amounts: ofMovements(z.array(moneySchema)) }), tier: ofMarketing(valueTierSchema), cell: ofMarketing(z.string()),
  }).optional().meta({ description: 'Left out: rated before, and by this run no more' }),
  breakpoints,
}).meta({ id: 'CustomerRating', description: 'What a run said of a customer and why: each score, what it was given for, and what every score began at' });

const tags = ['marketing'];
const paging = z.strictObject({ limit: limitSchema, cursor: cursorSchema });
const placeSchema = z.strictObject({ date, customer: id });

/** Runs of RFM, and a customer's scores and value tier. */
export function rfmQueryRoutes({ store, idsOf }: { readonly store: ReadStore; readonly idsOf: (customerId: string) => Promise<readonly string[]> }): RouteModule {
  return {
    name: 'marketing-rfm',
    description: 'Recency, frequency and money of customers, month by month',
    rejections: [],
    routes(server) {
      server.get('/v1/marketing/rfm/runs', {
        config: { projection: 'marketing', access: { permission: 'marketing.read', ofTheBank: true } },
        schema: { tags, summary: 'Runs of RFM with what each score began at, the newest first', querystring: paging, response: { 200: z.object({ items: z.array(runSchema), nextCursor: nextCursorSchema }) } },
      }, async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query;
        const { items, next } = await findRuns(store, limit, cursor === undefined ? undefined : decodeCursor(request, date, cursor, {}));
        return { items: items as z.output<typeof runSchema>[], ...(next !== undefined && { nextCursor: encodeCursor(request, next, {}) }) };
      });

      server.get('/v1/customers/:id/rfm', {
        config: { projection: 'marketing', access: { permission: 'marketing.read', about: aboutParam('customer') } },
        schema: {
          tags, summary: 'A customer\'s RFM scores and value tier by run, the newest first, with what they were given for', params: idParams, querystring: paging,
          response: { 200: z.object({ items: z.array(ratingItemSchema), nextCursor: nextCursorSchema }) },
        },
      }, async (request) => {
        const { params: { id: customer }, query: { limit = DEFAULT_LIMIT, cursor } } = request;
        const place = cursor === undefined ? undefined : decodeCursor(request, placeSchema, cursor, { customer });
        const { items, next } = await ratingsOf(store, await idsOf(customer), limit, place);
        return { items: items as z.output<typeof ratingItemSchema>[], ...(next !== undefined && { nextCursor: encodeCursor(request, next, { customer }) }) };
      });
    },
  };
}
