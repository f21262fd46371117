import { z } from 'zod';
import type { CachedViews } from '../../../shared/cache/cached-views.js';
import { HOLDER_ROLES } from '../../../shared/events/ledger/events.js';
import { currencySchema, moneySchema } from '../../../shared/events/values.js';
import { etagOf } from '../../../shared/http/conditional.js';
import { Refusal } from '../../../shared/http/context.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema } from '../../../shared/http/cursor.js';
import { asksForPosition } from '../../../shared/http/read-your-writes.js';
import type { HttpServer } from '../../../shared/http/route-module.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import { idParams, isId } from '../views.js';
import { accountById, accountExists, findAccounts } from './queries.js';

const statusSchema = z.enum(['open', 'frozen-full', 'frozen-debit-only', 'closed']);
const kindSchema = z.enum(['customer', 'general-ledger']);

const accountSchema = z
  .object({
    id: z.uuid(),
    accountNumber: z.string(),
    kind: kindSchema,
    product: z.string(),
    productVersion: z.int(),
    currency: currencySchema,
    customerId: z.string().optional().meta({ description: 'The owner; absent for the bank\'s own accounts' }),
    holders: z.array(z.object({ customerId: z.string(), role: z.enum(HOLDER_ROLES) })),
    status: statusSchema,
    balance: moneySchema,
    available: moneySchema.optional().meta({ description: 'What may still be taken out, overdraft included; absent where nothing bounds it' }),
    held: moneySchema,
    overdraftLimit: moneySchema.optional(),
    branch: z.string().optional(),
    channel: z.string().meta({ description: 'By which it was opened' }),
    openedAt: z.string(),
    closedAt: z.string().optional(),
    lastMovementAt: z.string().optional(),
    revision: z.int().meta({ description: 'Of the last event that touched it, as in its ETag' }),
  })
  .meta({ id: 'Account' });

const filterSchema = z.strictObject({
  customerId: z.guid().optional().meta({ description: 'The owner or any holder' }),
  accountNumber: z.string().min(1).max(34).optional(),
  product: z.string().min(1).max(40).optional(),
  currency: currencySchema.optional(),
  status: statusSchema.optional(),
  kind: kindSchema.optional(),
  limit: limitSchema,
  cursor: cursorSchema,
});
const placeSchema = z.tuple([z.string().max(34), z.guid()]);

export function addAccountRoutes(server: HttpServer, { store, cached }: { readonly store: ReadStore; readonly cached: CachedViews }): void {
  const config = { projection: 'ledger' };

  server.get('/v1/accounts/:id', {
    config,
    schema: { tags: ['accounts'], summary: 'An account with its balance and what of it is available', params: idParams, response: { 200: accountSchema } },
  }, async (request, reply) => {
    const { id } = request.params;
    const account = isId(id) ? await accountById(store, cached, id.toLowerCase(), asksForPosition(request)) : undefined;
    if (!account) throw new Refusal({ code: 'account_not_found' });
    return reply.header('etag', etagOf(account.revision)).send(account);
  });

  server.get('/v1/accounts', {
    config,
    schema: {
      tags: ['accounts'], summary: 'Accounts of a customer, by number, product, currency or status, in the order of their numbers', querystring: filterSchema,
      response: { 200: z.object({ items: z.array(accountSchema), nextCursor: z.string().optional() }) },
    },
  }, async (request) => {
    const { customerId, accountNumber, product, currency, status, kind, limit = DEFAULT_LIMIT, cursor } = request.query;
    const filter = { customerId, accountNumber, product, currency, status, kind };
    const { items, next } = await findAccounts(store, filter, limit, cursor === undefined ? undefined : decodeCursor(placeSchema, cursor, filter));
    return { items, ...(next && { nextCursor: encodeCursor(next, filter) }) };
  });
}

/** Throws `account_not_found` unless there is such an account. */
export async function requireAccount(store: ReadStore, id: string): Promise<void> {
  if (!isId(id) || !(await accountExists(store, id))) throw new Refusal({ code: 'account_not_found' });
}
