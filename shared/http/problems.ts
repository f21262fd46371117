import type { FastifyError } from 'fastify';
import { StoreFailure } from '../event-store/port.js';
import type { FieldError, Rejection } from '../kernel/decision.js';
import { Refusal } from './context.js';
import { platformRejections, type RejectionRow } from './rejections.js';
import { RequestInvalid } from './validation.js';

/** An RFC 9457 problem, and what its headers need. */
export interface Problem {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  readonly body: {
    readonly type: string;
    readonly title: string;
    readonly status: number;
    readonly code: string;
    readonly detail?: string;
    readonly instance?: string;
    readonly errors?: readonly FieldError[];
  };
}

export type ToProblem = (error: unknown, instance?: string) => Problem;

/** The one place that turns whatever was thrown into HTTP, by the platform's table and that of the module whose route was asked. */
export function createProblems(table: readonly RejectionRow[]): ToProblem {
  const rows = new Map<string, RejectionRow>();
  for (const row of [...platformRejections, ...table]) {
    if (rows.has(row.code)) throw new Error(`rejection code ${row.code} is defined twice`);
    rows.set(row.code, row);
  }
  return (error, instance) => {
    const { rejection, retryAfterSeconds, members } = refusalOf(error);
    const row = rows.get(rejection.code) ?? rows.get('internal')!;
    const internal = row.code === 'internal';
    return {
      status: row.status,
      ...((retryAfterSeconds !== undefined || row.status === 503) && { retryAfterSeconds: retryAfterSeconds ?? 1 }),
      body: {
        type: `urn:passbook:problem:${row.code}`,
        title: row.title,
        status: row.status,
        code: row.code,
        ...(!internal && rejection.detail !== undefined && { detail: rejection.detail }),
        ...(instance !== undefined && { instance }),
        ...(!internal && rejection.errors && rejection.errors.length > 0 && { errors: rejection.errors }),
        ...(!internal && members),
      },
    };
  };
}

interface Answer {
  readonly rejection: Rejection;
  readonly retryAfterSeconds?: number;
  readonly members?: Readonly<Record<string, unknown>>;
}

function refusalOf(error: unknown): Answer {
  if (error instanceof Refusal)
    return {
      rejection: error.rejection,
      ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
      ...(error.members && { members: error.members }),
    };
  if (error instanceof RequestInvalid)
    return { rejection: { code: 'request_invalid', detail: error.detail ?? `${error.errors.length} ${error.errors.length === 1 ? 'fault' : 'faults'}`, errors: error.errors } };
  if (error instanceof StoreFailure) return { rejection: storeRejection(error) };
  if (isOutage(error)) return { rejection: { code: 'outage' } };
  return { rejection: frameworkRejection(error) };
}

function storeRejection(failure: StoreFailure): Rejection {
  switch (failure.kind) {
    case 'unavailable':
      return { code: 'outage' };
    case 'outcome-unknown':
      return { code: 'outage', detail: 'whether it was stored is not known yet; the same request with the same idempotency key gives the answer' };
    case 'wrong-expected-version':
      return { code: 'overloaded', detail: 'others kept changing the same record' };
    case 'too-large':
      return { code: 'body_too_large' };
    default:
      return { code: 'internal' };
  }
}

/** Sockets that fail and Postgres' own words for "not now": class 08, 53 and 57P, and pg's messages about lost connections. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|08\w{3}|53\w{3}|57P0\d|57014)$/.test(code)) return true;
  return /Connection terminated|timeout exceeded when trying to connect|the database system is|Query read timeout/.test(error.message);
}

const FRAMEWORK: Readonly<Record<string, Rejection>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'media_type_unsupported' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body_too_large' },
  FST_ERR_BAD_URL: { code: 'request_invalid', detail: 'the URL is not well-formed' },
};

function frameworkRejection(error: unknown): Rejection {
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = code === undefined ? undefined : FRAMEWORK[code];
  if (known) return known;
  if (code?.startsWith('FST_') && statusCode !== undefined && statusCode >= 400 && statusCode < 500) return { code: 'request_invalid', detail: 'the request is malformed' };
  return { code: 'internal' };
}
