import { createHash } from 'node:crypto';
import { z } from 'zod';
import { internal } from '../access/classified.js';
import { canonicalJson } from './canonical-json.js';
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

/** Says where a page ended. Opaque to clients; bound to the query it belongs to. Holds nothing personal. */
export const encodeCursor = (place: unknown, query: unknown): string =>
  Buffer.from(JSON.stringify([fingerprint(query), place])).toString('base64url');

/** The place a cursor of ours names, fully validated; anything else is RequestInvalid naming the cursor. */
export function decodeCursor<S extends z.ZodType>(schema: S, cursor: string, query: unknown, pointer = '?cursor'): z.output<S> {
  const parsed = z.tuple([z.literal(fingerprint(query)), schema]).safeParse(jsonIn(cursor));
  if (!parsed.success) throw new RequestInvalid([{ pointer, code: 'format', detail: 'is not a cursor that this query gave' }]);
  return parsed.data[1] as z.output<S>;
}

const fingerprint = (query: unknown): string => createHash('sha256').update(canonicalJson(query)).digest('base64url').slice(0, 12);

function jsonIn(cursor: string): unknown {
  try {
    const bytes = Buffer.from(cursor, 'base64url');
    return bytes.toString('base64url') === cursor ? JSON.parse(bytes.toString()) : undefined;
  } catch {
    return undefined;
  }
}
