import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { classified, internal, subjectId } from '../../../shared/access/classified.js';
import { maskAccountNumber } from '../../../shared/access/masks.js';
import type { CachedViews } from '../../../shared/cache/cached-views.js';
import { accountNumberSchema } from '../../../shared/events/ledger/account-number.js';
import { HOLDER_ROLES } from '../../../shared/events/ledger/events.js';
import { currencySchema, moneySchema } from '../../../shared/events/values.js';
import { etagOf } from '../../../shared/http/conditional.js';
import { Refusal } from '../../../shared/http/context.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../../shared/http/cursor.js';
import { idParams } from '../../../shared/http/id-params.js';
import { aboutParam, EVERYTHING, type About } from '../../../shared/http/route-access.js';
import { asksForPosition } from '../../../shared/http/read-your-writes.js';
import type { HttpServer } from '../../../shared/http/route-module.js';
import { onlyAsked, unmask, unmaskAccess, unmaskBodyOf } from '../../../shared/http/unmasking.js';
import type { ReadStore } from '../../../shared/read-store/projection.js';
import { accountById, accountExists, findAccounts } from './queries.js';

const statusSchema = z.enum(['open', 'frozen-full', 'frozen-debit-only', 'closed']);
const kindSchema = z.enum(['customer', 'general-ledger']);

const balance = classified(moneySchema, 'balances');

export const accountSchema = z
  .object({
    id: subjectId(z.uuid(), 'account'),
    accountNumber: classified(z.string(), 'account-number', maskAccountNumber),
    kind: kindSchema,
    product: internal(z.string()),
    productVersion: z.int(),
    currency: currencySchema,
    customerId: subjectId(z.string(), 'customer').optional().meta({ description: 'The owner; absent for the bank\'s own accounts' }),
    holders: z.array(z.object({ customerId: subjectId(z.string(), 'customer'), role: z.enum(HOLDER_ROLES) })),
    status: statusSchema,
    balance,
    available: balance.optional().meta({ description: 'What may still be taken out, overdraft included; absent where nothing bounds it' }),
    held: balance,
    overdraftLimit: balance.optional(),
    branch: internal(z.string()).optional(),
    channel: internal(z.string()).meta({ description: 'By which it was opened' }),
    openedAt: internal(z.string()),
    closedAt: internal(z.string()).optional(),
    lastMovementAt: internal(z.string()).optional(),
    revision: z.int().meta({ description: 'Of the last event that touched it, as in its ETag' }),
  })
  .meta({ id: 'Account' });

const filterSchema = z.strictObject({
  customerId: z.uuid().toLowerCase().optional().meta({ description: 'The owner or any holder; of records that were merged, all of them' }),
  accountNumber: classified(accountNumberSchema, 'account-number', maskAccountNumber).optional(),
  product: z.string().min(1).max(40).optional(),
  currency: currencySchema.optional(),
  status: statusSchema.optional(),
  kind: kindSchema.optional(),
  limit: limitSchema,
  cursor: cursorSchema,
});
const placeSchema = z.tuple([z.string().max(34), z.guid()]);

export function addAccountRoutes(server: HttpServer, { store, cached, idsOf }: { readonly store: ReadStore; readonly cached: CachedViews; readonly idsOf: (customerId: string) => Promise<readonly string[]> }): void {
  const projection = 'ledger';

  server.get('/v1/accounts/:id', {
    config: { projection, sends: ['ETag'], access: { permission: 'accounts.read', about: aboutParam('account') } },
    schema: { tags: ['accounts'], summary: 'An account with its balance and what of it is available', params: idParams, response: { 200: accountSchema } },
  }, async (request, reply) => {
    const { id } = request.params;
    const account = await accountById(store, cached, id, asksForPosition(request));
    if (!account) throw new Refusal({ code: 'account_not_found' });
    return reply.header('etag', etagOf(account.revision)).send(account);
  });

  server.post('/v1/accounts/:id/unmask', {
    config: { limit: 'unmask', access: unmaskAccess(aboutParam('account')) },
    schema: {
      tags: ['accounts'], summary: 'See masked fields of an account whole, with a reason', params: idParams, body: unmaskBodyOf(accountSchema), response: { 200: accountSchema },
      description: 'Only what you see masked; what is hidden from you stays so. Who saw which fields, and why, is in the access log before this is answered.',
    },
  }, async (request) => {
    const fields = unmask(request, accountSchema);
    const account = await accountById(store, cached, request.params.id, true);
    if (!account) throw new Refusal({ code: 'account_not_found' });
    return onlyAsked(account, accountSchema, fields);
  });

  server.get('/v1/accounts', {
    config: { projection, access: { permission: 'accounts.read', about: aboutQuery } },
    schema: {
      tags: ['accounts'], summary: 'Accounts of a customer, by number, product, currency or status, in the order of their numbers', querystring: filterSchema,
      response: { 200: z.object({ items: z.array(accountSchema), nextCursor: nextCursorSchema }) },
    },
  }, async (request) => {
    const { customerId, accountNumber, product, currency, status, kind, limit = DEFAULT_LIMIT, cursor } = request.query;
    const filter = { customerId, accountNumber, product, currency, status, kind };
    const { items, next } = await findAccounts(store, { ...filter, customerIds: customerId === undefined ? undefined : await idsOf(customerId) }, limit, cursor === undefined ? undefined : decodeCursor(request, placeSchema, cursor, filter));
    return { items, ...(next && { nextCursor: encodeCursor(request, next, filter) }) };
  });
}

/** Whoever does not reach all names a customer or an account. */
function aboutQuery({ query }: FastifyRequest): About | typeof EVERYTHING {
  const { customerId, accountNumber } = query as { customerId?: string; accountNumber?: string };
  if (customerId !== undefined) return { kind: 'customer', id: customerId };
  return accountNumber === undefined ? EVERYTHING : { kind: 'account-number', id: accountNumber };
}

/** Throws `account_not_found` unless there is such an account. */
export async function requireAccount(store: ReadStore, id: string): Promise<void> {
  if (!(await accountExists(store, id))) throw new Refusal({ code: 'account_not_found' });
}
