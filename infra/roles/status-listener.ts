import fastify, { LogController, type FastifyBaseLogger, type FastifyServerOptions } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { listenerOptions, type ListenerTls } from '../../shared/http/server.js';
import { securityHeaders } from '../../shared/http/security-headers.js';
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
  readonly tls?: ListenerTls;
}

export interface StatusListener {
  readonly port: number;
  readonly server: HttpServer['server'];
  stop(): Promise<void>;
}

/** Liveness, readiness and metrics of a role that serves nothing else over HTTP. */
export async function startStatusListener({ host, port, checks, metrics, logger, tls }: StatusListenerOptions): Promise<StatusListener> {
  const headers = securityHeaders({ https: tls !== undefined });
  const server = fastify({
    loggerInstance: logger as FastifyBaseLogger, logController: new LogController({ disableRequestLogging: true }), requestTimeout: 5_000,
    ...(tls && { https: listenerOptions(tls) }),
  } as FastifyServerOptions).withTypeProvider<ZodTypeProvider>() as unknown as HttpServer;
  server.addHook('onRequest', async (_request, reply) => void reply.headers(headers));
  addHealthRoutes(server, checks, metrics);
  await server.listen({ host, port });
  return { server: server.server, port: (server.server.address() as { port: number }).port, stop: () => server.close() };
}
