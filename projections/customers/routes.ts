import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { reachOf, seesRestricted } from '../../shared/access/rights.js';
import { customerViewSchema } from '../../shared/events/customers/view.js';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, nextCursorSchema } from '../../shared/http/cursor.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import { asksForAccounts } from './by-accounts.js';
import type { CustomerFilter } from './conditions.js';
import { searchBody, searchQuery } from './filters.js';
import { isPlaceOf, type CustomerQueries, type Place, type Sort } from './search.js';

/** Of a ranking, how far; of a sorted list, the last row's value and id. */
const placeSchema = (ranked: boolean, sort: Sort) =>
  ranked ? z.int().min(1).max(100_000) : z.tuple([z.string().refine((value) => isPlaceOf(sort, value)), z.uuid()]);

const pageSchema = z.object({
  items: z.array(customerViewSchema),
  nextCursor: nextCursorSchema,
  cut: z.literal(true).optional().meta({ description: 'Too many fit the name: the best of the first candidates are shown; ask more narrowly' }),
});
const tags = ['customers'];
const byQuery = {
  projection: 'customers',
  alsoReads: (query: CustomerFilter) => (asksForAccounts(query) ? 'ledger' : undefined),
  access: { permission: 'customers.search', sortsBy: { birthYear: 'identity' } },
} as const;
const byBody = { ...byQuery, access: { ...byQuery.access, asksByBody: true } } as const;

type Search = CustomerFilter & { readonly sort?: Sort | undefined; readonly limit?: number | undefined; readonly cursor?: string | undefined };

/** Lists and searches. The same search is a GET, and a POST for those who keep personal values out of URLs. */
export function customerQueryRoutes(queries: CustomerQueries): RouteModule {
  async function answer(request: FastifyRequest, { sort = 'registeredAt', limit = DEFAULT_LIMIT, cursor, ...filter }: Search, cursorPointer: string) {
    const query = { ...filter, sort };
    const place = cursor === undefined ? undefined : (decodeCursor(request, placeSchema(filter.name !== undefined, sort), cursor, query, cursorPointer) as Place);
    const { items, next, cut } = await queries.find(filter, sort, limit, place, reachOf(request.principal.rights, 'customers.search'), seesRestricted(request.principal.rights, request.purpose));
    return { items: [...items], ...(next !== undefined && { nextCursor: encodeCursor(request, next, query) }), ...(cut && { cut }) };
  }

  return {
    name: 'customer-search',
    description: 'Lists and searches of customers',
    rejections: [],
    routes(server) {
      server.get('/v1/customers', { config: byQuery, schema: { tags, summary: 'List or search customers', querystring: searchQuery, response: { 200: pageSchema } } }, async (request) => {
        const { bornFrom, bornTo, after: _, ...query } = request.query as typeof request.query & { after?: string };
        return answer(request, { ...query, ...(bornFrom !== undefined && { bornFrom: Number(bornFrom) }), ...(bornTo !== undefined && { bornTo: Number(bornTo) }) } as Search, '?cursor');
      });
      server.post('/v1/customers/search', { config: byBody, schema: { tags, summary: 'The same search with its values in the body', body: searchBody, response: { 200: pageSchema } } }, async (request) =>
        answer(request, request.body as Search, '/cursor'));
    },
  };
}
