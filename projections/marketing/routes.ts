import { z } from 'zod';
import { classified, internal, subjectId } from '../../shared/access/classified.js';
import { reachOf } from '../../shared/access/rights.js';
import { MEMBERSHIP_REASONS } from '../../shared/events/marketing/membership-events.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../shared/http/cursor.js';
import { idParams } from '../../shared/http/id-params.js';
import { momentSchema } from '../../shared/http/moments.js';
import { aboutParam } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import { findMembers, findSegments, segmentsOf } from './queries.js';

const code = internal(z.string());
const id = z.uuid();
const time = z.iso.datetime();
const statuses = z.enum(['draft', 'submitted', 'published', 'superseded', 'withdrawn']);
const kinds = z.enum(['dynamic', 'list']);
const because = z.enum(MEMBERSHIP_REASONS);
const ofMarketing = <S extends z.ZodType>(schema: S): S => classified(schema, 'marketing');

const versionSchema = z.object({
  version: z.int(), status: statuses, name: code, hash: code, draftedBy: code, draftedAt: time, publishedBy: code.optional(), publishedAt: time.optional(), endedAt: time.optional(),
  parked: z.object({ code, cause: id }).optional(),
});
const segmentItemSchema = z.object({ id, kind: kinds, versions: z.array(versionSchema) }).meta({ id: 'SegmentItem', description: 'A segment with all its versions; what they say: GET /v1/marketing/segments/{id}' });
const memberSchema = z.object({ customer: subjectId(z.string(), 'customer'), since: ofMarketing(time), version: ofMarketing(z.int()), because: ofMarketing(because) })
  .meta({ id: 'SegmentMember', description: 'Why, in full: GET /v1/customers/{id}/segments/{segment}' });
const ofCustomerSchema = z.object({
  segment: ofMarketing(id), name: ofMarketing(z.string()), version: ofMarketing(z.int()), since: ofMarketing(time), because: ofMarketing(because), until: ofMarketing(time).optional(),
}).meta({ id: 'SegmentOfCustomer' });

const tags = ['marketing'];
const config = { projection: 'marketing', access: { permission: 'marketing.read' } } as const;
const paging = { limit: limitSchema, cursor: cursorSchema };
const asOf = momentSchema.optional().meta({ description: 'Who was in at that moment, by booking time; now unless said' });

/** Lists. One segment, and why somebody is in, is services/marketing. */
export function marketingQueryRoutes({ store, idsOf }: { readonly store: ReadStore; readonly idsOf: (customerId: string) => Promise<readonly string[]> }): RouteModule {
  return {
    name: 'marketing-queries',
    description: 'Lists of segments and of who is in them',
    rejections: [],
    routes(server) {
      server.get('/v1/marketing/segments', {
        config: { ...config, access: { ...config.access, ofTheBank: true } },
        schema: {
          tags, summary: 'Segments with their versions', response: { 200: z.object({ items: z.array(segmentItemSchema), nextCursor: nextCursorSchema }) },
          querystring: z.strictObject({ status: statuses.optional().meta({ description: 'Segments of which some version is that' }), kind: kinds.optional(), ...paging }),
        },
      }, async (request) => {
        const { limit = DEFAULT_LIMIT, cursor, status, kind } = request.query;
        const filter = { status, kind };
        const place = cursor === undefined ? undefined : decodeCursor(request, z.uuid(), cursor, filter);
        const { items, next } = await findSegments(store, filter, limit, place);
        return { items, ...(next !== undefined && { nextCursor: encodeCursor(request, next, filter) }) };
      });

      server.get('/v1/marketing/segments/:id/members', {
        config,
        schema: {
          tags, summary: 'Customers within reach who are in a segment, or were', params: idParams, querystring: z.strictObject({ asOf, ...paging }),
          response: { 200: z.object({ items: z.array(memberSchema), nextCursor: nextCursorSchema, total: z.int().optional().meta({ description: 'On the first page: how many of those within reach' }) }) },
        },
      }, async (request) => {
        const { params: { id: segment }, query: { limit = DEFAULT_LIMIT, cursor, asOf: at } } = request;
        const asked = { segment, asOf: at };
        const place = cursor === undefined ? undefined : decodeCursor(request, z.uuid(), cursor, asked);
        const { items, total, next } = await findMembers(store, segment, at, reachOf(request.principal.rights, 'marketing.read'), limit, place);
        return { items: items as z.output<typeof memberSchema>[], ...(total !== undefined && { total }), ...(next !== undefined && { nextCursor: encodeCursor(request, next, asked) }) };
      });

      server.get('/v1/customers/:id/segments', {
        config: { projection: 'marketing', access: { permission: 'marketing.read', about: aboutParam('customer') } },
        schema: { tags, summary: 'The segments that a customer is in, or was', params: idParams, querystring: z.strictObject({ asOf }), response: { 200: z.object({ items: z.array(ofCustomerSchema) }) } },
      }, async (request) => {
        const found = await segmentsOf(store, await idsOf(request.params.id), request.query.asOf);
        return { items: found.map(({ segment, name, version, since, because: why, left }) => ({ segment, name, version, since, because: why as z.output<typeof because>, ...(left && { until: left.at }) })) };
      });
    },
  };
}
