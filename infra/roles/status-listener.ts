import fastify, { LogController, type FastifyBaseLogger } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { addHealthRoutes, type HealthChecks } from '../../shared/http/health.js';
import type { HttpServer } from '../../shared/http/route-module.js';
import type { Metrics } from '../../shared/telemetry/metrics.js';

export interface StatusListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly checks: HealthChecks;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Liveness, readiness and metrics of a role that serves nothing else over HTTP. */
export async function startStatusListener({ host, port, checks, metrics, logger }: StatusListenerOptions): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server: HttpServer = fastify({
    loggerInstance: logger as FastifyBaseLogger, logController: new LogController({ disableRequestLogging: true }), requestTimeout: 5_000,
  }).withTypeProvider<ZodTypeProvider>();
  addHealthRoutes(server, checks, metrics);
  await server.listen({ host, port });
  return { port: (server.server.address() as { port: number }).port, stop: () => server.close() };
}
