import { z } from 'zod';
import { classified } from '../../shared/access/classified.js';
import { customerViewSchema } from '../../shared/events/customers/view.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../shared/http/cursor.js';
import { RequestInvalid } from '../../shared/http/validation.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { INCOME_BANDS } from './coarse.js';
import type { CustomerFilter } from './conditions.js';
import { isPlaceOf, SORTS, type CustomerQueries, type Place, type Sort } from './search.js';

const text = (max: number) => z.string().trim().min(1).max(max).optional();
const year = z.string().regex(/^\d{4}$/, 'must be a year');
const time = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time, such as 2025-01-31T08:00:00Z' }).optional();

const filters = {
  name: classified(text(100), 'name').meta({ description: 'Chinese, pinyin or Latin; whole or in part; ranked, best first' }),
  idNumber: classified(text(40), 'identity-number').meta({ description: 'ID document or credit code; exact' }),
  phone: classified(text(40), 'contact').meta({ description: 'Any usual form, with or without country code' }),
  accountNumber: classified(text(40), 'account-number'),
  kind: z.enum(['individual', 'corporate']).optional(),
  status: z.enum(['active', 'erased']).optional(),
  branch: text(20),
  product: classified(text(40), 'balances').meta({ description: 'Holds an open account of this product' }),
  sex: classified(z.enum(['male', 'female', 'unknown']).optional(), 'identity'),
  cityCode: classified(text(20), 'contact'),
  incomeBand: classified(z.enum(INCOME_BANDS).optional(), 'income'),
  riskLevel: classified(z.enum(['conservative', 'balanced', 'aggressive']).optional(), 'preferences'),
  registeredFrom: time,
  registeredTo: time,
  sort: z.enum(SORTS).optional().meta({ description: 'registeredAt where absent; a search by name is ranked instead' }),
};
const querySchema = z.strictObject({ ...filters, bornFrom: classified(year, 'identity').optional(), bornTo: classified(year, 'identity').optional(), limit: limitSchema, cursor: cursorSchema });
const bodySchema = z.strictObject({
  ...filters, bornFrom: classified(z.int().min(1000).max(9999), 'identity').optional(), bornTo: classified(z.int().min(1000).max(9999), 'identity').optional(), limit: z.int().min(1).max(200).optional(), cursor: cursorSchema,
});
/** Of a ranking, how far; of a sorted list, the last row's value and id. */
const placeSchema = (ranked: boolean, sort: Sort) =>
  ranked ? z.int().min(1).max(100_000) : z.tuple([z.string().refine((value) => isPlaceOf(sort, value)), z.uuid()]);

const pageSchema = z.object({
  items: z.array(customerViewSchema),
  nextCursor: nextCursorSchema,
  cut: z.literal(true).optional().meta({ description: 'Too many fit the name: the best of the first candidates are shown; ask more narrowly' }),
});
const tags = ['customers'];
const sortsBy = { birthYear: 'identity' } as const;
const config = { projection: 'customers', access: { permission: 'customers.search', sortsBy } } as const;
const bodyConfig = { projection: 'customers', access: { permission: 'customers.search', sortsBy, asksByBody: true } } as const;

/** Lists and searches. The same search is a GET, and a POST for those who keep personal values out of URLs. */
export function customerQueryRoutes(queries: CustomerQueries): RouteModule {
  async function answer(pointerOf: (field: string) => string, { sort = 'registeredAt', limit = DEFAULT_LIMIT, cursor, ...filter }: CustomerFilter & { sort?: Sort; limit?: number; cursor?: string }) {
    if (filter.name !== undefined && !/[\p{L}\p{N}]/u.test(filter.name)) throw new RequestInvalid([{ pointer: pointerOf('name'), code: 'format', detail: 'must hold a letter or a character' }]);
    const query = { ...filter, sort };
    const place = cursor === undefined ? undefined : (decodeCursor(placeSchema(filter.name !== undefined, sort), cursor, query) as Place);
    const { items, next, cut } = await queries.find(filter, sort, limit, place);
    return { items: [...items], ...(next !== undefined && { nextCursor: encodeCursor(next, query) }), ...(cut && { cut }) };
  }

  return {
    name: 'customer-search',
    description: 'Lists and searches of customers',
    rejections: [],
    routes(server) {
      server.get('/v1/customers', { config, schema: { tags, summary: 'List or search customers', querystring: querySchema, response: { 200: pageSchema } } }, async (request) => {
        const { bornFrom, bornTo, after: _, ...query } = request.query as typeof request.query & { after?: string };
        return answer((field) => `?${field}`, { ...query, ...(bornFrom !== undefined && { bornFrom: Number(bornFrom) }), ...(bornTo !== undefined && { bornTo: Number(bornTo) }) } as Parameters<typeof answer>[1]);
      });
      server.post('/v1/customers/search', { config: bodyConfig, schema: { tags, summary: 'The same search with its values in the body', body: bodySchema, response: { 200: pageSchema } } }, async (request) =>
        answer((field) => `/${field}`, request.body as Parameters<typeof answer>[1]));
    },
  };
}
