/**
 * Refusals and their HTTP form (RFC 9457). Each module declares its codes in one table, in order of precedence: where several apply,
 * the first in the table is the answer. `problems.ts` turns them into HTTP, in one place; docs/errors.md is generated from the tables.
 */
export interface RejectionRow {
  readonly code: string;
  /** 400 wrong in itself, 401 who, 403 may not, 404 absent, 408 too slow, 409 conflict, 412 stale If-Match, 428 If-Match missing, 422 refused by state or rule, 503 outage. */
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 412 | 413 | 415 | 422 | 428 | 429 | 431 | 500 | 503;
  readonly title: string;
}

export const defineRejections = <const Rows extends readonly RejectionRow[]>(rows: Rows): Rows => rows;

export type CodeOf<Rows extends readonly RejectionRow[]> = Rows[number]['code'];

/** Codes that any route may answer; they come before a module's own. */
export const platformRejections = defineRejections([
  { code: 'headers_too_large', status: 431, title: 'The request\'s URL and headers are too large' },
  { code: 'request_timeout', status: 408, title: 'The request came too slowly' },
  { code: 'rate_limited', status: 429, title: 'Too many requests; wait' },
  { code: 'behaviour_blocked', status: 429, title: 'Blocked for a while: too much was refused' },
  { code: 'route_not_found', status: 404, title: 'No such route' },
  { code: 'method_not_allowed', status: 405, title: 'The route does not know this method' },
  { code: 'unauthenticated', status: 401, title: 'Authentication is required' },
  { code: 'permission_missing', status: 403, title: 'Not permitted' },
  { code: 'body_too_large', status: 413, title: 'The request body is too large' },
  { code: 'media_type_unsupported', status: 415, title: 'The body must be application/json' },
  { code: 'request_invalid', status: 400, title: 'The request is not valid' },
  { code: 'idempotency_key_missing', status: 400, title: 'The Idempotency-Key header is required' },
  { code: 'field_hidden', status: 403, title: 'A field that is hidden from you' },
  { code: 'outside_scope', status: 403, title: 'No such record within reach' },
  { code: 'amount_over_limit', status: 403, title: 'Above your limit' },
  { code: 'field_not_yours', status: 403, title: 'A field that you do not change yourself' },
  { code: 'step_up_required', status: 403, title: 'A fresh second factor is needed' },
  { code: 'if_match_missing', status: 428, title: 'The If-Match header is required' },
  { code: 'if_match_stale', status: 412, title: 'The record has changed since it was read' },
  { code: 'idempotency_key_reused', status: 409, title: 'The idempotency key was used for another request' },
  { code: 'approval_impossible', status: 422, title: 'The command needs approval and concerns a customer who has been erased' },
  { code: 'overloaded', status: 503, title: 'Too much is waiting; try again' },
  { code: 'outage', status: 503, title: 'A part of the bank is not available; try again with the same idempotency key' },
  { code: 'read_behind', status: 503, title: 'The read model has not reached the position asked for; try again' },
  { code: 'internal', status: 500, title: 'An unexpected error' },
]);
export type PlatformCode = CodeOf<typeof platformRejections>;
