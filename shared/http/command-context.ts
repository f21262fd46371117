import { createHmac, randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Channel } from '../events/values.js';
import { commandIdOf } from '../kernel/ids.js';
import { continuedTrace } from '../telemetry/trace-context.js';
import { canonicalJson } from './canonical-json.js';
import type { CommandContext, Principal } from './context.js';
import { Refusal } from './context.js';
import { RequestInvalid } from './validation.js';

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
  }
}

/**
 * What a command takes from its request besides the body. `channel` is the one the body names, where the module lets it; else the principal's.
 * A repeat is recognised by principal, route (with its parameters) and key; the hash tells whether it is the same request.
 */
export function commandContext(request: FastifyRequest, channel?: Channel): CommandContext {
  const { principal } = request;
  const key = idempotencyKey(request);
  const traceparent = continuedTrace(single(request.headers['traceparent']));
  const route = `${request.method} ${request.routeOptions.url} ${canonicalJson(request.params)}`;
  return {
    commandId: key === undefined ? randomUUID() : commandIdOf(principal.id, route, key),
    ...(key !== undefined && { commandHash: hashOf(request) }),
    repeatable: key !== undefined,
    correlationId: request.id,
    actor: {
      id: principal.id,
      role: principal.role,
      ...(principal.branch !== undefined && { branch: principal.branch }),
      channel: channel ?? principal.channel,
      ...(principal.actingAs !== undefined && { actingAs: principal.actingAs }),
    },
    ...(traceparent !== undefined && { traceparent }),
    at: request.receivedAt,
  };
}

/** Refuses a request without the key its route requires, and a key that is malformed. Runs before every handler. */
export function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = single(request.headers['idempotency-key']);
  if (key === undefined) {
    if (request.routeOptions.config.idempotency === 'required')
      throw new Refusal({ code: 'idempotency_key_missing', detail: 'this route moves money: send an Idempotency-Key, the same one for every try' });
    return undefined;
  }
  if (!/^[\x21-\x7e]{1,255}$/.test(key))
    throw new RequestInvalid([{ pointer: 'header:Idempotency-Key', code: 'format', detail: 'must be 1 to 255 visible ASCII characters' }]);
  return key;
}

const hashOf = (request: FastifyRequest): string =>
  createHmac('sha256', request.commandSecret).update(canonicalJson({ params: request.params, body: request.body })).digest('hex');

const single = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header.join(', ') : header);
