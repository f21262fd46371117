import type { FastifyRequest } from 'fastify';
import { Refusal } from './context.js';
import { RequestInvalid } from './validation.js';

/** A record's ETag is its revision. */
export const etagOf = (revision: number | bigint): string => `"${revision}"`;

/** Which revisions the sender is content with. */
export type Precondition = (revision: bigint) => boolean;

const ENTITY_TAG = /\s*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"|(\d{1,19}))\s*(,|$)/y;

/**
 * If-Match, which must be there: 428 without it. `*` takes any revision; a weak tag or one we never gave matches none (RFC 9110 asks for the
 * strong comparison); a bare number is read as the revision. Malformed: RequestInvalid.
 */
export function requiredPrecondition(request: FastifyRequest): Precondition {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '') throw new Refusal({ code: 'if_match_missing', detail: 'send the ETag that was read as If-Match' });
  if (header.trim() === '*') return () => true;
  const accepted = new Set<string>();
  ENTITY_TAG.lastIndex = 0;
  let more = true;
  while (more) {
    const match = ENTITY_TAG.exec(header);
    if (!match) throw new RequestInvalid([{ pointer: 'header:If-Match', code: 'format', detail: 'must be an ETag such as "3", a list of them, or *' }]);
    const tag = match[3] ?? (match[1] === undefined ? match[2] : undefined);
    if (tag !== undefined) accepted.add(tag);
    more = match[4] === ',';
  }
  return (revision) => accepted.has(revision.toString());
}
