import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { internal } from '../access/classified.js';
import { canonicalJson } from '../kernel/canonical-json.js';
import { RequestInvalid } from './validation.js';

/** `limit` of a list: 1 to 200, 50 where absent. */
export const limitSchema = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number')
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= 200, { params: { code: 'out_of_range' }, message: 'must be from 1 to 200' })
  .optional()
  .meta({ description: 'Items on a page: 1 to 200, 50 where absent' });
export const DEFAULT_LIMIT = 50;

export const cursorSchema = z.string().min(1).max(2000).optional().meta({ description: '`nextCursor` of the page before, with the same query' });

/** Of an answer. */
export const nextCursorSchema = internal(z.string()).optional();

/** Signs cursors: a place comes back from outside and goes into queries, so only places that we named are believed. */
type Signer = Pick<FastifyRequest, 'commandSecret'>;

/** Says where a page ended. Opaque to clients; bound to the query it belongs to. Holds nothing personal. */
export const encodeCursor = (signer: Signer, place: unknown, query: unknown): string =>
  Buffer.from(JSON.stringify([signature(signer, place, query), place])).toString('base64url');

/** The place that a cursor of ours names, for this very query; anything else is RequestInvalid naming the cursor. */
export function decodeCursor<S extends z.ZodType>(signer: Signer, schema: S, cursor: string, query: unknown, pointer = '?cursor'): z.output<S> {
  const parsed = z.tuple([z.string(), z.unknown()]).safeParse(jsonIn(cursor));
  if (parsed.success && isSame(parsed.data[0], signature(signer, parsed.data[1], query))) {
    // A place of ours may still be of another form: a newer release's, after a return to this one.
    const place = schema.safeParse(parsed.data[1]);
    if (place.success) return place.data;
  }
  throw new RequestInvalid([{ pointer, code: 'format', detail: 'is not a cursor that this query gave' }]);
}

const signature = ({ commandSecret }: Signer, place: unknown, query: unknown): string =>
  createHmac('sha256', commandSecret).update(`cursor ${canonicalJson({ place, query })}`).digest('base64url').slice(0, 22);

const isSame = (sent: string, ours: string): boolean => {
  const [a, b] = [Buffer.from(sent), Buffer.from(ours)];
  return a.length === b.length && timingSafeEqual(a, b);
};

function jsonIn(cursor: string): unknown {
  try {
    const bytes = Buffer.from(cursor, 'base64url');
    return bytes.toString('base64url') === cursor ? JSON.parse(bytes.toString()) : undefined;
  } catch {
    return undefined;
  }
}
