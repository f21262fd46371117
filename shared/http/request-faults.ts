import type { FastifyRequest } from 'fastify';
import type { FieldError } from '../kernel/decision.js';
import { idempotencyKeyFault } from './command-context.js';
import { Refusal } from './context.js';
import { RequestInvalid } from './validation.js';

/** In the order in which Fastify validates them; it stops at the first that is wrong. */
const PARTS = ['params', 'body', 'querystring'] as const;

/** Refuses what is wrong with a request in itself: every fault of its path, body, query and Idempotency-Key at once. Before every handler. */
export function refuseFaults(request: FastifyRequest): void {
  const ofKey = idempotencyKeyFault(request);
  const { validationError } = request;
  if (validationError === undefined && ofKey === undefined) return;
  if (validationError === undefined && ofKey!.code === 'required') throw new Refusal({ code: 'idempotency_key_missing', detail: ofKey!.detail, errors: [ofKey!] });
  if (validationError !== undefined && !(validationError instanceof RequestInvalid)) throw validationError;
  throw new RequestInvalid([...(validationError === undefined ? [] : faultsFrom(request, validationError)), ...(ofKey ? [ofKey] : [])]);
}

/** Those found, and those of the parts that were not looked at any more. */
function faultsFrom(request: FastifyRequest, found: RequestInvalid & { readonly validationContext?: string }): FieldError[] {
  const stoppedAt = PARTS.findIndex((part) => part === found.validationContext);
  return [...found.errors, ...PARTS.slice(stoppedAt + 1).flatMap((part) => faultsIn(request, part))];
}

function faultsIn(request: FastifyRequest, part: (typeof PARTS)[number]): readonly FieldError[] {
  const validate = request.getValidationFunction(part) as ((candidate: unknown) => unknown) | undefined;
  const answer = validate?.((part === 'querystring' ? request.query : request[part]) ?? null) as { readonly error?: unknown } | undefined;
  return answer?.error instanceof RequestInvalid ? answer.error.errors : [];
}
