import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { classified, internal, subjectId } from '../../../shared/access/classified.js';
import { maskAccountNumber } from '../../../shared/access/masks.js';
import { reachOf } from '../../../shared/access/rights.js';
import { dateSchema, moneySchema } from '../../../shared/events/values.js';
import { Refusal } from '../../../shared/http/context.js';
import { cursorSchema, decodeCursor, DEFAULT_LIMIT, encodeCursor, limitSchema, nextCursorSchema } from '../../../shared/http/cursor.js';
import { idParams } from '../../../shared/http/id-params.js';
import { aboutParam, reaches, refuseOutOfReach } from '../../../shared/http/route-access.js';
import type { HttpServer } from '../../../shared/http/route-module.js';
import { RequestInvalid } from '../../../shared/http/validation.js';
import { requireAccount } from '../accounts/routes.js';
import { movementById, type MovementView } from './movement-query.js';
import { transactionsOf, type TransactionSource } from './queries.js';

const kindSchema = z.enum(['deposit', 'withdrawal', 'transfer', 'reversal', 'hold-capture']);
const sideSchema = z.enum(['debit', 'credit']);

const text = internal(z.string());
const typed = classified(z.string(), 'free-text');
const moved = classified(moneySchema, 'movements');
const balanceAfter = classified(moneySchema, 'balances');
const accountNumber = classified(z.string(), 'account-number', maskAccountNumber);

export const transactionSchema = z
  .object({
    id: z.uuid().meta({ description: 'Of the movement: GET /v1/transfers/:id shows all of it' }),
    kind: kindSchema,
    side: sideSchema,
    money: moved,
    balanceAfter,
    bookingDate: text,
    recordedAt: text,
    channel: text,
    counterparty: classified(z.object({ accountId: subjectId(z.string(), 'counterparty'), accountNumber }), 'movements').optional().meta({ description: 'The first account on the other side' }),
    memo: typed.optional(),
  })
  .meta({ id: 'Transaction' });

const movementSchema = z
  .object({
    id: z.uuid(),
    kind: kindSchema,
    status: z.enum(['posted', 'reversed']).meta({ description: 'reversed: another movement undid it (reversedBy); its own entries stand' }),
    from: text.optional().meta({ description: 'The account debited; from, to and money are there where the movement has two legs' }),
    to: text.optional().meta({ description: 'The account credited' }),
    money: moved.optional(),
    bookingDate: text,
    valueDate: text,
    recordedAt: text,
    channel: text,
    actor: z.object({ id: text, role: text, branch: text.optional() }),
    legs: z.array(
      z.object({
        accountId: subjectId(z.string(), 'account'), accountNumber, side: sideSchema, money: moved,
        balanceAfter: balanceAfter.optional().meta({ description: 'Absent, like the memo, on accounts that the reader does not reach' }), memo: typed.optional(),
      }),
    ),
    reverses: text.optional().meta({ description: 'The movement that this one undoes' }),
    reversedBy: text.optional().meta({ description: 'The movement that undid this one' }),
    reason: typed.optional().meta({ description: 'Of a reversal; personal, absent once the customers concerned are erased' }),
    holdId: text.optional(),
    revision: z.int().meta({ description: 'In its ledger shard\'s stream' }),
    position: text,
  })
  .meta({ id: 'Movement', description: 'Debits and credits of a movement are equal in each currency' });

const listSchema = z.strictObject({
  from: dateSchema.optional().meta({ description: 'Booked on or after' }),
  to: dateSchema.optional().meta({ description: 'Booked on or before' }),
  side: sideSchema.optional(),
  kind: kindSchema.optional(),
  limit: limitSchema,
  cursor: cursorSchema,
});
const placeSchema = z.tuple([z.string().regex(/^\d{1,19}$/), z.int().min(0).max(32_767)]);

export function addTransactionRoutes(server: HttpServer, source: TransactionSource): void {
  const projection = 'ledger';

  server.get('/v1/accounts/:id/transactions', {
    config: { projection, access: { permission: 'accounts.read', about: aboutParam('account') } },
    schema: {
      tags: ['accounts'], summary: 'An account\'s transactions, last recorded first', params: idParams, querystring: listSchema,
      response: { 200: z.object({ items: z.array(transactionSchema), nextCursor: nextCursorSchema }) },
    },
  }, async (request) => {
    const { id } = request.params;
    const { from, to, side, kind, limit = DEFAULT_LIMIT, cursor } = request.query;
    if (from !== undefined && to !== undefined && from > to)
      throw new RequestInvalid([{ pointer: '?to', code: 'out_of_range', detail: 'must not lie before ?from' }]);
    const filter = { from, to, side, kind };
    const query = { id, ...filter };
    const before = cursor === undefined ? undefined : decodeCursor(request, placeSchema, cursor, query);
    await requireAccount(source.store, id);
    const { items, next } = await transactionsOf(source, id, filter, limit, before);
    return { items, ...(next && { nextCursor: encodeCursor(request, next, query) }) };
  });

  server.get('/v1/transfers/:id', {
    config: { projection, access: { permission: 'accounts.read' } },
    schema: { tags: ['transfers'], summary: 'Any movement of money with its legs and its reversal', params: idParams, response: { 200: movementSchema } },
  }, async (request) => {
    const { id } = request.params;
    const movement = await movementById(source, id);
    return withinReach(request, movement);
  });
}

/** A movement is seen by who reaches one of its accounts; the other side's balance and memo are not theirs to see. Not there is not told from beyond reach. */
async function withinReach(request: FastifyRequest, movement: MovementView | undefined): Promise<MovementView> {
  if (reachOf(request.principal.rights, 'accounts.read').everything) {
    if (!movement) throw new Refusal({ code: 'movement_not_found' });
    return movement;
  }
  const ids = [...new Set(movement?.legs.map(({ accountId }) => accountId))];
  const reached = await Promise.all(ids.map((id) => reaches(request, { kind: 'account', id })));
  if (!movement || !reached.includes(true)) return refuseOutOfReach(request);
  const legs = movement.legs.map(({ balanceAfter, memo, ...leg }) =>
    reached[ids.indexOf(leg.accountId)] ? { ...leg, balanceAfter, ...(memo !== undefined && { memo }) } : leg);
  return { ...movement, legs };
}
