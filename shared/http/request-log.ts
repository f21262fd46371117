import type { Metrics } from '../telemetry/metrics.js';
import type { HttpServer } from './route-module.js';
import { loggableUrl } from './url-privacy.js';

/** One log line and one observation per request. No body, no header, no personal value of a URL. */
export function addRequestLog(server: HttpServer, metrics: Metrics): void {
  const duration = metrics.histogram({
    name: 'passbook_http_request_duration_seconds',
    help: 'Time from the request\'s arrival to its answer, by route template',
    labels: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  server.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? '(none)' : (request.routeOptions.url ?? '(none)');
    const { statusCode: status, elapsedTime: durationMs } = reply;
    duration.observe(durationMs / 1000, { method: request.method, route, status });
    const level = status >= 400 ? 'info' : 'debug';
    if (server.log.level === 'silent') return;
    request.log[level]({ method: request.method, url: loggableUrl(route, request.params, request.url), status, durationMs: Math.round(durationMs), principal: request.principal?.id }, 'request');
  });
}
