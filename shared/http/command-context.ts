import { createHmac, randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Channel } from '../events/values.js';
import type { FieldError } from '../kernel/decision.js';
import { commandIdOf } from '../kernel/ids.js';
import { continuedTrace } from '../telemetry/trace-context.js';
import { canonicalJson } from '../kernel/canonical-json.js';
import type { ApprovedRun } from './approved-runs.js';
import type { CommandContext, Principal } from './context.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** POSTs that move money require an Idempotency-Key; every other command honours one. */
    readonly idempotency?: 'required' | 'honoured';
  }
  interface FastifyRequest {
    /** Who sends it. */
    principal: Principal;
    /** The server's clock when it came in. */
    receivedAt: Date;
    commandSecret: Buffer;
    /** It was approved and is run for its requester: nobody outside can send such a one. */
    approvedRun: ApprovedRun | undefined;
  }
}

/**
 * What a command takes from its request besides the body. `channel` is the one the body names, where the module lets it; else the principal's.
 * A repeat is recognised by principal, route (with its parameters) and key; the hash tells whether it is the same request. `body`: what stands for
 * one that came as a file.
 */
export function commandContext(request: FastifyRequest, channel?: Channel, body: unknown = request.body): CommandContext {
  const { principal } = request;
  const { approvedRun } = request;
  const key = keyOf(request);
  const traceparent = request.span?.traceparent ?? continuedTrace(single(request.headers['traceparent']));
  const route = `${request.method} ${request.routeOptions.url} ${canonicalJson(request.params)}`;
  return {
    commandId: approvedRun?.commandId ?? (key === undefined ? randomUUID() : commandIdOf(principal.id, route, key)),
    ...((key !== undefined || approvedRun) && { commandHash: hashOf(request, body) }),
    repeatable: key !== undefined || approvedRun !== undefined,
    correlationId: request.id,
    actor: {
      id: principal.id,
      role: principal.role,
      ...(principal.branch !== undefined && { branch: principal.branch }),
      channel: channel ?? principal.channel,
      ...(principal.actingAs !== undefined && { actingAs: principal.actingAs }),
    },
    ...(approvedRun && { approver: approvedRun.approver }),
    ...(traceparent !== undefined && { traceparent }),
    at: request.receivedAt,
  };
}

/** What is wrong with the Idempotency-Key: that it is missing where the route requires one, or its form. */
export function idempotencyKeyFault(request: FastifyRequest): FieldError | undefined {
  const pointer = 'header:Idempotency-Key';
  const key = keyOf(request);
  if (key === undefined)
    return request.routeOptions.config.idempotency === 'required' && request.approvedRun === undefined
      ? { pointer, code: 'required', detail: 'this route moves money: send an Idempotency-Key, the same one for every try' }
      : undefined;
  return /^[\x21-\x7e]{1,255}$/.test(key) ? undefined : { pointer, code: 'format', detail: 'must be 1 to 255 visible ASCII characters' };
}

const keyOf = (request: FastifyRequest): string | undefined => single(request.headers['idempotency-key']);

/** A body that may be left out is the same as one with nothing in it. */
export const hashOf = (request: FastifyRequest, body: unknown = request.body): string =>
  createHmac('sha256', request.commandSecret).update(canonicalJson({ params: request.params, body: body ?? {} })).digest('hex');

const single = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header.join(', ') : header);
