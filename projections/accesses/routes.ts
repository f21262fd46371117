import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { classified, internal } from '../../shared/access/classified.js';
import { DATA_CLASSES } from '../../shared/access/data-classes.js';
import type { Vault } from '../../shared/crypto/vault.js';
import type { OpenedAccess } from '../../shared/events/accesses/opened.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../shared/http/cursor.js';
import { idParams } from '../../shared/http/id-params.js';
import { momentSchema } from '../../shared/http/moments.js';
import { aboutParam, EVERYTHING, type About } from '../../shared/http/route-access.js';
import type { RouteModule } from '../../shared/http/route-module.js';
import type { ReadStore } from '../../shared/read-store/projection.js';
import { findAccesses, type AccessFilter } from './queries.js';

const text = internal(z.string());
const classes = z.array(z.enum(DATA_CLASSES));

export const accessSchema = z
  .object({
    at: z.iso.datetime(),
    requestId: text,
    actor: z.object({ id: text, role: text, branch: text.optional(), channel: text, actingAs: text.optional() }),
    sessionId: text.optional(),
    route: text,
    status: z.int(),
    code: text.optional().meta({ description: 'Of a refusal' }),
    times: z.int().optional().meta({ description: 'How many such refusals this line stands for; one where absent' }),
    purpose: text.optional(),
    reason: classified(z.string(), 'free-text').optional(),
    from: classified(z.object({ address: z.string(), device: z.string() }), 'staff').optional().meta({ description: 'From where' }),
    about: text.optional(),
    clear: classes.meta({ description: 'Classes of data that were shown in clear' }),
    masked: classes.meta({ description: 'Classes of data that were shown masked' }),
    fields: z.array(text).optional().meta({ description: 'Fields that were asked for by name' }),
    criteria: z.array(text).optional().meta({ description: 'By which parameters was searched; their values are not kept' }),
    customers: z.array(text).meta({ description: 'Whose data it was; of one customer\'s log, that one alone, under the ids that were shown' }),
    accounts: z.array(text),
    counterparties: z.array(text).optional().meta({ description: 'Accounts of which only the number was shown, as the other side' }),
  })
  .meta({ id: 'Access' });
const pageSchema = z.object({ items: z.array(accessSchema), nextCursor: nextCursorSchema });

const period = { from: momentSchema.optional(), to: momentSchema.optional(), actor: z.string().min(1).max(64).optional(), limit: limitSchema, cursor: cursorSchema };
const placeSchema = z.tuple([z.string().regex(/^\d{4,6}-[\d:.TZ-]{5,40}$/), z.guid(), z.string().regex(/^\d{1,18}$/)]);
const tags = ['access-log'];
const projection = 'accesses';

export interface AccessLogQueries {
  readonly store: ReadStore;
  readonly vault: Vault;
  /** Every id of the person who has this one: whoever looked at a record before it was merged looked at them. */
  readonly idsOf: (customerId: string) => Promise<readonly string[]>;
}
interface Asked extends Pick<AccessFilter, 'actor' | 'from' | 'to'> {
  readonly customer?: string | undefined;
}

/** Who looked at whose data: for auditors, and for a branch of its own customers. These routes' own requests are in the log like every other. */
export function accessLogRoutes({ store, vault, idsOf }: AccessLogQueries): RouteModule {
  async function page(request: FastifyRequest, asked: Asked, { limit = DEFAULT_LIMIT, cursor }: { limit?: number | undefined; cursor?: string | undefined }, isAlone: boolean) {
    const place = cursor === undefined ? undefined : decodeCursor(request, placeSchema, cursor, asked);
    const { customer, ...filter } = asked;
    const customers = customer === undefined ? undefined : await idsOf(customer);
    const { items, next } = await findAccesses({ store, vault }, { ...filter, customers }, limit, place);
    return { items: items.map((item) => (isAlone ? aloneOf(item, customers!) : viewOf(item))), ...(next && { nextCursor: encodeCursor(request, next, asked) }) };
  }

  return {
    name: 'access-log',
    description: 'Who looked at whose data, what they saw, why and from where; and what was refused',
    rejections: [],
    routes(server) {
      server.get('/v1/customers/:id/accesses', {
        config: { projection, access: { permission: 'audit.read', about: aboutParam('customer') } },
        schema: { tags, summary: 'Who looked at a customer\'s data, newest first', params: idParams, querystring: z.strictObject(period), response: { 200: pageSchema } },
      }, async (request) => {
        const { limit, cursor, from, to, actor } = request.query;
        return page(request, { customer: request.params.id.toLowerCase(), actor, from, to }, { limit, cursor }, true);
      });

      server.get('/v1/access-log', {
        config: { projection, access: { permission: 'audit.read', about: aboutQuery, ofTheBank: true } },
        schema: {
          tags, summary: 'The access log, newest first', querystring: z.strictObject({ ...period, customer: z.uuid().toLowerCase().optional() }), response: { 200: pageSchema },
        },
      }, async (request) => {
        const { limit, cursor, ...filter } = request.query;
        const reachesAll = request.principal.rights.permits.get('audit.read')!.some(({ scope }) => scope === 'all');
        return page(request, { customer: filter.customer, actor: filter.actor, from: filter.from, to: filter.to }, { limit, cursor }, !reachesAll);
      });
    },
  };
}

/** Whoever does not reach all names a customer. */
function aboutQuery({ query }: FastifyRequest): About | typeof EVERYTHING {
  const { customer } = query as { customer?: string };
  return customer === undefined ? EVERYTHING : { kind: 'customer', id: customer };
}

function viewOf({ spool: _, number: __, clear = [], masked = [], customers = [], accounts = [], ...rest }: OpenedAccess) {
  return { ...rest, clear: clear as never[], masked: masked as never[], customers, accounts };
}

/** For those who reach this one person: whom else an answer was about is not theirs to know, nor why it was asked for then. */
export function aloneOf(item: OpenedAccess, ids: readonly string[]) {
  const { counterparties: _, reason, ...rest } = viewOf(item);
  const isAlone = rest.customers.every((id) => ids.includes(id));
  return { ...rest, ...(isAlone && reason !== undefined && { reason }), customers: rest.customers.filter((id) => ids.includes(id)), accounts: isAlone ? rest.accounts : [] };
}
