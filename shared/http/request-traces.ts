import type { RequestSpan, Traces } from '../telemetry/traces.js';
import type { HttpServer } from './route-module.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Present where this request is traced. */
    span: RequestSpan | undefined;
  }
}

/** A span for each request, by method and route template: no path, query, address or person. Without `traces` only the property is there. */
export function addRequestTraces(server: HttpServer, traces: Traces | undefined): void {
  server.decorateRequest('span');
  if (traces === undefined) return;
  server.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.public === true) return;
    const { traceparent } = request.headers;
    request.span = traces.begin(`${request.method} ${request.routeOptions.url ?? '(none)'}`, typeof traceparent === 'string' ? traceparent : undefined);
  });
  server.addHook('onResponse', async (request, { statusCode: status }) => {
    request.span?.end({
      'http.request.method': request.method, 'http.route': request.routeOptions.url ?? '(none)', 'http.response.status_code': status, 'url.scheme': request.protocol,
    }, status >= 500 ? String(status) : undefined);
  });
}
