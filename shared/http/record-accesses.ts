import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from './problems.js';
import { accessOf, type AccessLog } from './access-record.js';
import type { HttpServer } from './route-module.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem that it was answered. */
    refusedAs: string | undefined;
  }
}

/**
 * Every answer passes here before it leaves: what shows something is recorded first, and where that cannot be done the answer is an outage instead.
 * A command that was accepted is not recorded here: its events are its record.
 */
export function recordAccesses(server: HttpServer, log: AccessLog, outageOf: (request: FastifyRequest) => Problem): void {
  server.decorateRequest('refusedAs');
  server.addHook('onSend', async (request, reply, payload) => {
    const { statusCode } = reply;
    if (statusCode >= 500) return payload;
    if (statusCode >= 400 && !tellsOfSomebody(request)) {
      log.refused(accessOf(request, statusCode, request.refusedAs));
      return payload;
    }
    if (request.principal === undefined || (statusCode < 400 && !isRead(request))) return payload;
    try {
      await log.record(accessOf(request, statusCode, request.refusedAs));
      return payload;
    } catch (error) {
      request.log.error({ err: error }, 'an access cannot be recorded, so it is not answered');
      return answeredInstead(reply, outageOf(request));
    }
  });
}

const tellsOfSomebody = ({ told }: FastifyRequest): boolean => told !== undefined && told.customers.size > 0;
const isRead = ({ method, routeOptions: { config } }: FastifyRequest): boolean => config.access !== undefined && (method === 'GET' || method === 'HEAD' || config.tell !== undefined);

/** The answer as it stands is thrown away; its status and headers with it. */
function answeredInstead(reply: FastifyReply, { status, retryAfterSeconds, body }: Problem): string {
  reply.code(status).header('content-type', 'application/problem+json; charset=utf-8').removeHeader('etag').removeHeader('location').removeHeader('content-length');
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  return JSON.stringify(body);
}
